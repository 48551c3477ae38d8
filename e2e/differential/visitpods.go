package differential

import (
	"math"

	"flyball.dev/flyball/autoscaler/engine"
)

// byPods tells the branches of a metric that each pod has a sample of.
func (v *visit) byPods(m *engine.Metric, r *engine.Reading, p *engine.Proposal) {
	formula := "average: "
	if m.TargetType == engine.Utilization {
		formula = "utilisation: "
	}
	switch {
	case r.Problem != "":
		v.hit(formula + "no samples")
		return
	case len(v.seen.Pods) == 0:
		v.hit(formula + "no pods")
		return
	}
	cpu := m.Name == "cpu" && m.Type != engine.Pods
	for i := range v.seen.Pods {
		v.hit("group: " + v.group(&v.seen.Pods[i], &r.Pods[i], cpu))
	}
	switch {
	case !p.Known && p.Ready+len(r.Strays) == 0 && (p.Unready+p.Missing+p.Ignored) > 0:
		v.hit(formula + "no sample left")
	case !p.Known && r.RequestsProblem != "":
		v.hit("utilisation: a request is missing")
	case !p.Known:
		v.hit("utilisation: requests sum to 0")
	case p.Missing == 0 && (p.Unready == 0 || p.Ratio <= 1):
		v.fast(formula+"fast, ", p)
	default:
		v.careful(formula+"careful, ", p)
	}
}

// fast is the way without pods in doubt.
func (v *visit) fast(way string, p *engine.Proposal) {
	v.when((p.Ratio > 1 && p.Replicas < v.exact.Current) || (p.Ratio < 1 && p.Replicas > v.exact.Current), way+"against its ratio")
	v.way(way, p)
}

func (v *visit) way(way string, p *engine.Proposal) {
	switch {
	case p.Hold == engine.HoldWithinTolerance:
		v.hit(way + "within tolerance")
	case p.Ratio > 1:
		v.hit(way + "up")
	default:
		v.hit(way + "down")
	}
}

// careful is the way in which pods in doubt are put in.
func (v *visit) careful(way string, p *engine.Proposal) {
	v.when(p.Missing > 0 && p.Ratio < 1, way+"missing pods at their target")
	v.when(p.Missing > 0 && p.Ratio > 1, way+"missing pods idle")
	v.when(p.Unready > 0 && p.Ratio > 1, way+"unready pods idle")
	v.when(p.Ratio == 1, way+"nothing to put in")
	if p.Hold != engine.HoldUncertain {
		v.way(way, p)
		return
	}
	if v.turned(p) {
		v.hit(way + "direction turned")
		return
	}
	v.hit(way + "count against its ratio")
}

// turned tells the two guards of the careful way apart, which keep the count for the same reason: the one against a
// count in the wrong direction would not have acted had the count been at the other end.
func (v *visit) turned(p *engine.Proposal) bool {
	spec, seen := v.twin.exact, v.seen
	spec.MinReplicas, spec.MaxReplicas, seen.SpecReplicas = 1, math.MaxInt32, 1
	if p.Ratio < 1 {
		seen.SpecReplicas = math.MaxInt32
	}
	d, _ := engine.Decide(&spec, engine.State{}, &seen, v.now)
	for i := range v.exact.Proposals {
		if &v.exact.Proposals[i] == p {
			return d.Proposals[i].Hold == engine.HoldUncertain
		}
	}
	return false
}

// group names the way of a pod through upstream's grouping.
func (v *visit) group(pod *engine.Pod, sample *engine.Sample, cpu bool) string {
	switch {
	case pod.Deleting:
		return "ignored, deleting"
	case pod.Phase == engine.Failed:
		return "ignored, Failed"
	case pod.Phase == engine.Pending:
		return "unready, Pending"
	case !sample.Known && pod.Phase == engine.Succeeded:
		return "missing, Succeeded"
	case !sample.Known:
		return "missing"
	case !cpu && pod.Readiness != engine.Ready:
		return "counted, not CPU, not ready"
	case !cpu:
		return "counted, not CPU"
	default:
		return v.groupByStart(pod, sample)
	}
}

func (v *visit) groupByStart(pod *engine.Pod, sample *engine.Sample) string {
	young := pod.Started.Add(v.w.flags.CPUInitializationPeriod).After(v.now)
	switch {
	case pod.Readiness == engine.NoReadyCondition:
		return "unready, CPU, no Ready condition"
	case pod.Started.IsZero():
		return "unready, CPU, no start time"
	case young && pod.Readiness == engine.NotReady:
		return "unready, CPU, young and not ready"
	case young && sample.Time.Before(pod.ReadySince.Add(sample.Window)):
		return "unready, CPU, young and its window not yet whole"
	case pod.Readiness == engine.NotReady && pod.Started.Add(v.w.flags.InitialReadinessDelay).After(pod.ReadySince):
		return "unready, CPU, never ready"
	case pod.Readiness == engine.NotReady:
		return "counted, CPU, was ready once"
	case pod.Readiness == engine.ReadyUnknown:
		return "counted, CPU, readiness Unknown"
	case young:
		return "counted, CPU, young"
	default:
		return "counted, CPU, old"
	}
}
