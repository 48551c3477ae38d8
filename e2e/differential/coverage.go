package differential

import (
	"flyball.dev/flyball/autoscaler/engine"
)

// coverage counts the branches that one step takes.
type coverage struct {
	count  func(branch string)
	server *apiServer
	step   *Step
	twin   *twin
	*view
}

// all counts every branch of the step.
func (v *coverage) all(expected *outcome) {
	for kind, condition := range expected.conditions {
		v.count("condition: " + kind + "=" + condition)
	}
	v.write()
	if v.path() {
		v.metrics()
	}
	v.state()
}

// when counts a branch if it was taken.
func (v *coverage) when(taken bool, branch string) {
	if taken {
		v.count(branch)
	}
}

// path counts the branches before the metrics, and returns true where metrics were read.
func (v *coverage) path() bool {
	d, spec := &v.exact, &v.twin.exact
	switch {
	case d.Current == 0 && len(d.Proposals) == 0 && d.ScalingActive.Reason == engine.ReasonScalingDisabled:
		v.count("at zero: disabled")
		return false
	case d.Current > spec.MaxReplicas:
		v.count("bounds: above maxReplicas")
		return false
	case d.Current > 0 && d.Current < spec.MinReplicas:
		v.count("bounds: below minReplicas")
		return false
	case d.Current == 0 && spec.MinReplicas == 0:
		v.count("at zero: metrics, with minReplicas 0")
	case d.Current == 0:
		v.count("at zero: metrics, with minReplicas above 0")
		last := d.Steps[len(d.Steps)-1]
		v.when(last.Kind == engine.StepBounds && d.ScalingLimited.Reason != last.Code, "at zero: raised to minReplicas")
	}
	return v.selector()
}

// selector returns true where the pods of the target were found.
func (v *coverage) selector() bool {
	switch {
	case v.seen.PodsReason == "AmbiguousSelector":
		v.count("selector: ambiguous")
	case v.step.Selector == "":
		v.count("selector: empty")
	case v.seen.PodsProblem != "":
		v.count("selector: malformed")
	default:
		v.when(v.step.SecondSelector != "", "selector: another autoscaler, other pods")
		return true
	}
	return false
}

func (v *coverage) write() {
	switch {
	case v.server.tries == 0:
		v.count("write: none")
	case v.server.accepted.IsZero() && v.server.tries > 1:
		v.count("write: refused by conflicts")
	case v.server.accepted.IsZero():
		v.count("write: refused")
	case v.server.tries > 1:
		v.count("write: accepted after conflicts")
	default:
		v.count("write: accepted")
	}
}

// state counts how the step changed the stored recommendations and scale events.
func (v *coverage) state() {
	d := &v.exact
	before, after := len(v.before.Recommendations), len(v.after.Recommendations)
	v.when(before == 0, "recommendations: first")
	if len(d.Proposals) > 0 && !d.Failed {
		v.when(after > max(1, before), "recommendations: appended")
		v.when(after == before, "recommendations: an old one replaced")
	}
	if d.Desired == d.Current || v.server.accepted.IsZero() {
		return
	}
	events, grown := len(v.before.Ups)+len(v.before.Downs), len(v.after.Ups)+len(v.after.Downs)
	switch {
	case !v.twin.exact.HasBehavior:
		v.count("changes: not stored, without behavior")
	case grown > events:
		v.count("changes: appended")
	default:
		v.count("changes: an old one replaced")
	}
}

// metrics counts the branches of the metrics and of the highest proposal.
func (v *coverage) metrics() {
	spec, unknown := &v.twin.exact, 0
	var recommendation int32
	for i := range v.exact.Proposals {
		p, m, r := &v.exact.Proposals[i], &spec.Metrics[i], &v.seen.Readings[i]
		switch m.Type {
		case engine.Resource, engine.ContainerResource, engine.Pods:
			v.byPods(m, r, p)
		case engine.Object:
			v.byValue("Object ", m, r, p)
		case engine.External:
			v.byValue("External ", m, r, p)
		}
		if !p.Known {
			unknown++
			continue
		}
		v.when(p.Replicas < 0, "proposals: a proposal below 0")
		if recommendation == 0 || p.Replicas > recommendation {
			recommendation = p.Replicas
		}
	}
	switch known := len(v.exact.Proposals) - unknown; {
	case known == 0:
		v.count("proposals: all invalid")
	case v.exact.Failed:
		v.count("proposals: some invalid, scale-in blocked")
	case unknown > 0:
		v.count("proposals: some invalid, followed")
	case known == 1:
		v.count("proposals: one metric")
	default:
		v.count("proposals: the largest of several")
	}
	if !v.exact.Failed {
		v.when(recommendation > v.exact.Current, "proposals: above current")
		v.when(recommendation < v.exact.Current, "proposals: below current")
		v.when(recommendation == v.exact.Current, "proposals: equals current")
		v.damping(max(0, recommendation))
	}
}
