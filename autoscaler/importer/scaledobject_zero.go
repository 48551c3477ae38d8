package importer

import "flyball.dev/flyball/autoscaler/api/v1alpha1"

// readZero reads what holds at zero replicas and on the way there.
func (so *scaledObject) readZero() {
	if so.min == 0 && so.resources {
		so.min = 1
		least := so.spec.child("minReplicaCount")
		if so.onlyResources() {
			least.note("KEDA's HPA has at least 1 replica where all triggers are cpu and memory; minReplicas is 1")
		} else {
			least.leftOut("KEDA goes to zero while no other trigger is active; here a metric of CPU or memory keeps one replica, and minReplicas is 1: " +
				"remove the cpu and memory metrics and set minReplicas to 0 if zero matters more")
		}
	}
	so.readCooldown()
	if idle := so.spec.child("idleReplicaCount"); idle.present {
		idle.leftOut("KEDA keeps this many replicas while no trigger is active, and spec.minReplicaCount as soon as one is; a HorizontalAutoscaler keeps minReplicas (%d) "+
			"at all times: set minReplicas to 0 if the target may start from there", so.min)
	}
}

func (so *scaledObject) onlyResources() bool {
	return len(so.windows) == 0 && !so.lost && !so.measuresWithoutPods()
}

func (so *scaledObject) measuresWithoutPods() bool {
	for i := range so.ha.Metrics {
		if kind := so.ha.Metrics[i].Type; kind == v1alpha1.PrometheusMetric || kind == v1alpha1.ExternalMetric {
			return true
		}
	}
	return false
}

// mostStabilization is the longest stabilization of autoscaling/v2, in seconds.
const mostStabilization = 3600

// readCooldown carries over how long after the last activity KEDA goes to zero. Here the stabilization of scale-down delays
// that step, so the longer of the two holds: the target never reaches zero before KEDA would scale it there.
func (so *scaledObject) readCooldown() {
	cooldown, initial := so.spec.child("cooldownPeriod"), so.spec.child("initialCooldownPeriod")
	seconds, set := cooldown.count()
	if !set {
		seconds = kedaCooldownPeriod
	}
	written := so.stabilization()
	stabilization := int32(hpaStabilization)
	if written != nil {
		stabilization = *written
	}
	longer := min(max(seconds, stabilization), mostStabilization)
	switch {
	case so.min > 0 && cooldown.present:
		cooldown.note("only delays the step to zero replicas, which spec.minReplicaCount rules out")
	case so.min > 0:
	case seconds < stabilization:
		cooldown.leftOut("KEDA goes to zero %ds after the last activity (spec.cooldownPeriod); here the scale-down stabilization of %ds delays that step as every other: "+
			"set behavior.scaleDown.stabilizationWindowSeconds to %d if every scale-in may come as early", seconds, stabilization, seconds)
	case seconds > mostStabilization:
		cooldown.leftOut("KEDA goes to zero %ds after the last activity; here the scale-down stabilization delays that step, for %ds at most: use a window with minReplicas 1, or minReplicas 1", seconds, longer)
	case seconds > stabilization && written != nil:
		cooldown.leftOut("KEDA goes to zero %ds after the last activity (spec.cooldownPeriod) and scales in above zero after the stabilization of %ds; here one time holds for both, and behavior.scaleDown.stabilizationWindowSeconds is the longer, %d",
			seconds, stabilization, longer)
	case seconds > stabilization:
		cooldown.changed("carried over as behavior.scaleDown.stabilizationWindowSeconds: scale-in above zero waits %ds, too, where KEDA's HPA waits %ds", longer, stabilization)
	case cooldown.present:
		cooldown.note("the scale-down stabilization, %ds, delays the step to zero as long", stabilization)
	}
	if so.min == 0 && longer > stabilization {
		so.rules().ScaleDown = withStabilization(so.rules().ScaleDown, longer)
	}
	so.readInitialCooldown(initial)
}

// stabilization of scale-down that the object writes, in seconds; nil for none.
func (so *scaledObject) stabilization() *int32 {
	if b := so.ha.Behavior; b != nil && b.ScaleDown != nil {
		return b.ScaleDown.StabilizationWindowSeconds
	}
	return nil
}

func withStabilization(rules *v1alpha1.ScalingRules, seconds int32) *v1alpha1.ScalingRules {
	if rules == nil {
		rules = &v1alpha1.ScalingRules{}
	}
	rules.StabilizationWindowSeconds = &seconds
	return rules
}

func (so *scaledObject) readInitialCooldown(initial node) {
	seconds, _ := initial.count()
	switch {
	case !initial.present:
	case so.min == 0 && seconds > 0:
		initial.leftOut("KEDA keeps a new ScaledObject from zero for this many seconds; a HorizontalAutoscaler goes to zero after its scale-down stabilization: create it while the target is busy, or set minReplicas to 1 at first")
	default:
		initial.note("delays the first step to zero replicas only, and does not apply")
	}
}
