package doctor

import (
	"encoding/json"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/autoscaler/policy"
)

// Autoscaler is why an autoscaler has its replica count.
type Autoscaler struct {
	Object Object `json:"object"`
	// Target is Kind/name, and Replicas its spec.replicas; nil if unknown.
	Target   string `json:"target"`
	Replicas *int32 `json:"replicas"`
	// Min and Max are the bounds of the spec, and Desired is the count in the status.
	Min     int32 `json:"min"`
	Max     int32 `json:"max"`
	Desired int32 `json:"desired"`
	// Reason says why, in a sentence: of an HPA by this version's engine without corrections, from the same inputs.
	Reason string   `json:"reason"`
	Steps  []string `json:"steps,omitempty"`
	// Findings are the IDs of the findings about it.
	Findings []string `json:"findings,omitempty"`

	// required is the highest proposal of its metrics, before all limits; 0 if none is known.
	required int32
}

// explain returns why an autoscaler has its count.
func (e *examination) explain(s *subject) *Autoscaler {
	a := &Autoscaler{Object: s.object, Target: s.target.kind + "/" + s.target.name, Min: s.min, Max: s.max, Desired: s.desired}
	if s.workload != nil {
		a.Replicas = &s.workload.replicas
	}
	if s.own != nil {
		if d := s.own.Status.Decision; d != nil {
			a.Reason = d.Reason
			for _, step := range d.Steps {
				a.Steps = append(a.Steps, step.Step+": "+step.Detail)
			}
		}
		return a
	}
	compiled, problem := compile(s.hpa)
	switch {
	case problem != "":
		a.Reason = problem
		return a
	case s.workload == nil:
		a.Reason = "the target was not read"
		return a
	}
	o := e.observe(s, compiled)
	d, _ := engine.Decide(&compiled.Spec, history(s), o, e.snapshot.Now)
	for i := range d.Proposals {
		if p := &d.Proposals[i]; p.Known {
			a.required = max(a.required, p.Replicas)
		}
	}
	a.Reason = explain.Reason(&compiled.Spec, &d)
	for _, step := range explain.Steps(&compiled.Spec, &d) {
		a.Steps = append(a.Steps, step.Step+": "+step.Detail)
	}
	if held, found := s.hasCondition("AbleToScale", "True", "ScaleDownStabilized", "ScaleUpStabilized"); found {
		a.Steps = append(a.Steps, "Status: "+held.reason+" since "+held.since.UTC().Format("15:04:05Z")+": "+held.message)
	}
	return a
}

// compile imports an HPA: it decides as the HPA controller does, without corrections.
func compile(object any) (*policy.Policy, string) {
	text, err := json.Marshal(object)
	var decoded map[string]any
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	if err != nil {
		return nil, err.Error()
	}
	decoded["apiVersion"], decoded["kind"] = "autoscaling/v2", "HorizontalPodAutoscaler"
	result, err := importer.Import(importer.HPA, []map[string]any{decoded}, importer.Options{TimeZone: "UTC"})
	if err != nil {
		return nil, err.Error()
	}
	if len(result.Autoscalers) != 1 {
		for _, entry := range result.Report {
			if entry.Outcome == importer.LeftOut {
				return nil, entry.Message
			}
		}
		return nil, "it cannot be imported"
	}
	imported := &result.Autoscalers[0]
	defaults := policy.StandardDefaults()
	defaults.MaxSampleAge, defaults.Without = 0, engine.AllCorrections
	p, err := policy.Compile(&v1alpha1.HorizontalAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: imported.Metadata.Namespace, Name: imported.Metadata.Name}, Spec: imported.Spec,
	}, defaults)
	if err != nil {
		return nil, err.Error()
	}
	return p, ""
}

// history is the state of an HPA as far as its status has it: the count that it desires is a recommendation of its stabilization while
// that holds it.
func history(s *subject) engine.State {
	held, found := s.hasCondition("AbleToScale", "True", "ScaleDownStabilized")
	if !found {
		return engine.State{Recommendations: []engine.Recommendation{{Replicas: 0, Time: time.Unix(0, 0)}}} // the controller has run for longer than its window
	}
	return engine.State{Recommendations: []engine.Recommendation{{Replicas: s.desired, Time: held.since.Time}}}
}

// observe returns the observation of an HPA: pods and their use as the metrics API has it, and other metrics as its status has them.
func (e *examination) observe(s *subject, p *policy.Policy) *engine.Observation {
	w := s.workload
	o := &engine.Observation{SpecReplicas: w.replicas, StatusReplicas: s.current, Pods: w.seen.Pods, BlockedBy: w.seen.BlockedBy}
	for i := range p.Spec.Metrics {
		m := &p.Spec.Metrics[i]
		switch m.Type {
		case engine.Resource, engine.ContainerResource:
			o.Readings = append(o.Readings, e.readUse(w, m))
		default:
			o.Readings = append(o.Readings, readStatus(s, i, len(w.seen.Pods)))
		}
	}
	return o
}

func (e *examination) readUse(w *workload, m *engine.Metric) engine.Reading {
	r := engine.Reading{Via: "api", Pods: make([]engine.Sample, len(w.pods))}
	known := false
	for i, pod := range w.pods {
		use, found := e.snapshot.Usage[pod.Namespace+"/"+pod.Name]
		if !found {
			continue
		}
		r.Pods[i], known = engine.Sample{Known: true, Time: use.Time, Window: use.Window, Value: use.of(m.Container, m.Name)}, true
	}
	if !known {
		return engine.Reading{Problem: "metrics.k8s.io has no pod of the target"}
	}
	if m.TargetType == engine.Utilization {
		r.Requests, r.RequestsProblem = w.seen.Requests(corev1.ResourceName(m.Name), m.Container)
	}
	return r
}

// readStatus reads a metric from the status, which has its average over the pods, or its value.
func readStatus(s *subject, index, pods int) engine.Reading {
	if index >= len(s.hpa.Status.CurrentMetrics) || len(s.hpa.Status.CurrentMetrics) != len(s.spec.Metrics) {
		return engine.Reading{Problem: "the status has no value of it"}
	}
	m := &s.hpa.Status.CurrentMetrics[index]
	r := engine.Reading{Via: "status"}
	switch {
	case m.Pods != nil && m.Pods.Current.AverageValue != nil:
		for range pods {
			r.Pods = append(r.Pods, engine.Sample{Known: true, Value: m.Pods.Current.AverageValue.MilliValue()})
		}
	case m.Object != nil && m.Object.Current.Value != nil:
		r.Value = m.Object.Current.Value.MilliValue()
	case m.Object != nil && m.Object.Current.AverageValue != nil:
		r.Value = m.Object.Current.AverageValue.MilliValue() * int64(s.current)
	case m.External != nil && m.External.Current.AverageValue != nil:
		r.Value = m.External.Current.AverageValue.MilliValue() * int64(s.current)
	case m.External != nil && m.External.Current.Value != nil:
		r.Value = m.External.Current.Value.MilliValue()
	default:
		return engine.Reading{Problem: "the status has no value of it"}
	}
	return r
}
