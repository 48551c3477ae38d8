package backtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/e2e/build"
)

// The bounds of a backtest of seven days of one autoscaler.
const (
	mostQueries   = 200
	mostCPU       = 30 * time.Second
	mostMemoryKiB = 300 << 10
)

const hpaManifest = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 40
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
`

// report has the fields of the JSON that the test reads.
type report struct {
	From    time.Time
	Queries int
	Grade   struct{ MeanErrorPercent, WorstError, LimitPercent float64 }
	Trusted bool
	Metrics []struct{ KnownPercent float64 }
	Results []map[string]any
	History struct {
		Demand   []*float64
		Replicas map[string][]*float64
	}
}

func TestBacktestOfAWeekInPrometheus(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out the tests that start Prometheus")
	}
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		var err error
		if binaries, err = build.All(t.Context(), build.Options{Output: os.Stderr}); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now().Truncate(scrapeInterval).Add(-before - week)
	written := newBlocks(t, begin)
	recorded := run(t, hpa(), begin, written.record)
	written.flush()
	server := startPrometheus(t, filepath.Join(binaries, "prometheus"), written.folder)
	f := &flyball{path: filepath.Join(binaries, "flyball"), file: filepath.Join(t.TempDir(), "hpa.yaml")}
	if err := os.WriteFile(f.file, []byte(hpaManifest), 0o600); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "web.history")
	r := f.report(t, "--prometheus", server.url, "--save", saved)
	queries := server.queries()
	if queries > mostQueries || queries != r.Queries {
		t.Errorf("Prometheus answered %d queries, and the report has %d: at most %d", queries, r.Queries, mostQueries)
	}
	t.Logf("%d queries; the replay is off by %.2f%%, at worst by %g replicas", queries, r.Grade.MeanErrorPercent, r.Grade.WorstError)
	f.withinBounds(t)

	first := int(r.From.Sub(begin) / scrapeInterval)
	if off := distance(t, "hpa", r.History.Replicas["hpa"], recorded[first:]); !r.Trusted || math.Abs(off-r.Grade.MeanErrorPercent) > 1 {
		t.Errorf("the replay of the HPA is off by %.2f%%, and the report has %.2f%% of at most %g%%", off, r.Grade.MeanErrorPercent, r.Grade.LimitPercent)
	}
	own := run(t, balanced(t), begin, func(*scrape) {})
	if off := distance(t, "balanced", r.History.Replicas["balanced"], own[first:]); off > r.Grade.LimitPercent {
		t.Errorf("balanced on the load itself differs by %.2f%%, of at most %g%%", off, r.Grade.LimitPercent)
	}
	checkOutage(t, r, begin)

	before := server.queries()
	again := f.report(t, "--from", saved)
	if sent := server.queries() - before; sent != 0 || !reflect.DeepEqual(again.Results, r.Results) || !reflect.DeepEqual(again.History, r.History) {
		t.Errorf("--from sends %d queries, and has\n%v instead of\n%v", sent, again.Results, r.Results)
	}
	interrupt(t, f, server, r.Queries)
}

// checkOutage: while Prometheus was down the load is unknown, and no value of the week is zero.
func checkOutage(t *testing.T, r *report, begin time.Time) {
	t.Helper()
	const lookback = 5 * time.Minute
	unknown := 0
	for i, demand := range r.History.Demand {
		since := r.From.Add(time.Duration(i) * scrapeInterval).Sub(begin)
		down := since >= outageAt+lookback && since < outageAt+outage
		switch {
		case demand == nil:
			unknown++
		case down:
			t.Fatalf("%s after the begin, in the outage, the load is %g", since, *demand)
		case *demand < 1:
			t.Fatalf("%s after the begin the load is %g", since, *demand)
		}
	}
	if together := time.Duration(unknown) * scrapeInterval; together > outage+lookback {
		t.Errorf("the load is unknown for %s: the outage is %s", together, outage)
	}
}

// interrupt kills the command amid its queries. Then the same command sends only the others.
func interrupt(t *testing.T, f *flyball, server *prometheus, all int) {
	t.Helper()
	saved := filepath.Join(t.TempDir(), "killed.history")
	var killed *exec.Cmd
	url := server.behind(all/2, func() { _ = killed.Process.Kill() })
	killed = f.command(t, "--prometheus", url, "--save", saved)
	if err := killed.Run(); err == nil || killed.ProcessState.Exited() {
		t.Fatalf("the command was not killed: %v", err)
	}
	text, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	have := bytes.Count(text, []byte("\n")) - 1 // without the header
	if have < 1 {
		t.Fatal("nothing was saved")
	}
	before := server.queries()
	r := f.report(t, "--prometheus", server.url, "--save", saved)
	// Of the two queries at a time, one killed the command; Prometheus may count the other only now.
	if late := server.queries() - before - r.Queries; r.Queries != all-have || late < 0 || late > 1 {
		t.Errorf("%d of %d queries were saved, %d continue it, and Prometheus answered %d more", have, all, r.Queries, late)
	}
	if !r.Trusted {
		t.Errorf("the grade of the continued history is %+v", r.Grade)
	}
}

// distance is the mean difference of two curves, in percent of the mean of the second.
func distance(t *testing.T, name string, curve []*float64, of []float64) float64 {
	t.Helper()
	if len(curve) != int(week/scrapeInterval) || len(of) < len(curve) {
		t.Fatalf("%s has %d values, to compare with %d", name, len(curve), len(of))
	}
	var off, together float64
	for i, replicas := range curve {
		if replicas == nil {
			t.Fatalf("%s: value %d is unknown", name, i)
		}
		off, together = off+math.Abs(*replicas-of[i]), together+of[i]
	}
	t.Logf("%s is off by %.2f%%", name, 100*off/together)
	return 100 * off / together
}

// balanced is the policy of the HPA with the profile Balanced.
func balanced(t *testing.T) *engine.Spec {
	t.Helper()
	ha := &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop"}}
	var hpa struct {
		Spec v1alpha1.HorizontalAutoscalerSpec `json:"spec"`
	}
	if err := yaml.Unmarshal([]byte(hpaManifest), &hpa); err != nil {
		t.Fatal(err)
	}
	ha.Spec = hpa.Spec
	ha.Spec.Damping = &v1alpha1.Damping{Profile: v1alpha1.DampingBalanced}
	compiled, err := policy.Compile(ha, policy.StandardDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return &compiled.Spec
}

// flyball is the built program.
type flyball struct {
	path, file string
	usage      *syscall.Rusage
}

func (f *flyball) command(t *testing.T, flags ...string) *exec.Cmd {
	arguments := []string{"backtest", "-f", f.file, "--since", "7d", "--against", "hpa,balanced", "--timeline", "-o", "json"}
	return exec.CommandContext(t.Context(), f.path, append(arguments, flags...)...)
}

// report runs the command and parses its output.
func (f *flyball) report(t *testing.T, flags ...string) *report {
	t.Helper()
	command := f.command(t, flags...)
	var errOut bytes.Buffer
	command.Stderr = &errOut
	began := time.Now()
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%.2000s\n%s", command.Args, err, out, errOut.String())
	}
	r := &report{}
	if err := json.Unmarshal(out, r); err != nil {
		t.Fatal(err)
	}
	f.usage, _ = command.ProcessState.SysUsage().(*syscall.Rusage)
	t.Logf("flyball backtest %.40s took %.1fs", fmt.Sprint(flags), time.Since(began).Seconds())
	return r
}

// withinBounds checks the CPU time and the memory of the last run: its time depends on the machine's other work.
func (f *flyball) withinBounds(t *testing.T) {
	t.Helper()
	cpu := time.Duration(f.usage.Utime.Nano() + f.usage.Stime.Nano())
	t.Logf("%.1fs of CPU time, %d MiB", cpu.Seconds(), f.usage.Maxrss>>10)
	if cpu > mostCPU || f.usage.Maxrss > mostMemoryKiB {
		t.Errorf("%s of CPU time of at most %s, and %d KiB of at most %d", cpu, mostCPU, f.usage.Maxrss, mostMemoryKiB)
	}
}
