package differential

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/labels"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/invariant"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/target"
)

// unknownType is a metric type that no version of the API has.
const unknownType = "Oracle"

// twin is our side: the engine, with the state that a controller keeps for it.
type twin struct {
	flags policy.Defaults
	// exact has every correction off, corrected has all on.
	exact, corrected engine.Spec
	state            engine.State
	// conditions are status/reason by type.
	conditions map[string]string
}

// view is the input of the engine at a step, and its decisions.
type view struct {
	seen             engine.Observation
	before           engine.State
	now              time.Time
	exact, corrected engine.Decision
	after            engine.State
}

func newTwin(s *Sequence) (*twin, error) {
	t := &twin{flags: s.Flags, conditions: map[string]string{}}
	return t, t.setSpec(&s.Spec)
}

// setSpec compiles a spec as users migrate one: its JSON under our kind, which is also what flyball import hpa prints of the HPA.
func (t *twin) setSpec(spec *autoscalingv2.HorizontalPodAutoscalerSpec) error {
	spec = spec.DeepCopy()
	spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
	unlisted := replaceUnknown(spec)
	raw, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	ours := &v1alpha1.HorizontalAutoscaler{}
	if err := json.Unmarshal(raw, &ours.Spec); err != nil {
		return fmt.Errorf("decoding the spec as a HorizontalAutoscaler: %w", err)
	}
	imported, err := importHPA(raw)
	switch {
	case err != nil:
		return fmt.Errorf("importing the HPA: %w", err)
	case !equality.Semantic.DeepEqual(imported, &ours.Spec):
		return fmt.Errorf("flyball import hpa prints %+v of the spec %s", imported, raw)
	}
	ours.Spec = *imported
	compiled, err := policy.Compile(ours, t.flags)
	if err != nil {
		return fmt.Errorf("compiling the spec: %w", err)
	}
	for _, i := range unlisted {
		compiled.Spec.Metrics[i].Type = 0
	}
	t.exact, t.corrected = compiled.Spec, compiled.Spec
	t.exact.Without = engine.AllCorrections
	return nil
}

// replaceUnknown replaces metrics of a type that our API rejects, and returns their indices.
func replaceUnknown(spec *autoscalingv2.HorizontalPodAutoscalerSpec) (places []int) {
	for i := range spec.Metrics {
		if spec.Metrics[i].Type == unknownType {
			places = append(places, i)
			spec.Metrics[i] = podsMetric(fmt.Sprintf("stand-in-%d", i), *milli(1000))
		}
	}
	return places
}

// restart drops the state that upstream loses: all but the condition in the object.
func (t *twin) restart() { t.state = engine.State{ScaledToZero: t.state.ScaledToZero} }

// decide calls the engine for the step, with and without corrections.
func (t *twin) decide(step *Step, replicas int32, now time.Time) *view {
	v := &view{seen: t.observe(step, replicas), before: t.state.Clone(), now: now}
	v.exact, v.after = engine.Decide(&t.exact, t.state, &v.seen, now)
	v.corrected, _ = engine.Decide(&t.corrected, v.before.Clone(), &v.seen, now)
	t.state = v.after
	return v
}

// violated names the invariants that a decision of the step violates, with or without corrections; empty for none.
func (t *twin) violated(v *view) string {
	for _, of := range []struct {
		spec     *engine.Spec
		decision *engine.Decision
	}{{&t.corrected, &v.corrected}, {&t.exact, &v.exact}} {
		var checker invariant.Checker
		checker.Resume(&v.before)
		if err := checker.Check(of.spec, &v.seen, of.decision); err != nil {
			return fmt.Sprintf("without corrections %q: %v", of.spec.Without, err)
		}
	}
	return ""
}

// settle records the result of the exact decision. accepted is when the API server accepted the write; zero if it did not.
func (t *twin) settle(v *view, accepted time.Time) {
	d := &v.exact
	switch {
	case d.Desired == d.Current:
	case accepted.IsZero():
		d.AbleToScale = engine.Verdict{Status: engine.False, Reason: v1alpha1.ReasonFailedUpdateScale}
	default:
		t.state = engine.RecordScale(t.state, d, accepted)
		v.after = t.state
	}
	for _, c := range explain.Conditions(&t.exact, d) {
		if c.Type == v1alpha1.ConditionMetricsStale || c.Type == v1alpha1.ConditionCapacityLimited {
			continue // upstream has no such condition
		}
		t.conditions[c.Type] = string(c.Status) + "/" + c.Reason
	}
}

// observe returns the observation of the engine with the input of upstream.
func (t *twin) observe(step *Step, replicas int32) engine.Observation {
	seen := engine.Observation{SpecReplicas: replicas, StatusReplicas: step.StatusReplicas}
	pods, reason := selected(step)
	if reason != "" {
		seen.PodsProblem, seen.PodsReason = "the pods are unknown", reason
		pods = nil
	}
	seen.Pods = target.Observe(pods)
	for i := range t.exact.Metrics {
		seen.Readings = append(seen.Readings, reading(step.reading(i), pods, &t.exact.Metrics[i]))
	}
	return seen
}

// selected returns the pods of the step that the selector of the target matches, or the reason why they are unknown.
func selected(step *Step) (pods []*target.Pod, reason string) {
	selector, err := labels.Parse(step.Selector)
	if err != nil || step.Selector == "" {
		return nil, engine.ReasonInvalidSelector
	}
	others := labels.Nothing()
	if step.SecondSelector != "" {
		others, _ = labels.Parse(step.SecondSelector)
	}
	for i := range step.Pods {
		pod := target.NewPod(step.Pods[i])
		if !pod.Matches(selector) {
			continue
		}
		if pods = append(pods, pod); pod.Matches(others) {
			reason = v1alpha1.ReasonAmbiguousSelector
		}
	}
	return pods, reason
}

func reading(r *Reading, pods []*target.Pod, m *engine.Metric) engine.Reading {
	perPod := m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods
	if r.Fails || (!perPod && len(r.Series) == 0) {
		return engine.Reading{Problem: errNotMeasured.Error()}
	}
	read := engine.Reading{Value: total(r.Series), Partial: gap(r.Partial)}
	if !perPod {
		return read
	}
	read.Strays = append(read.Strays, r.Strays...)
	known := map[string]bool{}
	for _, pod := range pods {
		s, found := r.Samples[pod.Name()]
		known[pod.Name()] = true
		read.Pods = append(read.Pods, engine.Sample{Known: found, Value: s.Value, Time: s.Time, Window: s.Window, Partial: gap(s.Partial)})
	}
	for pod, s := range r.Samples {
		if !known[pod] {
			read.Strays = append(read.Strays, s.Value)
		}
	}
	if m.TargetType == engine.Utilization {
		read.Requests, read.RequestsProblem = target.Requests(pods, corev1.ResourceName(m.Name), m.Container, true)
	}
	return read
}

// gap is the reason why a value is partial; empty where it is not.
func gap(partial bool) string {
	if partial {
		return "its range spans a gap"
	}
	return ""
}

// total is the sum of series of one sign.
func total(series []int64) int64 {
	var sum int64
	for _, value := range series {
		if value > 0 && sum > math.MaxInt64-value {
			return math.MaxInt64
		}
		sum += value
	}
	return sum
}
