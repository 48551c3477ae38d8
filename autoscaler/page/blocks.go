package page

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/summary"
)

// block is what keeps the replicas from the recommendation, or pods from running. Fix and Command are the way out, if one is known.
type block struct{ What, Why, Fix, Command string }

// blockingConditions are those that block at a status, with what they block.
var blockingConditions = []struct {
	kind   string
	status metav1.ConditionStatus
	what   string
}{
	{v1alpha1.ConditionAccepted, metav1.ConditionFalse, "The spec is not accepted"},
	{v1alpha1.ConditionConflicting, metav1.ConditionTrue, "Another writer scales the target"},
	{v1alpha1.ConditionAbleToScale, metav1.ConditionFalse, "The target cannot be scaled"},
	{v1alpha1.ConditionScalingActive, metav1.ConditionFalse, "No replica count is computed"},
	{v1alpha1.ConditionScalingLimited, metav1.ConditionTrue, "The count is limited"},
	{v1alpha1.ConditionCapacityLimited, metav1.ConditionTrue, "Pods cannot run"},
	{v1alpha1.ConditionMetricsStale, metav1.ConditionTrue, "A metric has no newer sample"},
	{v1alpha1.ConditionDeadlineAtRisk, metav1.ConditionTrue, "A deadline is at risk"},
}

// limitingSteps are the kinds of steps that keep the count from the recommendation.
var limitingSteps = map[string]bool{
	"Hold": true, "Stabilization": true, "FirstStart": true, "RatePolicy": true, "Capacity": true, "Window": true, "Bounds": true,
}

// blocksOf returns what blocks an autoscaler: the conditions, then the steps of the last decision.
func blocksOf(d *summary.Detail) []block {
	var blocks []block
	if d.OtherController != "" {
		blocks = append(blocks, block{What: "Another controller scales the target", Why: d.OtherController})
	}
	if d.Page == nil {
		return append(blocks, conditionBlocks(d.Conditions)...)
	}
	blocks = append(blocks, conditionBlocks(d.Conditions)...)
	for _, s := range d.Page.Steps {
		if limitingSteps[s.Step] && s.From != s.To || s.Step == "Hold" {
			blocks = append(blocks, block{What: "Step: " + words(s.Step), Why: s.Detail})
		}
	}
	return blocks
}

func conditionBlocks(conditions []metav1.Condition) []block {
	var blocks []block
	for _, blocking := range blockingConditions {
		if c := meta.FindStatusCondition(conditions, blocking.kind); c != nil && c.Status == blocking.status {
			blocks = append(blocks, block{What: blocking.what + " (" + c.Reason + ")", Why: c.Message})
		}
	}
	return blocks
}
