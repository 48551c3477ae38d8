package differential

import (
	"math"

	"flyball.dev/flyball/autoscaler/engine"
)

// byValue tells the branches of a metric that is one value.
func (v *visit) byValue(kind string, m *engine.Metric, r *engine.Reading, p *engine.Proposal) {
	if m.TargetType == engine.AverageValue {
		v.byAverage(kind+"AverageValue: ", r, p)
		return
	}
	way := kind + "Value: "
	ready := 0
	for _, pod := range v.seen.Pods {
		if pod.Phase == engine.Running && pod.Readiness == engine.Ready {
			ready++
		}
	}
	switch {
	case r.Problem != "":
		v.hit(way + "fails")
	case !p.Known:
		v.hit(way + "no pods")
	case v.exact.Current == 0:
		v.hit(way + "at zero")
	case p.Hold == engine.HoldWithinTolerance:
		v.hit(way + "within tolerance")
	default:
		v.when(ready == 0, way+"no pod is ready")
		v.when(p.Replicas == math.MaxInt32, way+"most there can be")
		v.when(p.Ratio > 1, way+"up")
		v.when(p.Ratio < 1, way+"down")
	}
}

func (v *visit) byAverage(way string, r *engine.Reading, p *engine.Proposal) {
	if !p.Known {
		v.hit(way + "fails")
		return
	}
	external := way == "External AverageValue: "
	v.when(external && (r.Value < 0 || r.Value == math.MaxInt64), way+"the sum is beyond 64 bits or negative")
	v.when(external && p.Replicas == math.MaxInt32, way+"most there can be")
	v.when(v.seen.StatusReplicas == 0, way+"no replicas in the status")
	switch {
	case p.Hold == engine.HoldWithinTolerance:
		v.hit(way + "within tolerance, the status's replicas")
	case p.Ratio > 1:
		v.hit(way + "up")
	case p.Ratio < 1:
		v.hit(way + "down")
	}
}

// damping tells the branches between the metrics' wish and what was desired.
func (v *visit) damping(wish int32) {
	d := &v.exact
	to, stabilised := wish, false
	for _, s := range d.Steps {
		if s.Kind == engine.StepStabilization {
			to, stabilised = s.To, true
		}
	}
	if v.twin.exact.HasBehavior {
		v.behavior(wish, to)
		return
	}
	v.hit("without behavior: " + d.ScalingLimited.Reason)
	v.when(stabilised, "without behavior: stabilised")
	v.when(!stabilised, "without behavior: not stabilised")
	v.when(to > d.Current && wish <= d.Current, "without behavior: pushed above current by the past")
}

func (v *visit) behavior(wish, to int32) {
	d, spec := &v.exact, &v.twin.exact
	reason := d.ScalingLimited.Reason
	switch {
	case wish == to:
		v.hit("behavior: ReadyForNewScale")
	case wish >= d.Current:
		v.hit("behavior: ScaleUpStabilized")
	default:
		v.hit("behavior: ScaleDownStabilized")
	}
	v.when(spec.Up.Stabilization > 0, "behavior: scaleUp window")
	v.when(spec.Down.Stabilization > 0, "behavior: scaleDown window")
	v.when(spec.Up.Tolerance != v.w.flags.Tolerance, "behavior: scaleUp tolerance")
	v.when(spec.Down.Tolerance != v.w.flags.Tolerance, "behavior: scaleDown tolerance")
	behavior := v.w.stored(v.w.name).Spec.Behavior
	v.when(behavior.ScaleDown.StabilizationWindowSeconds == nil, "behavior: scaleDown window of the flag")
	switch {
	case to == d.Current:
		v.hit("behavior: " + reason + ", no change")
		return
	case reason == engine.ReasonDesiredWithinRange && to > d.Current:
		v.hit("behavior: DesiredWithinRange, up")
	case reason == engine.ReasonDesiredWithinRange:
		v.hit("behavior: DesiredWithinRange, down")
	default:
		v.hit("behavior: " + reason)
	}
	rules, direction := &spec.Down, "policies down: "
	if to > d.Current {
		rules, direction = &spec.Up, "policies up: "
	}
	v.policies(rules, direction)
	last := d.Steps[len(d.Steps)-1]
	v.when(last.Kind == engine.StepRatePolicy && last.To == d.Current && rules.Select != engine.SelectDisabled, "behavior: limit at current, by earlier changes")
}

func (v *visit) policies(rules *engine.Rules, direction string) {
	names := map[engine.PolicySelect]string{engine.SelectMax: "Max", engine.SelectMin: "Min", engine.SelectDisabled: "Disabled"}
	v.hit(direction + names[rules.Select])
	for _, policy := range rules.Policies {
		if rules.Select == engine.SelectDisabled {
			return
		}
		v.when(policy.Percent, direction+"Percent")
		v.when(!policy.Percent, direction+"Pods")
	}
}
