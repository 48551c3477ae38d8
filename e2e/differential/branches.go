package differential

import "slices"

// branches are the ways that upstream's algorithm can take, in its order. Each has to be gone in a long run.
var branches = slices.Concat(roads, byPods(), byValue(), merges, withoutBehavior, withBehavior, memories, writes, conditions())

// roads lead to the metrics, or past them; groups are those of pods.
var roads = []string{
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

// byPods are the branches of metrics that each pod has a sample of.
func byPods() (all []string) {
	for _, formula := range []string{"utilisation: ", "average: "} {
		for _, way := range []string{
			"no samples", "no pods", "no sample left",
			"fast, within tolerance", "fast, up", "fast, down", "fast, against its ratio",
			"careful, missing pods at their target", "careful, missing pods idle", "careful, unready pods idle", "careful, nothing to put in",
			"careful, within tolerance", "careful, direction turned", "careful, count against its ratio", "careful, up", "careful, down",
		} {
			all = append(all, formula+way)
		}
	}
	return append(all, "utilisation: a request is missing", "utilisation: requests sum to 0")
}

// byValue are the branches of metrics that are one value.
func byValue() (all []string) {
	for _, kind := range []string{"Object ", "External "} {
		for _, way := range []string{
			"Value: fails", "Value: at zero", "Value: within tolerance", "Value: no pods", "Value: no pod is ready",
			"Value: up", "Value: down", "Value: most there can be",
			"AverageValue: fails", "AverageValue: within tolerance, the status's replicas", "AverageValue: up", "AverageValue: down",
			"AverageValue: no replicas in the status",
		} {
			all = append(all, kind+way)
		}
	}
	return append(all, "External AverageValue: most there can be", "External AverageValue: the sum is beyond 64 bits or negative")
}

var merges = []string{
	"merge: one metric", "merge: the largest of several",
	"merge: some invalid, followed", "merge: some invalid, scale-in blocked", "merge: all invalid",
	"merge: a proposal below 0", "merge: above current", "merge: below current", "merge: equals current",
}

var withoutBehavior = []string{
	"without behavior: stabilised", "without behavior: not stabilised", "without behavior: pushed above current by the past",
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

var memories = []string{
	"recommendations: first", "recommendations: appended", "recommendations: an old one replaced",
	"changes: appended", "changes: an old one replaced", "changes: not remembered, without behavior",
}

var writes = []string{
	"write: none", "write: accepted", "write: accepted after conflicts", "write: refused", "write: refused by conflicts",
}

// conditions are upstream's conditions with every reason that they can have.
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
