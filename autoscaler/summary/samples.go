package summary

import (
	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/history"
)

// Samples returns the state of each metric at a decision.
func Samples(spec *engine.Spec, d *engine.Decision) []Sample {
	names := explain.MetricNames(spec)
	samples := make([]Sample, len(spec.Metrics))
	for i := range samples {
		m, s := &spec.Metrics[i], &samples[i]
		s.Metric, s.Target, s.MaxAge, s.Replicas = names[i], explain.Amount(m, m.Target), m.MaxAge, history.Unknown
		if i >= len(d.Proposals) {
			s.Unknown = "not requested: the replicas are outside the bounds in force"
			continue
		}
		p := &d.Proposals[i]
		s.Unknown, s.Time, s.Via, s.Partial = p.Problem, p.Time, p.Via, p.Partial
		if p.Known {
			s.Value = explain.Amount(m, p.Current)
		} else {
			s.UnknownSince = p.UnknownSince
		}
		if p.Known || p.IsFallback {
			s.Replicas = p.Replicas
		}
	}
	for i := range d.Stale {
		s := &samples[d.Stale[i].Index]
		if s.Stale = d.Stale[i].Cause; s.Stale == "" {
			s.Stale = "the source reports no cause"
		}
	}
	return samples
}

// statusSamples returns what a status has of the samples of an autoscaler's metrics.
func statusSamples(status *v1alpha1.HorizontalAutoscalerStatus) []Sample {
	samples := make([]Sample, len(status.Samples))
	for i := range samples {
		from, s := &status.Samples[i], &samples[i]
		s.Unknown, s.Replicas = from.Unknown, history.Unknown
		if from.SampleTime != nil {
			s.Time = from.SampleTime.Time
		}
	}
	return samples
}

// StatusPage returns the decision of a status as text; nil without one.
func StatusPage(status *v1alpha1.HorizontalAutoscalerStatus) *explain.Page {
	if status.Decision == nil {
		return nil
	}
	p := &explain.Page{
		Reason: status.Decision.Reason, Current: status.CurrentReplicas, Desired: status.Decision.Desired,
		Targets: status.Targets, Conditions: status.Conditions,
	}
	if status.Windows != nil {
		for _, name := range status.Windows.Open {
			p.Windows = append(p.Windows, name+" is open")
		}
	}
	for i := range status.Decision.Steps {
		s := &status.Decision.Steps[i]
		p.Steps = append(p.Steps, explain.StepText{Step: s.Step, From: s.From, To: s.To, Detail: s.Detail})
	}
	return p
}

// FromStatusAlone returns what the status of an autoscaler shows.
func FromStatusAlone(a *v1alpha1.HorizontalAutoscaler) *Detail {
	status := &a.Status
	d := &Detail{Autoscaler: a, Row: FromStatus(a, status), Troubles: TroublesOf(status), Page: StatusPage(status), Samples: statusSamples(status)}
	d.Next, d.Conditions = statusEvents(status), status.Conditions
	if status.Shadow != nil {
		d.OtherController = status.Shadow.OtherController
	}
	if p := status.Pods; p != nil {
		d.Pods = engine.PodCounts{Serving: p.Serving, Starting: p.Starting, Late: p.Late, Lost: p.Lost, Blocked: p.Blocked, Ending: p.Ending}
		d.PodsKnown = true
	}
	return d
}
