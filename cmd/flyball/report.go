package main

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

// replayed is a decision that was made again.
type replayed struct {
	spec     *engine.Spec
	decision *engine.Decision
	report   report
}

// report is a decision for programs. Its field names are those of the API's status where that has them.
type report struct {
	Autoscaler string    `json:"autoscaler,omitempty"`
	Time       time.Time `json:"time"`
	Current    int32     `json:"current"`
	Desired    int32     `json:"desired"`
	// Min and Max are the bounds in force; left out where only a status was asked, which does not tell them.
	Min        *int32      `json:"min,omitempty"`
	Max        *int32      `json:"max,omitempty"`
	Failed     bool        `json:"failed,omitempty"`
	Reason     string      `json:"reason"`
	Targets    string      `json:"targets,omitempty"`
	Windows    []string    `json:"openWindows,omitempty"`
	Steps      []step      `json:"steps"`
	Conditions []condition `json:"conditions"`
	// Decided is what the bundle tells, and Same whether Desired is that; both are left out where it tells nothing.
	Decided *int32 `json:"decided,omitempty"`
	Same    *bool  `json:"same,omitempty"`
}

type step struct {
	Step   string `json:"step"`
	From   int32  `json:"from"`
	To     int32  `json:"to"`
	Detail string `json:"detail,omitempty"`
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// replay decides again about what is in the bundle.
func replay(b *bundle.Bundle) (*replayed, error) {
	d, spec, err := bundle.Replay(b)
	if err != nil {
		return nil, err
	}
	r := report{
		Autoscaler: fullName(b),
		Time:       d.Time, Current: d.Current, Desired: d.Desired, Min: &d.Min, Max: &d.Max, Failed: d.Failed,
		Reason: explain.Reason(spec, &d), Targets: explain.Targets(spec, &d),
	}
	for _, i := range d.OpenWindows {
		r.Windows = append(r.Windows, spec.Windows[i].Name)
	}
	for _, s := range explain.Steps(spec, &d) {
		r.Steps = append(r.Steps, step(s))
	}
	for _, c := range explain.Conditions(spec, &d) {
		r.Conditions = append(r.Conditions, condition{Type: c.Type, Status: string(c.Status), Reason: c.Reason, Message: c.Message})
	}
	if b.Decided != nil {
		r.Decided, r.Same = &b.Decided.Desired, new(b.Decided.Desired == d.Desired)
	}
	return &replayed{spec: spec, decision: &d, report: r}, nil
}

// page is what a person reads. It leaves the conditions out, which say nothing that is not in the steps.
func (r *replayed) page() string { return explain.Text(r.spec, r.decision) }

// page is what a person reads of a status. Conditions stand in it, because some of them are not about the decision.
func (r *report) page() string {
	p := explain.Page{Reason: r.Reason, Current: r.Current, Desired: r.Desired, Targets: r.Targets}
	for _, name := range r.Windows {
		p.Windows = append(p.Windows, name+" is open")
	}
	for _, s := range r.Steps {
		p.Steps = append(p.Steps, explain.StepText(s))
	}
	for _, c := range r.Conditions {
		p.Conditions = append(p.Conditions, metav1.Condition{
			Type: c.Type, Status: metav1.ConditionStatus(c.Status), Reason: c.Reason, Message: c.Message,
		})
	}
	return p.String()
}

func fullName(b *bundle.Bundle) string {
	if b.Autoscaler.Namespace == "" {
		return b.Autoscaler.Name
	}
	return b.Autoscaler.Namespace + "/" + b.Autoscaler.Name
}
