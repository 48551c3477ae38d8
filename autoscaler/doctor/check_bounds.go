package doctor

import (
	"fmt"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// checkMax finds autoscalers whose load takes more replicas than spec.maxReplicas.
func checkMax(c *call, s *subject) {
	if _, limited := s.hasCondition(v1alpha1.ConditionScalingLimited, "True", v1alpha1.ReasonTooManyReplicas); !limited || s.current < s.max {
		return
	}
	required, words := s.why.required, fmt.Sprintf("the load takes %d replicas", s.why.required)
	fix := "raise spec.maxReplicas, as far as the nodes, quotas and what the pods call can take it"
	switch {
	case required <= s.max:
		required, words = 2*s.max, "its metrics ask for more"
	case c.atLimits(s):
		// Pods at their limits show no higher load.
		words = fmt.Sprintf("the load takes at least %d replicas: the pods are at their limits", required)
		fix += ", and again while the pods stay at their limits"
	}
	c.add(Error, s.object, fmt.Sprintf("all %d replicas of spec.maxReplicas run, and %s", s.max, words), "the pods run above their target",
		Fix{Text: fix, Command: s.patch(fmt.Sprintf(`{"spec": {"maxReplicas": %d}}`, required+required/5))})
}

// fullUse is the share of its limits from which a pod shows no higher load.
const fullUse = 0.95

// atLimits reports whether pods use all that their limits allow of a resource of the metrics.
func (c *call) atLimits(s *subject) bool {
	if s.workload == nil {
		return false
	}
	return slices.ContainsFunc(s.spec.Metrics, func(m v1alpha1.MetricSpec) bool {
		resource, target := resourceOf(&m)
		if target == nil {
			return false
		}
		container := ""
		if m.ContainerResource != nil {
			container = m.ContainerResource.Container
		}
		_, limit, found := limitOverRequest(&s.workload.template.Spec, corev1.ResourceName(resource), container)
		return found && slices.ContainsFunc(s.workload.owned, func(pod *corev1.Pod) bool {
			used := c.snapshot.Usage[pod.Namespace+"/"+pod.Name].of(container, resource)
			return float64(used) >= fullUse*limit
		})
	})
}

// checkBounds finds autoscalers that cannot scale.
func checkBounds(c *call, s *subject) {
	if s.min != s.max || s.own != nil && len(s.spec.Windows) > 0 {
		return
	}
	c.add(Warning, s.object, fmt.Sprintf("spec.minReplicas and spec.maxReplicas are both %d", s.max), "the autoscaler never scales",
		Fix{Text: "raise spec.maxReplicas, or delete the autoscaler", Command: s.patch(fmt.Sprintf(`{"spec": {"maxReplicas": %d}}`, 2*s.max))})
}

// limitOverRequest returns the limits of the containers as a share of their requests, and their sum in thousandths. It is not found if
// a container has no limit: its use has no bound then.
func limitOverRequest(spec *corev1.PodSpec, resource corev1.ResourceName, container string) (ratio, limit float64, found bool) {
	var limits, requests int64
	for _, each := range containers(spec) {
		if container != "" && each.Name != container {
			continue
		}
		limit, limited := each.Resources.Limits[resource]
		if !limited {
			return 0, 0, false
		}
		request, requested := each.Resources.Requests[resource]
		if !requested {
			request = limit
		}
		limits, requests = limits+limit.MilliValue(), requests+request.MilliValue()
	}
	if requests == 0 {
		return 0, 0, false
	}
	return float64(limits) / float64(requests), float64(limits), true
}

// tolerance of scale-up: the default of kube-controller-manager, or that of the spec.
func (s *subject) tolerance() float64 {
	if b := s.spec.Behavior; b != nil && b.ScaleUp != nil && b.ScaleUp.Tolerance != nil {
		return b.ScaleUp.Tolerance.AsApproximateFloat64()
	}
	return 0.1
}

// checkReachable finds targets that pods cannot exceed, because their limits are below.
func checkReachable(c *call, s *subject) {
	if s.workload == nil {
		return
	}
	for i := range s.spec.Metrics {
		m := &s.spec.Metrics[i]
		resource, target := resourceOf(m)
		if target == nil {
			continue
		}
		container, field := "", "resource"
		if m.ContainerResource != nil {
			container, field = m.ContainerResource.Container, "containerResource"
		}
		ratio, limit, found := limitOverRequest(&s.workload.template.Spec, corev1.ResourceName(resource), container)
		if !found {
			continue
		}
		up := 1 + s.tolerance()
		path := fmt.Sprintf("/spec/metrics/%d/%s/target/", i, field)
		switch {
		case target.AverageUtilization != nil && float64(*target.AverageUtilization)*up >= 100*ratio:
			reach := math.Round(100 * ratio)
			c.add(Error, s.object, fmt.Sprintf("spec.metrics[%d] has a target of %d%%, and the limits of the pods end their use of %s at %g%% of the requests",
				i, *target.AverageUtilization, resource, reach), "the use of the pods never exceeds the target by the tolerance, so that the metric never scales up",
				Fix{Text: "lower the target below the limits, or raise the limits", Command: s.replace(path+"averageUtilization", fmt.Sprint(math.Floor(reach*0.7)))})
		case target.AverageValue != nil && target.AverageValue.AsApproximateFloat64()*1000*up >= limit:
			c.add(Error, s.object, fmt.Sprintf("spec.metrics[%d] has a target of %s, and the limits of the pods end their use of %s at %gm",
				i, target.AverageValue.String(), resource, limit), "the use of the pods never exceeds the target by the tolerance, so that the metric never scales up",
				Fix{Text: "lower the target below the limits, or raise the limits", Command: s.replace(path+"averageValue", fmt.Sprintf(`"%gm"`, math.Floor(limit*0.7)))})
		}
	}
}

// burst is the share of limits over requests from which one burst multiplies the replicas.
const burst = 4

// checkBurst finds utilization targets of pods that may use far more than they request.
func checkBurst(c *call, s *subject) {
	if s.workload == nil || hasPolicies(s.spec.Behavior) || s.spec.Damping != nil {
		return
	}
	for i := range s.spec.Metrics {
		resource, target := resourceOf(&s.spec.Metrics[i])
		if target == nil || target.AverageUtilization == nil || resource != "cpu" {
			continue
		}
		container := ""
		if m := s.spec.Metrics[i].ContainerResource; m != nil {
			container = m.Container
		}
		ratio, _, found := limitOverRequest(&s.workload.template.Spec, corev1.ResourceCPU, container)
		if !found || ratio < burst || float64(*target.AverageUtilization) >= 100*ratio {
			continue
		}
		c.add(Warning, s.object, fmt.Sprintf("the pods may use %g%% of what they request, and spec.metrics[%d] has a target of %d%%",
			math.Round(100*ratio), i, *target.AverageUtilization),
			fmt.Sprintf("a short burst, such as the start of the pods, asks for %.0f times the replicas", 100*ratio/float64(*target.AverageUtilization)),
			Fix{
				Text:    "raise the requests to what the pods use, or limit the rate of scale-ups",
				Command: s.patch(`{"spec": {"behavior": {"scaleUp": {"stabilizationWindowSeconds": 30, "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}]}}}}`),
			})
		return
	}
}

// hasPolicies reports whether the scale-up has rate policies that are not the defaults, which the API server fills in.
func hasPolicies(b *v1alpha1.Behavior) bool {
	if b == nil || b.ScaleUp == nil {
		return false
	}
	var policies []string
	for _, p := range b.ScaleUp.Policies {
		policies = append(policies, fmt.Sprint(p.Type, p.Value, p.PeriodSeconds))
	}
	text := strings.Join(policies, " ")
	return text != "" && text != "Pods415 Percent10015" && text != "Percent10015 Pods415"
}
