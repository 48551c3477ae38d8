package differential

import "slices"

// branches are the paths of upstream's algorithm, in its order. A long run must cover each.
var branches = slices.Concat(paths, byPods(), byValue(), merged, withoutBehavior, withBehavior, storedState, writes, conditions())

// paths lead to the metrics or end before them; groups are upstream's groups of pods.
var paths = []string{
	"scale: cannot be read",
	"at zero: disabled", "at zero: metrics, with minReplicas 0", "at zero: metrics, with minReplicas above 0", "at zero: raised to minReplicas",
	"bounds: above maxReplicas", "bounds: below minReplicas",
	"selector: empty", "selector: malformed", "selector: ambiguous", "selector: another autoscaler, other pods",

	"group: ignored, deleting", "group: ignored, Failed", "group: unready, Pending", "group: missing", "group: missing, Succeeded",
	"group: counted, not CPU", "group: counted, not CPU, not ready",
	"group: unready, CPU, no Ready condition", "group: unready, CPU, no start time",
	"group: unready, CPU, young and not ready", "group: unready, CPU, young and its window not yet whole",
	"group: unready, CPU, never ready", "group: counted, CPU, was ready once", "group: counted, CPU, young", "group: counted, CPU, old",
	"group: counted, CPU, readiness Unknown",
}

// byPods are the branches of metrics with a sample of each pod.
func byPods() (all []string) {
	for _, formula := range []string{"utilization: ", "average: "} {
		for _, path := range []string{
			"no samples", "no pods", "no sample left",
			"fast, within tolerance", "fast, up", "fast, down", "fast, against its ratio",
			"careful, missing pods at their target", "careful, missing pods idle", "careful, unready pods idle", "careful, no pods to assume",
			"careful, within tolerance", "careful, direction reversed", "careful, count against its ratio", "careful, up", "careful, down",
		} {
			all = append(all, formula+path)
		}
	}
	return append(all, "utilization: a request is missing", "utilization: requests sum to 0")
}

// byValue are the branches of metrics with one value.
func byValue() (all []string) {
	for _, kind := range []string{"Object ", "External "} {
		for _, path := range []string{
			"Value: fails", "Value: at zero", "Value: within tolerance", "Value: no pods", "Value: no pod is ready",
			"Value: up", "Value: down", "Value: saturated",
			"AverageValue: fails", "AverageValue: within tolerance, the status's replicas", "AverageValue: up", "AverageValue: down",
			"AverageValue: no replicas in the status",
		} {
			all = append(all, kind+path)
		}
	}
	return append(all, "External AverageValue: saturated", "External AverageValue: the sum is beyond 64 bits or negative")
}

var merged = []string{
	"proposals: one metric", "proposals: the largest of several",
	"proposals: some invalid, followed", "proposals: some invalid, scale-in blocked", "proposals: all invalid",
	"proposals: a proposal below 0", "proposals: above current", "proposals: below current", "proposals: equals current",
}

var withoutBehavior = []string{
	"without behavior: stabilized", "without behavior: not stabilized", "without behavior: pushed above current by the past",
	"without behavior: TooFewReplicas", "without behavior: ScaleUpLimit", "without behavior: TooManyReplicas", "without behavior: DesiredWithinRange",
}

var withBehavior = []string{
	"behavior: ReadyForNewScale", "behavior: ScaleUpStabilized", "behavior: ScaleDownStabilized",
	"behavior: scaleUp window", "behavior: scaleDown window", "behavior: scaleDown window of the flag",
	"behavior: scaleUp tolerance", "behavior: scaleDown tolerance",
	"behavior: ScaleUpLimit", "behavior: TooManyReplicas", "behavior: ScaleDownLimit", "behavior: TooFewReplicas",
	"behavior: DesiredWithinRange, no change", "behavior: DesiredWithinRange, up", "behavior: DesiredWithinRange, down",
	"behavior: limit at current, by earlier changes",
	"policies up: Pods", "policies up: Percent", "policies up: Max", "policies up: Min", "policies up: Disabled",
	"policies down: Pods", "policies down: Percent", "policies down: Max", "policies down: Min", "policies down: Disabled",
}

var storedState = []string{
	"recommendations: first", "recommendations: appended", "recommendations: an old one replaced",
	"changes: appended", "changes: an old one replaced", "changes: not stored, without behavior",
}

var writes = []string{
	"write: none", "write: accepted", "write: accepted after conflicts", "write: refused", "write: refused by conflicts",
}

// conditions are upstream's conditions with each of their reasons.
func conditions() (all []string) {
	for _, c := range []struct {
		status  string
		reasons []string
	}{
		{"AbleToScale=True", []string{"SucceededGetScale", "ReadyForNewScale", "ScaleDownStabilized", "ScaleUpStabilized", "SucceededRescale"}},
		{"AbleToScale=False", []string{"FailedGetScale", "FailedUpdateScale"}},
		{"ScalingActive=True", []string{"ValidMetricFound"}},
		{"ScalingActive=False", []string{
			"ScalingDisabled", "InvalidSelector", "AmbiguousSelector", "FailedGetResourceMetric", "FailedGetContainerResourceMetric",
			"FailedGetPodsMetric", "FailedGetObjectMetric", "FailedGetExternalMetric", "InvalidMetricSourceType",
		}},
		{"ScalingLimited=True", []string{"TooFewReplicas", "TooManyReplicas", "ScaleUpLimit", "ScaleDownLimit"}},
		{"ScalingLimited=False", []string{"DesiredWithinRange"}},
		{"ScaledToZero=True", []string{"ScaledToZero"}},
		{"ScaledToZero=False", []string{"NotScaledToZero"}},
	} {
		for _, reason := range c.reasons {
			all = append(all, "condition: "+c.status+"/"+reason)
		}
	}
	return all
}
