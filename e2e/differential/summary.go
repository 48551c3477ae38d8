package differential

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// summary counts steps, corrections and branches of the sequences.
type summary struct {
	sequences, steps, rescales, failed int
	// restarts, manual and changed count restarts, manual changes of the replicas and changes of the spec.
	restarts, manual, changed int
	// differing counts the steps that corrections change; causes has the count of each set of corrections, by its names.
	differing int
	causes    map[string]int
	covered   map[string]int
	// example has the lowest seed of each correction and branch.
	example map[string]uint64
}

func newSummary() *summary {
	return &summary{causes: map[string]int{}, covered: map[string]int{}, example: map[string]uint64{}}
}

// addStep counts a step on which both sides agree.
func (t *summary) addStep(step *Step, server *apiServer, ours *twin, v *view, expected *outcome, causes []engine.Correction) {
	t.steps++
	count := func(when bool, counter *int) {
		if when {
			*counter++
		}
	}
	count(!server.accepted.IsZero(), &t.rescales)
	count(expected.failed, &t.failed)
	count(step.Restart, &t.restarts)
	count(step.Replicas != nil, &t.manual)
	count(step.Spec != nil, &t.changed)
	count(len(causes) > 0, &t.differing)
	for _, set := range causes {
		t.causes[strings.Join(set.Names(), " + ")]++
	}
	seen := map[string]bool{}
	coverage := coverage{server: server, step: step, twin: ours, view: v, count: func(branch string) {
		if !seen[branch] {
			seen[branch] = true
			t.covered[branch]++
		}
	}}
	coverage.all(expected)
}

func (t *summary) addUnreadable(expected *outcome) {
	t.steps++
	t.covered["scale: cannot be read"]++
	for kind, condition := range expected.conditions {
		t.covered["condition: "+kind+"="+condition]++
	}
}

// add adds the counts of the sequence of a seed.
func (t *summary) add(seed uint64, other *summary) {
	t.sequences += other.sequences
	t.steps += other.steps
	t.rescales += other.rescales
	t.failed += other.failed
	t.restarts += other.restarts
	t.manual += other.manual
	t.changed += other.changed
	t.differing += other.differing
	t.addAll(seed, t.causes, other.causes)
	t.addAll(seed, t.covered, other.covered)
}

func (t *summary) addAll(seed uint64, to, from map[string]int) {
	for name, n := range from {
		to[name] += n
		if least, met := t.example[name]; !met || seed < least {
			t.example[name] = seed
		}
	}
}

// missing returns the branches that no step covers, and those covered that the list does not have.
func (t *summary) missing() (uncovered, unlisted []string) {
	known := map[string]bool{}
	for _, branch := range branches {
		if known[branch] = true; t.covered[branch] == 0 {
			uncovered = append(uncovered, branch)
		}
	}
	for branch := range t.covered {
		if !known[branch] {
			unlisted = append(unlisted, branch)
		}
	}
	return uncovered, unlisted
}

// String prints the summary.
func (t *summary) String() string {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%d sequences, %d steps: %d rescales, %d failed computations, %d restarts, %d changes of the spec, %d manual changes of the replicas\n",
		t.sequences, t.steps, t.rescales, t.failed, t.restarts, t.changed, t.manual)
	fmt.Fprintf(out, "without corrections every step agrees with upstream; with them %d steps differ\n\n", t.differing)
	fmt.Fprintf(out, "%9s  correction that alone, or together, accounts for the difference\n", "steps")
	for name := range correctionsOfEngine() {
		t.causes[name] += 0
	}
	for _, name := range slices.Sorted(maps.Keys(t.causes)) {
		t.line(out, t.causes, name)
	}
	fmt.Fprintf(out, "           packages source and target make %s before the engine\n\n", beforeTheEngine)
	fmt.Fprintf(out, "%9s  branch of upstream's algorithm\n", "steps")
	for _, branch := range branches {
		t.line(out, t.covered, branch)
	}
	return out.String()
}

func (t *summary) line(out *strings.Builder, counts map[string]int, name string) {
	if counts[name] == 0 {
		fmt.Fprintf(out, "%9d  %s\n", 0, name)
		return
	}
	fmt.Fprintf(out, "%9d  %-84s first by seed %d\n", counts[name], name, t.example[name])
}

// correctionsOfEngine are the names of the corrections that the engine makes.
func correctionsOfEngine() map[string]bool {
	names := map[string]bool{}
	for _, name := range (engine.AllCorrections &^ beforeTheEngine).Names() {
		names[name] = true
	}
	return names
}
