package differential

import (
	"fmt"
	"strconv"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/sim/scenario"
)

// engineStory is a script that plays a story of the engine's tests, so that upstream's controller plays it too.
type engineStory struct {
	blocks []scenario.Block
	spec   *engine.Spec
	// restart and respec take effect at the next tick.
	restart bool
	respec  *autoscalingv2.HorizontalPodAutoscalerSpec
}

// translateStory returns the start of the sequence of a story, and the script of the rest. unsupported is the part of the
// story that an HPA cannot express; empty where upstream can play all of it.
func translateStory(blocks []scenario.Block) (s Sequence, script *engineStory, unsupported string) {
	for i := range blocks {
		b := &blocks[i]
		switch b.Command {
		case scenario.Restore, scenario.Recreate:
			return s, nil, "it has the command " + string(b.Command)
		case scenario.SetSpec:
			unsupported := unsupportedIn(b.Spec)
			switch flags := flagsOf(b.Spec); {
			case unsupported != "":
				return s, nil, unsupported
			case script == nil:
				s, script = Sequence{Spec: *translate(b.Spec), Flags: flags}, &engineStory{blocks: blocks[i+1:], spec: b.Spec}
			case flags != s.Flags:
				return s, nil, "its specs need flags that differ"
			}
		}
	}
	if script == nil {
		return s, nil, "it has no spec"
	}
	return s, script, ""
}

// unsupportedIn is the part of a spec that an HPA does not have, or that is a flag of its controller.
func unsupportedIn(spec *engine.Spec) string {
	switch {
	case len(spec.Windows) > 0:
		return "it has windows"
	case spec.Fallback != nil:
		return "it has a fallback"
	case spec.Up.Tolerance != spec.Down.Tolerance && !spec.HasBehavior:
		return "it has a tolerance for each direction, and no behavior"
	}
	for i := range spec.Metrics {
		if m := &spec.Metrics[i]; m.Type == engine.Prometheus || m.MaxAge > 0 {
			return "it has a query, or a greatest age"
		}
	}
	return ""
}

// flagsOf are the controller flags with which an HPA without behavior follows the spec. A story has one set of flags.
func flagsOf(spec *engine.Spec) policy.Defaults {
	flags := usualFlags()
	if !spec.HasBehavior {
		flags.DownscaleStabilization, flags.Tolerance = spec.Down.Stabilization, spec.Down.Tolerance
	}
	return flags
}

func (s *engineStory) next(_ *autoscalingv2.HorizontalPodAutoscalerSpec, current int32, now time.Time) (Step, bool) {
	for len(s.blocks) > 0 {
		b := s.blocks[0]
		s.blocks = s.blocks[1:]
		switch b.Command {
		case scenario.SetSpec:
			s.spec, s.respec = b.Spec, translate(b.Spec)
		case scenario.Restart:
			s.restart = true
		case scenario.Decide:
			step := s.step(b.Tick, current, now.Add(b.Tick.After))
			s.restart, s.respec = false, nil
			return step, true
		}
	}
	return Step{}, false
}

// step gives upstream the pods and samples that the tick gives the engine.
func (s *engineStory) step(t *scenario.Tick, current int32, now time.Time) Step {
	seen := t.Observe(s.spec, current, now)
	step := Step{
		After: t.After, Spec: s.respec, Replicas: t.Replicas, Restart: s.restart,
		Selector: "app=web", StatusReplicas: seen.StatusReplicas, Unwritable: t.WriteFails,
	}
	if t.ConcurrentReplicas != nil {
		step.Conflicts = 1
	}
	switch seen.PodsReason {
	case engine.ReasonInvalidSelector:
		step.Selector = "app in (web"
	case "":
	default:
		step.SecondSelector = "app=web"
	}
	for i := range seen.Pods {
		step.Pods = append(step.Pods, s.pod(i, &seen.Pods[i], seen.Readings))
	}
	for i := range seen.Readings {
		step.Readings = append(step.Readings, answer(&seen.Readings[i], &s.spec.Metrics[i]))
	}
	return step
}

func podName(i int) string { return "web-" + strconv.Itoa(i) }

// pod is an object of the API server from which package target makes the given engine.Pod.
func (s *engineStory) pod(i int, p *engine.Pod, readings []engine.Reading) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: podName(i), Namespace: namespace, Labels: map[string]string{"app": "web"}}}
	pod.Status.Phase = map[engine.Phase]corev1.PodPhase{
		engine.Pending: corev1.PodPending, engine.Running: corev1.PodRunning, engine.Succeeded: corev1.PodSucceeded, engine.Failed: corev1.PodFailed,
	}[p.Phase]
	pod.Status.StartTime = &metav1.Time{Time: p.Started}
	if status, ok := map[engine.Readiness]corev1.ConditionStatus{
		engine.Ready: corev1.ConditionTrue, engine.NotReady: corev1.ConditionFalse, engine.ReadyUnknown: corev1.ConditionUnknown,
	}[p.Readiness]; ok {
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status, LastTransitionTime: metav1.NewTime(p.ReadySince)}}
	}
	if p.Deleting {
		pod.DeletionTimestamp = &metav1.Time{Time: p.Started}
	}
	pod.Spec.Containers = []corev1.Container{{Name: "app"}}
	for j := range s.spec.Metrics {
		request(pod, &s.spec.Metrics[j], &readings[j])
	}
	return pod
}

