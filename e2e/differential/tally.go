package differential

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// tally counts what the sequences met.
type tally struct {
	sequences, steps, rescales, failed int
	// restarts, manual and changed count what was done to the autoscaler.
	restarts, manual, changed int
	// differing counts the steps at which corrections made another decision; blamed those of each, by its names.
	differing int
	blamed    map[string]int
	visits    map[string]int
	// example is, of each correction and branch, the least seed that met it.
	example map[string]uint64
}

func newTally() *tally {
	return &tally{blamed: map[string]int{}, visits: map[string]int{}, example: map[string]uint64{}}
}

// note counts a step that both sides agreed on.
func (t *tally) note(step *Step, w *world, ours *twin, v *view, theirs *outcome, blamed []engine.Correction) {
	t.steps++
	count := func(when bool, counter *int) {
		if when {
			*counter++
		}
	}
	count(!w.accepted.IsZero(), &t.rescales)
	count(theirs.failed, &t.failed)
	count(step.Restart, &t.restarts)
	count(step.Replicas != nil, &t.manual)
	count(step.Spec != nil, &t.changed)
	count(len(blamed) > 0, &t.differing)
	for _, set := range blamed {
		t.blamed[strings.Join(set.Names(), " + ")]++
	}
	seen := map[string]bool{}
	visit := visit{w: w, step: step, twin: ours, view: v, hit: func(branch string) {
		if !seen[branch] {
			seen[branch] = true
			t.visits[branch]++
		}
	}}
	visit.all(theirs)
}

func (t *tally) noteUnreadable(theirs *outcome) {
	t.steps++
	t.visits["scale: cannot be read"]++
	for kind, condition := range theirs.conditions {
		t.visits["condition: "+kind+"="+condition]++
	}
}

// add takes the counts of a seed's sequence over.
func (t *tally) add(seed uint64, other *tally) {
	t.sequences += other.sequences
	t.steps += other.steps
	t.rescales += other.rescales
	t.failed += other.failed
	t.restarts += other.restarts
	t.manual += other.manual
	t.changed += other.changed
	t.differing += other.differing
	t.addAll(seed, t.blamed, other.blamed)
	t.addAll(seed, t.visits, other.visits)
}

func (t *tally) addAll(seed uint64, to, from map[string]int) {
	for name, n := range from {
		to[name] += n
		if least, met := t.example[name]; !met || seed < least {
			t.example[name] = seed
		}
	}
}

// unvisited are the branches that no step took; strange are visits of branches that the list does not have.
func (t *tally) unvisited() (unvisited, strange []string) {
	known := map[string]bool{}
	for _, branch := range branches {
		if known[branch] = true; t.visits[branch] == 0 {
			unvisited = append(unvisited, branch)
		}
	}
	for branch := range t.visits {
		if !known[branch] {
			strange = append(strange, branch)
		}
	}
	return unvisited, strange
}

// String is the summary.
func (t *tally) String() string {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%d sequences, %d steps: %d rescales, %d failed computations, %d restarts, %d changes of the spec, %d manual changes of the replicas\n",
		t.sequences, t.steps, t.rescales, t.failed, t.restarts, t.changed, t.manual)
	fmt.Fprintf(out, "without corrections every step was upstream's; with them %d steps were decided otherwise\n\n", t.differing)
	fmt.Fprintf(out, "%9s  correction that alone, or together, accounts for the difference\n", "steps")
	for name := range correctionsOfEngine() {
		t.blamed[name] += 0
	}
	for _, name := range slices.Sorted(maps.Keys(t.blamed)) {
		t.line(out, t.blamed, name)
	}
	fmt.Fprintf(out, "           %s are made before the engine, in packages source and target\n\n", beforeTheEngine)
	fmt.Fprintf(out, "%9s  branch of upstream's algorithm\n", "steps")
	for _, branch := range branches {
		t.line(out, t.visits, branch)
	}
	return out.String()
}

func (t *tally) line(out *strings.Builder, counts map[string]int, name string) {
	if counts[name] == 0 {
		fmt.Fprintf(out, "%9d  %s\n", 0, name)
		return
	}
	fmt.Fprintf(out, "%9d  %-84s first by seed %d\n", counts[name], name, t.example[name])
}

// correctionsOfEngine are the names of those that can be seen here.
func correctionsOfEngine() map[string]bool {
	names := map[string]bool{}
	for _, name := range (engine.AllCorrections &^ beforeTheEngine).Names() {
		names[name] = true
	}
	return names
}
