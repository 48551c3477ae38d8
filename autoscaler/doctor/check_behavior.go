package doctor

import (
	"fmt"
	"math"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

func (s *subject) scaleUp() *v1alpha1.ScalingRules {
	if s.spec.Behavior == nil || s.spec.Behavior.ScaleUp == nil {
		return &v1alpha1.ScalingRules{}
	}
	return s.spec.Behavior.ScaleUp
}

func (s *subject) scaleDown() *v1alpha1.ScalingRules {
	if s.spec.Behavior == nil || s.spec.Behavior.ScaleDown == nil {
		return &v1alpha1.ScalingRules{}
	}
	return s.spec.Behavior.ScaleDown
}

func isDisabled(rules *v1alpha1.ScalingRules) bool {
	return rules.SelectPolicy != nil && *rules.SelectPolicy == autoscalingv2.DisabledPolicySelect
}

func checkScaleUpDisabled(c *call, s *subject) {
	if isDisabled(s.scaleUp()) {
		c.add(Error, s.object, "spec.behavior.scaleUp.selectPolicy is Disabled", "no load scales the target up",
			Fix{Text: "remove the field once its cause is gone", Command: s.replace("/spec/behavior/scaleUp/selectPolicy", `"Max"`)})
	}
}

func checkScaleDownDisabled(c *call, s *subject) {
	if isDisabled(s.scaleDown()) {
		c.add(Info, s.object, "spec.behavior.scaleDown.selectPolicy is Disabled", "the replicas of the highest load stay",
			Fix{Text: "remove the field if this is not on purpose", Command: s.replace("/spec/behavior/scaleDown/selectPolicy", `"Max"`)})
	}
}

// checkStabilization finds autoscalers that scale down at the first low sample.
func checkStabilization(c *call, s *subject) {
	window := s.scaleDown().StabilizationWindowSeconds
	if window == nil || *window != 0 || isDisabled(s.scaleDown()) || s.spec.Damping != nil {
		return
	}
	c.add(Warning, s.object, "spec.behavior.scaleDown.stabilizationWindowSeconds is 0", "one low sample removes pods that the next one asks for again",
		Fix{Text: "use the default of 300 seconds, or at least the time that pods take to start", Command: s.patch(`{"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}}}}`)})
}

// slow is the time from the lowest to the highest replica count that is too long.
const slow = 30 * time.Minute

// checkSpeed finds scale-ups that take more than [slow] by their own rules.
func checkSpeed(c *call, s *subject) {
	up := s.scaleUp()
	if isDisabled(up) {
		return
	}
	var wait time.Duration
	if up.StabilizationWindowSeconds != nil {
		wait = time.Duration(*up.StabilizationWindowSeconds) * time.Second
	}
	took := climb(up, float64(max(1, s.min)), float64(s.max), wait)
	if took <= slow {
		return
	}
	text := took.Round(time.Minute).String()
	c.add(Warning, s.object, fmt.Sprintf("by spec.behavior.scaleUp, the way from %d to %d replicas takes %s", s.min, s.max, strings.TrimSuffix(text, "0s")),
		"a steep load is short of pods for that time",
		Fix{Text: "allow larger steps, as the default does: 100% or 4 pods in 15s", Command: s.patch(
			`{"spec": {"behavior": {"scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}, {"type": "Pods", "value": 4, "periodSeconds": 15}]}}}}`)})
}

// climb returns how long the rate policies take from a replica count to another, after a wait, with the policy that selectPolicy selects
// at each step. Without policies it is the wait.
func climb(up *v1alpha1.ScalingRules, from, to float64, wait time.Duration) time.Duration {
	least := up.SelectPolicy != nil && *up.SelectPolicy == autoscalingv2.MinChangePolicySelect
	took := wait
	for n := from; n < to && len(up.Policies) > 0 && took <= 24*time.Hour; {
		rate := math.NaN() // replicas per second
		for i := range up.Policies {
			p := &up.Policies[i]
			change := float64(p.Value)
			if p.Type == autoscalingv2.PercentScalingPolicy {
				change = math.Ceil(n * change / 100)
			}
			r := change / float64(max(1, p.PeriodSeconds))
			if math.IsNaN(rate) || least == (r < rate) {
				rate = r
			}
		}
		if rate <= 0 {
			return 24 * time.Hour
		}
		took += time.Duration(float64(time.Second) / rate)
		n++
	}
	return took
}

// checkTolerance finds tolerances that ignore half of a load.
func checkTolerance(c *call, s *subject) {
	if s.tolerance() < 0.5 {
		return
	}
	c.add(Warning, s.object, fmt.Sprintf("spec.behavior.scaleUp.tolerance is %s", s.scaleUp().Tolerance.String()),
		fmt.Sprintf("pods run at %.0f%% of their target before the autoscaler scales up", 100*(1+s.tolerance())),
		Fix{Text: "use the default of 0.1, or less", Command: s.replace("/spec/behavior/scaleUp/tolerance", `"0.1"`)})
}
