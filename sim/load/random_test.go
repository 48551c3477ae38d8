package load_test

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/sim/load"
)

// TestRandomLoads: a seed gives the same load each time, of the length and the height that are stated, with its parameters in their
// ranges. Consecutive seeds have each family.
func TestRandomLoads(t *testing.T) {
	families := map[string]int{}
	for seed := range uint64(100) {
		r := load.NewRandom(seed)
		families[r.Family]++
		if r.Length < time.Hour || r.Length > 7*24*time.Hour || r.Length != time.Duration(len(r.Rates))*load.RandomStep {
			t.Fatalf("seed %d: the length is %s, and there are %d rates", seed, r.Length, len(r.Rates))
		}
		highest := slices.Max(r.Rates)
		if least := slices.Min(r.Rates); !(least >= 0) || !(highest >= 1) || highest > 3+1e-9 {
			t.Errorf("seed %d, %s: the rates are from %g to %g", seed, r.Family, least, highest)
		}
		if high := load.Quantile(r, r.Length, load.RandomStep, 0.999); high > 1+1e-9 || high < 1-1e-9 && highest < 3-1e-9 {
			t.Errorf("seed %d, %s: the 99.9th percentile is %g, the highest rate %g", seed, r.Family, high, highest)
		}
		for _, p := range r.Parameters {
			if p.Value < p.Low || p.Value > p.High || math.IsNaN(p.Value) {
				t.Errorf("seed %d, %s: %s is %g, not from %g to %g", seed, r.Family, p.Name, p.Value, p.Low, p.High)
			}
		}
		if seed%50 == 7 {
			if diff := cmp.Diff(r, load.NewRandom(seed)); diff != "" {
				t.Errorf("seed %d gives another load: %s", seed, diff)
			}
		}
	}
	for _, name := range load.Families() {
		if families[name] != 100/len(load.Families()) {
			t.Errorf("%d of 100 loads are of the family %s", families[name], name)
		}
	}
}

// TestRandomLoadAsTrace: the CSV of a random load, read as a trace, is the same load.
func TestRandomLoadAsTrace(t *testing.T) {
	var r *load.Random
	for seed := uint64(0); r == nil || r.Length > 2*time.Hour; seed++ {
		r = load.NewRandom(seed)
	}
	var text bytes.Buffer
	if err := load.WriteCSV(&text, r, time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), r.Length, load.RandomStep); err != nil {
		t.Fatal(err)
	}
	trace, err := load.ParseTrace(text.String())
	if err != nil {
		t.Fatal(err)
	}
	if trace.Step != load.RandomStep || trace.Length() != r.Length {
		t.Errorf("the trace has a step of %s and is %s long, want %s", trace.Step, trace.Length(), r.Length)
	}
	played := trace.Load(load.Play{})
	for elapsed := time.Duration(0); elapsed <= r.Length; elapsed += load.RandomStep {
		want, known := r.At(elapsed)
		if got, ok := played.At(elapsed); ok != known || math.Abs(got-want) > 1e-5*want {
			t.Fatalf("at %s: %g, known %t, want %g, %t", elapsed, got, ok, want, known)
		}
	}
}
