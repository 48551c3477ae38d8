package differential

import (
	"math"

	"flyball.dev/flyball/autoscaler/engine"
)

// byPods counts the branches of a metric with a sample of each pod.
func (v *coverage) byPods(m *engine.Metric, r *engine.Reading, p *engine.Proposal) {
	formula := "average: "
	if m.TargetType == engine.Utilization {
		formula = "utilization: "
	}
	switch {
	case r.Problem != "":
		v.count(formula + "no samples")
		return
	case len(v.seen.Pods) == 0:
		v.count(formula + "no pods")
		return
	}
	cpu := m.Name == "cpu" && m.Type != engine.Pods
	for i := range v.seen.Pods {
		v.count("group: " + v.group(&v.seen.Pods[i], &r.Pods[i], cpu))
	}
	switch {
	case !p.Known && p.Ready+len(r.Strays) == 0 && (p.Unready+p.Missing+p.Ignored) > 0:
		v.count(formula + "no sample left")
	case !p.Known && r.RequestsProblem != "":
		v.count("utilization: a request is missing")
	case !p.Known:
		v.count("utilization: requests sum to 0")
	case p.Missing == 0 && (p.Unready == 0 || p.Ratio <= 1):
		v.fast(formula+"fast, ", p)
	default:
		v.careful(formula+"careful, ", p)
	}
}

// fast counts the path without unready or missing pods.
func (v *coverage) fast(path string, p *engine.Proposal) {
	v.when((p.Ratio > 1 && p.Replicas < v.exact.Current) || (p.Ratio < 1 && p.Replicas > v.exact.Current), path+"against its ratio")
	v.outcome(path, p)
}

func (v *coverage) outcome(path string, p *engine.Proposal) {
	switch {
	case p.Hold == engine.HoldWithinTolerance:
		v.count(path + "within tolerance")
	case p.Ratio > 1:
		v.count(path + "up")
	default:
		v.count(path + "down")
	}
}

// careful counts the path that assumes a usage for unready and missing pods.
func (v *coverage) careful(path string, p *engine.Proposal) {
	v.when(p.Missing > 0 && p.Ratio < 1, path+"missing pods at their target")
	v.when(p.Missing > 0 && p.Ratio > 1, path+"missing pods idle")
	v.when(p.Unready > 0 && p.Ratio > 1, path+"unready pods idle")
	v.when(p.Ratio == 1, path+"no pods to assume")
	if p.Hold != engine.HoldUncertain {
		v.outcome(path, p)
		return
	}
	if v.reversed(p) {
		v.count(path + "direction reversed")
		return
	}
	v.count(path + "count against its ratio")
}

// reversed distinguishes the two guards of the careful path, which hold the replicas for the same reason: the guard against
// replicas in the wrong direction would not act if the current replicas were at the other bound.
func (v *coverage) reversed(p *engine.Proposal) bool {
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

// group is upstream's group of a pod, with the reason.
func (v *coverage) group(pod *engine.Pod, sample *engine.Sample, cpu bool) string {
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

func (v *coverage) groupByStart(pod *engine.Pod, sample *engine.Sample) string {
	young := pod.Started.Add(v.server.flags.CPUInitializationPeriod).After(v.now)
	switch {
	case pod.Readiness == engine.NoReadyCondition:
		return "unready, CPU, no Ready condition"
	case pod.Started.IsZero():
		return "unready, CPU, no start time"
	case young && pod.Readiness == engine.NotReady:
		return "unready, CPU, young and not ready"
	case young && sample.Time.Before(pod.ReadySince.Add(sample.Window)):
		return "unready, CPU, young and its window not yet whole"
	case pod.Readiness == engine.NotReady && pod.Started.Add(v.server.flags.InitialReadinessDelay).After(pod.ReadySince):
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
