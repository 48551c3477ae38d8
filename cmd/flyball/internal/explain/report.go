package explain

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/explain"
)

// report is a decision as JSON. Its keys are those of the API's status where that has them.
type report struct {
	Autoscaler string `json:"autoscaler,omitempty"`
	// Source of a decision of the cluster; empty for that of a file.
	Source  string    `json:"source,omitempty"`
	Time    time.Time `json:"time"`
	Current int32     `json:"current"`
	Desired int32     `json:"desired"`
	// Min and Max are the bounds in force; nil where the decision comes from a status, which does not have them.
	Min        *int32      `json:"min,omitempty"`
	Max        *int32      `json:"max,omitempty"`
	Failed     bool        `json:"failed,omitempty"`
	Reason     string      `json:"reason"`
	Targets    string      `json:"targets,omitempty"`
	Windows    []string    `json:"openWindows,omitempty"`
	Steps      []step      `json:"steps"`
	Conditions []condition `json:"conditions"`
	// Decided is the bundle's replica count, and Same whether it equals Desired; both are nil for a bundle without a decision.
	Decided *int32 `json:"decided,omitempty"`
	Same    *bool  `json:"same,omitempty"`
}

// The sources: the memory of the autoscaler, or the object's status.
const sourceAutoscaler, sourceStatus = "autoscaler", "status"

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

// page is the report as text. It has the conditions, some of which are not about the decision.
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
