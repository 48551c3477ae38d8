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

// outcome is the result of a step that the comparison uses.
type outcome struct {
	desired int32
	failed  bool
	// recommendation is the highest proposal, before damping and limits; nil where no metric has one.
	recommendation *int32
	conditions     map[string]string
}

func (o *outcome) String() string {
	parts := []string{fmt.Sprintf("%d replicas", o.desired)}
	if o.recommendation != nil {
		parts = append(parts, fmt.Sprintf("the metrics recommend %d", *o.recommendation))
	}
	if o.failed {
		parts = append(parts, "the computation failed")
	}
	for _, kind := range slices.Sorted(maps.Keys(o.conditions)) {
		parts = append(parts, kind+"="+o.conditions[kind])
	}
	return strings.Join(parts, ", ")
}

// mismatch is a step at which the two sides differ.
type mismatch struct {
	// problem names the difference.
	problem        string
	step           int
	expected, ours *outcome
	view           *view
	twin           *twin
	// played is the sequence up to this step.
	played Sequence
}

// play plays a sequence on both sides, in a bubble of its own, and counts the branches it covers. The steps come from the
// script. found is nil where both sides agree on every step.
func play(t *testing.T, name string, s Sequence, script script, summary *summary) (found *mismatch) {
	synctest.Test(t, func(*testing.T) {
		found = newPlayback(name, s, summary).run(script)
	})
	return found
}

// playback is the state of one sequence that is played.
type playback struct {
	server   *apiServer
	upstream *upstream
	ours     *twin
	summary  *summary
	played   Sequence
	err      error
}

func newPlayback(name string, s Sequence, summary *summary) *playback {
	g := &playback{server: newAPIServer(name, &s), summary: summary, played: Sequence{Spec: s.Spec, Flags: s.Flags, Replicas: s.Replicas}}
	g.ours, g.err = newTwin(&s)
	g.upstream = start(g.server)
	return g
}

func (g *playback) run(script script) *mismatch {
	defer func() { g.upstream.stop() }()
	spec := &g.played.Spec
	for g.err == nil {
		step, more := script.next(spec, g.server.replicas, time.Now())
		if !more {
			return nil
		}
		if step.Spec != nil {
			spec = step.Spec
		}
		g.played.Steps = append(g.played.Steps, step)
		if found := g.playStep(&g.played.Steps[len(g.played.Steps)-1]); found != nil {
			found.step, found.twin, found.played = len(g.played.Steps)-1, g.ours, g.played
			return found
		}
	}
	return &mismatch{problem: g.err.Error(), step: len(g.played.Steps) - 1, played: g.played, twin: g.ours}
}

// playStep plays one step.
func (g *playback) playStep(step *Step) *mismatch {
	time.Sleep(step.After)
	before := g.prepare(step)
	if g.err != nil {
		return nil
	}
	replicas := g.server.replicas
	if step.Unreadable {
		return g.unreadable(before)
	}
	v := g.ours.decide(step, replicas, time.Now())
	if problem := g.ours.violated(v); problem != "" {
		return &mismatch{problem: problem, expected: &outcome{}, ours: &outcome{desired: v.corrected.Desired}, view: v}
	}
	expected := g.reconcile(before, replicas)
	g.ours.settle(v, g.server.accepted)
	ours := &outcome{desired: v.exact.Desired, failed: v.exact.Failed, recommendation: recommendationOf(&v.exact), conditions: g.ours.conditions}
	if problem := differ(expected, ours); problem != "" {
		return &mismatch{problem: problem, expected: expected, ours: ours, view: v}
	}
	causes, problem := g.ours.causes(v)
	if problem != "" {
		return &mismatch{problem: problem, expected: expected, ours: ours, view: v}
	}
	g.summary.addStep(step, g.server, g.ours, v, expected, causes)
	return nil
}

// prepare applies the step to the API server, and returns the autoscaler's object from before the step.
func (g *playback) prepare(step *Step) (before *autoscalingv2.HorizontalPodAutoscaler) {
	g.server.step = step
	before = g.server.stored(g.server.name)
	if step.Spec != nil {
		changed := g.server.autoscaler(g.server.name, step.Spec)
		changed.Generation, changed.Status = before.Generation+1, before.Status
		g.server.store(changed)
		g.err = g.ours.setSpec(step.Spec)
	}
	if step.Restart {
		g.upstream.stop()
		g.upstream = start(g.server)
		g.ours.restart()
	}
	if step.Replicas != nil {
		g.server.replicas = *step.Replicas
	}
	g.server.setPods(step.Pods)
	return before
}

// reconcile runs upstream on the step.
func (g *playback) reconcile(before *autoscalingv2.HorizontalPodAutoscaler, replicas int32) *outcome {
	o := &outcome{failed: g.upstream.reconcile(before), desired: replicas, conditions: map[string]string{}}
	o.recommendation = g.upstream.said.recommendation
	if g.server.requested != nil {
		o.desired = *g.server.requested
	}
	for _, c := range g.server.stored(g.server.name).Status.Conditions {
		o.conditions[string(c.Type)] = string(c.Status) + "/" + c.Reason
	}
	return o
}

// recommendationOf is the highest proposal of a decision; nil where no metric has one.
func recommendationOf(d *engine.Decision) *int32 {
	switch {
	case len(d.Proposals) == 0 || d.Failed:
		return nil
	case d.HighestMetric < 0:
		return new(int32(0))
	default:
		return &d.Proposals[d.HighestMetric].Replicas
	}
}

// unreadable plays a step whose scale cannot be read, so that neither side decides.
func (g *playback) unreadable(before *autoscalingv2.HorizontalPodAutoscaler) *mismatch {
	expected := g.reconcile(before, g.server.replicas)
	g.ours.conditions["AbleToScale"] = "False/FailedGetScale"
	ours := &outcome{desired: g.server.replicas, conditions: g.ours.conditions}
	if problem := differ(expected, ours); problem != "" {
		return &mismatch{problem: problem, expected: expected, ours: ours}
	}
	g.summary.addUnreadable(expected)
	return nil
}

// differ names the differences of two outcomes; empty where they agree.
func differ(expected, ours *outcome) string {
	var problems []string
	if expected.failed != ours.failed {
		problems = append(problems, fmt.Sprintf("upstream's computation failed: %t, ours: %t", expected.failed, ours.failed))
	}
	if expected.desired != ours.desired {
		problems = append(problems, fmt.Sprintf("upstream wants %d replicas, we want %d", expected.desired, ours.desired))
	}
	switch {
	case (expected.recommendation == nil) != (ours.recommendation == nil):
		problems = append(problems, fmt.Sprintf("upstream's metrics have a recommendation: %t, ours: %t", expected.recommendation != nil, ours.recommendation != nil))
	case expected.recommendation != nil && *expected.recommendation != *ours.recommendation:
		problems = append(problems, fmt.Sprintf("upstream's metrics recommend %d replicas, ours %d", *expected.recommendation, *ours.recommendation))
	}
	kinds := maps.Clone(expected.conditions)
	maps.Copy(kinds, ours.conditions)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if t, o := expected.conditions[kind], ours.conditions[kind]; t != o {
			problems = append(problems, fmt.Sprintf("upstream's condition %s is %q, ours %q", kind, t, o))
		}
	}
	return strings.Join(problems, "; ")
}
