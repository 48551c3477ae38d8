package sim_test

import (
	"os"
	"path/filepath"
	"testing"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/invariant"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/scenario"
)

// FuzzPlay: what the parser takes can be played, and no decision violates an invariant. Stories that would take long are left out.
func FuzzPlay(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		f.Fatalf("found no stories: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, file string) {
		blocks, err := scenario.ParseSimulator(file)
		if err != nil {
			return
		}
		p, steps := sim.NewPlayer(), int64(0)
		p.Watch(func(spec *engine.Spec, before *engine.State, seen *engine.Observation, d *engine.Decision) {
			var checker invariant.Checker
			checker.Resume(before)
			if err := checker.Check(spec, seen, d); err != nil {
				t.Fatal(err)
			}
		})
		config := &scenario.Plant{}
		for i := range blocks {
			b := &blocks[i]
			switch {
			case b.Plant != nil:
				config = b.Plant
			case b.Spec != nil && b.Spec.MaxReplicas > 200:
				return
			case b.Run != nil:
				steps += int64(b.Run.For / config.Config.Step)
			}
			if steps > 2000 || config.Replicas > 200 {
				return
			}
			output, err := p.Play(b)
			if err != nil || (b.Run != nil && output == "") {
				t.Fatalf("line %d: %q, %v", b.Line, output, err)
			}
		}
	})
}
