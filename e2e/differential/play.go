package differential

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/engine"
)

// outcome is what upstream did at a step, in the terms of the comparison.
type outcome struct {
	desired int32
	failed  bool
	// wish is the merged, undamped proposal; nil where none was made.
	wish       *int32
	conditions map[string]string
}

func (o *outcome) String() string {
	parts := []string{fmt.Sprintf("%d replicas", o.desired)}
	if o.wish != nil {
		parts = append(parts, fmt.Sprintf("the metrics' wish is %d", *o.wish))
	}
	if o.failed {
		parts = append(parts, "the computation failed")
	}
	for _, kind := range slices.Sorted(maps.Keys(o.conditions)) {
		parts = append(parts, kind+"="+o.conditions[kind])
	}
	return strings.Join(parts, ", ")
}

// mismatch is a step at which the two sides part.
type mismatch struct {
	// problem says in a sentence what is wrong.
	problem      string
	step         int
	theirs, ours *outcome
	view         *view
	twin         *twin
	// played is the sequence up to that step.
	played Sequence
}

// play takes a sequence through both sides, in a bubble of its own, and counts what it meets. The steps come from the
// script; what it gave is in played. found is nil where both sides agree all along.
func play(t *testing.T, name string, s Sequence, script script, tally *tally) (found *mismatch) {
	synctest.Test(t, func(*testing.T) {
		found = newGame(name, s, tally).run(script)
	})
	return found
}

// game is one sequence being played.
type game struct {
	w      *world
	theirs *upstream
	ours   *twin
	tally  *tally
	played Sequence
	err    error
}

func newGame(name string, s Sequence, tally *tally) *game {
	g := &game{w: newWorld(name, &s), tally: tally, played: Sequence{Spec: s.Spec, Flags: s.Flags, Replicas: s.Replicas}}
	g.ours, g.err = newTwin(&s)
	g.theirs = start(g.w)
	return g
}

func (g *game) run(script script) *mismatch {
	defer func() { g.theirs.stop() }()
	spec := &g.played.Spec
	for g.err == nil {
		step, more := script.next(spec, g.w.replicas, time.Now())
		if !more {
			return nil
		}
		if step.Spec != nil {
			spec = step.Spec
		}
		g.played.Steps = append(g.played.Steps, step)
		if found := g.turn(&g.played.Steps[len(g.played.Steps)-1]); found != nil {
			found.step, found.twin, found.played = len(g.played.Steps)-1, g.ours, g.played
			return found
		}
	}
	return &mismatch{problem: g.err.Error(), step: len(g.played.Steps) - 1, played: g.played, twin: g.ours}
}

// turn plays one step.
func (g *game) turn(step *Step) *mismatch {
	time.Sleep(step.After)
	before := g.prepare(step)
	if g.err != nil {
		return nil
	}
	replicas := g.w.replicas
	if step.Unreadable {
		return g.unreadable(before)
	}
	v := g.ours.decide(step, replicas, time.Now())
	if problem := g.ours.violated(v); problem != "" {
		return &mismatch{problem: problem, theirs: &outcome{}, ours: &outcome{desired: v.corrected.Desired}, view: v}
	}
	theirs := g.look(before, replicas)
	g.ours.settle(v, g.w.accepted)
	ours := &outcome{desired: v.exact.Desired, failed: v.exact.Failed, wish: wish(&v.exact), conditions: g.ours.conditions}
	if problem := differ(theirs, ours); problem != "" {
		return &mismatch{problem: problem, theirs: theirs, ours: ours, view: v}
	}
	blamed, problem := g.ours.explain(v)
	if problem != "" {
		return &mismatch{problem: problem, theirs: theirs, ours: ours, view: v}
	}
	g.tally.note(step, g.w, g.ours, v, theirs, blamed)
	return nil
}

// prepare brings the world to what the step tells, and gives the autoscaler's object as it was before.
func (g *game) prepare(step *Step) (before *autoscalingv2.HorizontalPodAutoscaler) {
	g.w.step = step
	before = g.w.stored(g.w.name)
	if step.Spec != nil {
		changed := g.w.autoscaler(g.w.name, step.Spec)
		changed.Generation, changed.Status = before.Generation+1, before.Status
		g.w.store(changed)
		g.err = g.ours.take(step.Spec)
	}
	if step.Restart {
		g.theirs.stop()
		g.theirs = start(g.w)
		g.ours.restart()
	}
	if step.Replicas != nil {
		g.w.replicas = *step.Replicas
	}
	g.w.setPods(step.Pods)
	return before
}

// look lets upstream do its part.
func (g *game) look(before *autoscalingv2.HorizontalPodAutoscaler, replicas int32) *outcome {
	o := &outcome{failed: g.theirs.reconcile(before), desired: replicas, conditions: map[string]string{}}
	o.wish = g.theirs.said.wish
	if g.w.put != nil {
		o.desired = *g.w.put
	}
	for _, c := range g.w.stored(g.w.name).Status.Conditions {
		o.conditions[string(c.Type)] = string(c.Status) + "/" + c.Reason
	}
	return o
}

// wish is the merged, undamped proposal of a decision; nil where none was made.
func wish(d *engine.Decision) *int32 {
	switch {
	case len(d.Proposals) == 0 || d.Failed:
		return nil
	case d.HighestMetric < 0:
		return new(int32(0))
	default:
		return &d.Proposals[d.HighestMetric].Replicas
	}
}

// unreadable is a step without a scale: there is nothing to decide, on neither side.
func (g *game) unreadable(before *autoscalingv2.HorizontalPodAutoscaler) *mismatch {
	theirs := g.look(before, g.w.replicas)
	g.ours.conditions["AbleToScale"] = "False/FailedGetScale"
	ours := &outcome{desired: g.w.replicas, conditions: g.ours.conditions}
	if problem := differ(theirs, ours); problem != "" {
		return &mismatch{problem: problem, theirs: theirs, ours: ours}
	}
	g.tally.noteUnreadable(theirs)
	return nil
}

// differ says in what the two differ; nothing where they agree.
func differ(theirs, ours *outcome) string {
	var problems []string
	if theirs.failed != ours.failed {
		problems = append(problems, fmt.Sprintf("upstream's computation failed: %t, ours: %t", theirs.failed, ours.failed))
	}
	if theirs.desired != ours.desired {
		problems = append(problems, fmt.Sprintf("upstream wants %d replicas, we want %d", theirs.desired, ours.desired))
	}
	switch {
	case (theirs.wish == nil) != (ours.wish == nil):
		problems = append(problems, fmt.Sprintf("upstream's metrics have a wish: %t, ours: %t", theirs.wish != nil, ours.wish != nil))
	case theirs.wish != nil && *theirs.wish != *ours.wish:
		problems = append(problems, fmt.Sprintf("upstream's metrics wish for %d replicas, ours for %d", *theirs.wish, *ours.wish))
	}
	kinds := maps.Clone(theirs.conditions)
	maps.Copy(kinds, ours.conditions)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if t, o := theirs.conditions[kind], ours.conditions[kind]; t != o {
			problems = append(problems, fmt.Sprintf("upstream's condition %s is %q, ours %q", kind, t, o))
		}
	}
	return strings.Join(problems, "; ")
}
