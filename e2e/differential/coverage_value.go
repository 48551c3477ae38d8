package differential

import (
	"math"

	"flyball.dev/flyball/autoscaler/engine"
)

// byValue counts the branches of a metric with one value.
func (v *coverage) byValue(kind string, m *engine.Metric, r *engine.Reading, p *engine.Proposal) {
	if m.TargetType == engine.AverageValue {
		v.byAverage(kind+"AverageValue: ", r, p)
		return
	}
	path := kind + "Value: "
	ready := 0
	for _, pod := range v.seen.Pods {
		if pod.Phase == engine.Running && pod.Readiness == engine.Ready {
			ready++
		}
	}
	switch {
	case r.Problem != "":
		v.count(path + "fails")
	case !p.Known:
		v.count(path + "no pods")
	case v.exact.Current == 0:
		v.count(path + "at zero")
	case p.Hold == engine.HoldWithinTolerance:
		v.count(path + "within tolerance")
	default:
		v.when(ready == 0, path+"no pod is ready")
		v.when(p.Replicas == math.MaxInt32, path+"saturated")
		v.when(p.Ratio > 1, path+"up")
		v.when(p.Ratio < 1, path+"down")
	}
}

func (v *coverage) byAverage(path string, r *engine.Reading, p *engine.Proposal) {
	if !p.Known {
		v.count(path + "fails")
		return
	}
	external := path == "External AverageValue: "
	v.when(external && (r.Value < 0 || r.Value == math.MaxInt64), path+"the sum is beyond 64 bits or negative")
	v.when(external && p.Replicas == math.MaxInt32, path+"saturated")
	v.when(v.seen.StatusReplicas == 0, path+"no replicas in the status")
	switch {
	case p.Hold == engine.HoldWithinTolerance:
		v.count(path + "within tolerance, the status's replicas")
	case p.Ratio > 1:
		v.count(path + "up")
	case p.Ratio < 1:
		v.count(path + "down")
	}
}

// damping counts the branches between the highest proposal and the desired replicas.
func (v *coverage) damping(recommendation int32) {
	d := &v.exact
	to, stabilized := recommendation, false
	for _, s := range d.Steps {
		if s.Kind == engine.StepStabilization {
			to, stabilized = s.To, true
		}
	}
	if v.twin.exact.HasBehavior {
		v.behavior(recommendation, to)
		return
	}
	v.count("without behavior: " + d.ScalingLimited.Reason)
	v.when(stabilized, "without behavior: stabilized")
	v.when(!stabilized, "without behavior: not stabilized")
	v.when(to > d.Current && recommendation <= d.Current, "without behavior: pushed above current by the past")
}

func (v *coverage) behavior(recommendation, to int32) {
	d, spec := &v.exact, &v.twin.exact
	reason := d.ScalingLimited.Reason
	switch {
	case recommendation == to:
		v.count("behavior: ReadyForNewScale")
	case recommendation >= d.Current:
		v.count("behavior: ScaleUpStabilized")
	default:
		v.count("behavior: ScaleDownStabilized")
	}
	v.when(spec.Up.Stabilization > 0, "behavior: scaleUp window")
	v.when(spec.Down.Stabilization > 0, "behavior: scaleDown window")
	v.when(spec.Up.Tolerance != v.server.flags.Tolerance, "behavior: scaleUp tolerance")
	v.when(spec.Down.Tolerance != v.server.flags.Tolerance, "behavior: scaleDown tolerance")
	behavior := v.server.stored(v.server.name).Spec.Behavior
	v.when(behavior.ScaleDown.StabilizationWindowSeconds == nil, "behavior: scaleDown window of the flag")
	switch {
	case to == d.Current:
		v.count("behavior: " + reason + ", no change")
		return
	case reason == engine.ReasonDesiredWithinRange && to > d.Current:
		v.count("behavior: DesiredWithinRange, up")
	case reason == engine.ReasonDesiredWithinRange:
		v.count("behavior: DesiredWithinRange, down")
	default:
		v.count("behavior: " + reason)
	}
	rules, direction := &spec.Down, "policies down: "
	if to > d.Current {
		rules, direction = &spec.Up, "policies up: "
	}
	v.policies(rules, direction)
	last := d.Steps[len(d.Steps)-1]
	v.when(last.Kind == engine.StepRatePolicy && last.To == d.Current && rules.Select != engine.SelectDisabled, "behavior: limit at current, by earlier changes")
}

func (v *coverage) policies(rules *engine.Rules, direction string) {
	names := map[engine.PolicySelect]string{engine.SelectMax: "Max", engine.SelectMin: "Min", engine.SelectDisabled: "Disabled"}
	v.count(direction + names[rules.Select])
	for _, policy := range rules.Policies {
		if rules.Select == engine.SelectDisabled {
			return
		}
		v.when(policy.Percent, direction+"Percent")
		v.when(!policy.Percent, direction+"Pods")
	}
}