// request sets the requests of a pod that a metric needs, unless the story has them unknown.
func request(pod *corev1.Pod, m *engine.Metric, r *engine.Reading) {
	if m.TargetType != engine.Utilization || r.RequestsProblem != "" {
		return
	}
	c := &pod.Spec.Containers[0]
	if m.Container != "" {
		c.Name = m.Container
	}
	if c.Resources.Requests == nil {
		c.Resources.Requests = corev1.ResourceList{}
	}
	c.Resources.Requests[corev1.ResourceName(m.Name)] = *milli(1000)
}

// answer is the answer of the metrics APIs for a reading of the engine.
func answer(r *engine.Reading, m *engine.Metric) Reading {
	switch {
	case r.Problem != "":
		return Reading{Fails: true}
	case m.Type == engine.Object || m.Type == engine.External:
		return Reading{Series: []int64{r.Value}}
	}
	reading := Reading{Samples: map[string]Sample{}, Strays: r.Strays}
	for i, sample := range r.Pods {
		if sample.Known {
			reading.Samples[podName(i)] = Sample{Value: sample.Value, Time: sample.Time, Window: sample.Window}
		}
	}
	return reading
}

// translate returns the spec of an HPA. The spec has nothing that unsupportedIn names.
func translate(spec *engine.Spec) *autoscalingv2.HorizontalPodAutoscalerSpec {
	hpa := &autoscalingv2.HorizontalPodAutoscalerSpec{MinReplicas: &spec.MinReplicas, MaxReplicas: spec.MaxReplicas}
	for i := range spec.Metrics {
		hpa.Metrics = append(hpa.Metrics, metricOf(&spec.Metrics[i]))
	}
	if spec.HasBehavior {
		hpa.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: rulesOf(&spec.Up), ScaleDown: rulesOf(&spec.Down)}
	}
	return hpa
}

func metricOf(m *engine.Metric) autoscalingv2.MetricSpec {
	var target autoscalingv2.MetricTarget
	switch m.TargetType {
	case engine.Utilization:
		target = autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: new(int32(m.Target))}
	case engine.Value:
		target = autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: milli(m.Target)}
	default:
		target = autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: milli(m.Target)}
	}
	id := autoscalingv2.MetricIdentifier{Name: m.Name}
	switch m.Type {
	case engine.Resource:
		return autoscalingv2.MetricSpec{
			Type:     autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceName(m.Name), Target: target},
		}
	case engine.ContainerResource:
		return autoscalingv2.MetricSpec{
			Type: autoscalingv2.ContainerResourceMetricSourceType,
			ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
				Name: corev1.ResourceName(m.Name), Container: m.Container, Target: target,
			},
		}
	case engine.Pods:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{Metric: id, Target: target}}
	case engine.Object:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ObjectMetricSourceType, Object: &autoscalingv2.ObjectMetricSource{
			Metric: id, Target: target, DescribedObject: autoscalingv2.CrossVersionObjectReference{APIVersion: "v1", Kind: "Service", Name: "web"},
		}}
	default:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{Metric: id, Target: target}}
	}
}

func rulesOf(r *engine.Rules) *autoscalingv2.HPAScalingRules {
	selected := map[engine.PolicySelect]autoscalingv2.ScalingPolicySelect{
		engine.SelectMax: autoscalingv2.MaxChangePolicySelect, engine.SelectMin: autoscalingv2.MinChangePolicySelect,
		engine.SelectDisabled: autoscalingv2.DisabledPolicySelect,
	}[r.Select]
	rules := &autoscalingv2.HPAScalingRules{
		StabilizationWindowSeconds: new(int32(r.Stabilization / time.Second)), SelectPolicy: &selected,
	}
	if r.Tolerance != usualFlags().Tolerance {
		rules.Tolerance = new(resource.MustParse(fmt.Sprint(r.Tolerance)))
	}
	for _, p := range r.Policies {
		kind := autoscalingv2.PodsScalingPolicy
		if p.Percent {
			kind = autoscalingv2.PercentScalingPolicy
		}
		rules.Policies = append(rules.Policies, autoscalingv2.HPAScalingPolicy{
			Type: kind, Value: p.Value, PeriodSeconds: int32(p.Period / time.Second),
		})
	}
	return rules
}
