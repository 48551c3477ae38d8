package bundle_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/invariant"
	"flyball.dev/flyball/autoscaler/policy"
)

// FuzzBundle reads what anybody might write: nothing panics, what is read can be replayed to a decision that violates no invariant, and what is
// written of it is the same bundle with the same decision.
func FuzzBundle(f *testing.F) {
	seedBundles(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := bundle.Unmarshal(text)
		if err != nil {
			return
		}
		d, spec, err := bundle.Replay(b)
		if err != nil {
			t.Fatalf("it was read, and cannot be replayed: %v", err)
		}
		var checker invariant.Checker
		checker.Resume(&b.State)
		if err := checker.Check(spec, &b.Observation, &d); err != nil {
			t.Fatal(err)
		}
		if err := replay(spec, &d); spec.Without&engine.SaturatedNumbers == 0 && err != nil {
			t.Fatal(err)
		}
		again, err := bundle.Unmarshal(marshal(t, b))
		if err != nil {
			t.Fatalf("what was written of it cannot be read: %v", err)
		}
		sameQuantity := cmp.Comparer(func(a, b resource.Quantity) bool { return a.Cmp(b) == 0 })
		if diff := cmp.Diff(b, again, sameQuantity, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("it is another bundle once written and read (-first +second):\n%s", diff)
		}
		replayed, _, err := bundle.Replay(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, replayed, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("it replays to another decision once written and read (-first +second):\n%s", diff)
		}
	})
}

func seedBundles(f *testing.F) {
	f.Helper()
	f.Add([]byte(small("{value: 200}")))
	f.Add([]byte(small(`{problem: "gone", via: direct}`)))
	examples, err := filepath.Glob("../../docs/examples/*.yaml")
	if err != nil || len(examples) == 0 {
		f.Fatalf("there are no examples to begin with: %v", err)
	}
	for _, name := range examples {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for seed := range uint64(20) {
		g := newGambler(seed)
		ha, defaults := g.autoscaler(), g.defaults()
		compiled, err := policy.Compile(ha, defaults)
		if err != nil {
			f.Fatal(err)
		}
		seen := g.observation(&compiled.Spec)
		if len(seen.Pods) > 3 { // a long seed is a slow one
			continue
		}
		decision := &engine.Decision{Time: noon.Add(time.Duration(seed) * time.Millisecond), Desired: 3, Min: 1, Max: 9}
		text, err := bundle.Marshal(bundle.Capture(ha, nil, defaults, g.state(&compiled.Spec), seen, decision, "made up"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
}
