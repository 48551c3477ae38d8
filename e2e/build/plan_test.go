package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPlanCountsWhatHasToBeCompiled(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"large.go": 9 * 1024, "small.go": 0} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := &plan{index: map[string]int{}}
	p.add(listed{ImportPath: "cached", Dir: dir, GoFiles: []string{"large.go"}})
	p.add(listed{ImportPath: "large", Dir: dir, GoFiles: []string{"large.go"}, Stale: true})
	p.add(listed{ImportPath: "small", Dir: dir, GoFiles: []string{"small.go"}, Stale: true})
	p.add(listed{ImportPath: "small", Dir: dir, GoFiles: []string{"small.go"}, Stale: true})

	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := p.status(start); got != "" {
		t.Errorf("status before the first package = %q, want nothing", got)
	}
	if p.begin("cached", start) || p.begin("# some/package", start) {
		t.Error("begin took a line that names no package to build")
	}
	if !p.begin("large", start) {
		t.Fatal("begin did not know the package large")
	}
	// Ten of eleven KiB in 100 s: one KiB, and so 10 s, is left.
	want := "building: 1 of 2 packages, 90 %, about 10s left, now large"
	if got := p.status(start.Add(100 * time.Second)); got != want {
		t.Errorf("status = %q, want %q", got, want)
	}
	p.begin("small", start)
	if got, want := p.status(start.Add(110*time.Second)), "building: 2 of 2 packages, 100 %, finishing small"; got != want {
		t.Errorf("status = %q, want %q", got, want)
	}
}

func TestAnEstimateWaitsForEvidence(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := &plan{index: map[string]int{"a": 0, "b": 1}, packages: []item{{weight: 1}, {weight: 999}}}
	p.begin("a", start)
	if got := p.status(start.Add(time.Minute)); strings.Contains(got, "left") {
		t.Errorf("status = %q: it estimates from a thousandth of the work", got)
	}
}

func TestPlanOfNothing(t *testing.T) {
	p := &plan{index: map[string]int{}}
	if got := p.status(time.Now()); got != "" {
		t.Errorf("status = %q, want nothing when everything is built", got)
	}
}

func TestPackagesThatAreSkippedAreTakenForCached(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := &plan{index: map[string]int{"a": 0, "b": 1, "c": 2, "d": 3}, packages: []item{{weight: 70}, {weight: 10}, {weight: 10}, {weight: 30}}}
	p.begin("c", start)
	if got, want := p.status(start), "building: 1 of 2 packages, 25 %, now c"; got != want {
		t.Errorf("status = %q, want %q", got, want)
	}
	// One that only waited for what it imports is counted again.
	p.begin("b", start)
	if got, want := p.status(start), "building: 2 of 3 packages, 40 %, now b"; got != want {
		t.Errorf("status = %q, want %q", got, want)
	}
}

func TestProgramsTellTheVersionOfKubernetes(t *testing.T) {
	const want = "-X k8s.io/component-base/version.gitVersion=v1.37.2 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37"
	if got := stamp("v1.37.2"); got != want {
		t.Errorf("stamp = %q, want %q", got, want)
	}
}
