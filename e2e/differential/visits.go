package differential

import (
	"flyball.dev/flyball/autoscaler/engine"
)

// visit is one step being told by its branches.
type visit struct {
	hit  func(branch string)
	w    *world
	step *Step
	twin *twin
	*view
}

// all tells every branch that the step took.
func (v *visit) all(theirs *outcome) {
	for kind, condition := range theirs.conditions {
		v.hit("condition: " + kind + "=" + condition)
	}
	v.write()
	if v.road() {
		v.metrics()
	}
	v.memory()
}

// when tells a branch if it was taken.
func (v *visit) when(taken bool, branch string) {
	if taken {
		v.hit(branch)
	}
}

// road says whether metrics were asked.
func (v *visit) road() bool {
	d, spec := &v.exact, &v.twin.exact
	switch {
	case d.Current == 0 && len(d.Proposals) == 0 && d.ScalingActive.Reason == engine.ReasonScalingDisabled:
		v.hit("at zero: disabled")
		return false
	case d.Current > spec.MaxReplicas:
		v.hit("bounds: above maxReplicas")
		return false
	case d.Current > 0 && d.Current < spec.MinReplicas:
		v.hit("bounds: below minReplicas")
		return false
	case d.Current == 0 && spec.MinReplicas == 0:
		v.hit("at zero: metrics, with minReplicas 0")
	case d.Current == 0:
		v.hit("at zero: metrics, with minReplicas above 0")
		last := d.Steps[len(d.Steps)-1]
		v.when(last.Kind == engine.StepBounds && d.ScalingLimited.Reason != last.Code, "at zero: raised to minReplicas")
	}
	return v.selector()
}

// selector says whether the pods could be told.
func (v *visit) selector() bool {
	switch {
	case v.seen.PodsReason == "AmbiguousSelector":
		v.hit("selector: ambiguous")
	case v.step.Selector == "":
		v.hit("selector: empty")
	case v.seen.PodsProblem != "":
		v.hit("selector: malformed")
	default:
		v.when(v.step.Rival != "", "selector: another autoscaler, other pods")
		return true
	}
	return false
}

func (v *visit) write() {
	switch {
	case v.w.tries == 0:
		v.hit("write: none")
	case v.w.accepted.IsZero() && v.w.tries > 1:
		v.hit("write: refused by conflicts")
	case v.w.accepted.IsZero():
		v.hit("write: refused")
	case v.w.tries > 1:
		v.hit("write: accepted after conflicts")
	default:
		v.hit("write: accepted")
	}
}

// memory tells what became of the recommendations and changes.
func (v *visit) memory() {
	d := &v.exact
	before, after := len(v.before.Recommendations), len(v.after.Recommendations)
	v.when(before == 0, "recommendations: first")
	if len(d.Proposals) > 0 && !d.Failed {
		v.when(after > max(1, before), "recommendations: appended")
		v.when(after == before, "recommendations: an old one replaced")
	}
	if d.Desired == d.Current || v.w.accepted.IsZero() {
		return
	}
	events, grown := len(v.before.Ups)+len(v.before.Downs), len(v.after.Ups)+len(v.after.Downs)
	switch {
	case !v.twin.exact.HasBehavior:
		v.hit("changes: not remembered, without behavior")
	case grown > events:
		v.hit("changes: appended")
	default:
		v.hit("changes: an old one replaced")
	}
}

// metrics tells what was made of the metrics, and of their wish.
func (v *visit) metrics() {
	spec, unknown := &v.twin.exact, 0
	var wish int32
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
		v.when(p.Replicas < 0, "merge: a proposal below 0")
		if wish == 0 || p.Replicas > wish {
			wish = p.Replicas
		}
	}
	switch known := len(v.exact.Proposals) - unknown; {
	case known == 0:
		v.hit("merge: all invalid")
	case v.exact.Failed:
		v.hit("merge: some invalid, scale-in blocked")
	case unknown > 0:
		v.hit("merge: some invalid, followed")
	case known == 1:
		v.hit("merge: one metric")
	default:
		v.hit("merge: the largest of several")
	}
	if !v.exact.Failed {
		v.when(wish > v.exact.Current, "merge: above current")
		v.when(wish < v.exact.Current, "merge: below current")
		v.when(wish == v.exact.Current, "merge: equals current")
		v.damping(max(0, wish))
	}
}
