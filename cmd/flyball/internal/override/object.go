package override

import (
	"io"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

const resourceName = "horizontalautoscaler.autoscaling.flyball.dev/"

// changedObject is the answer as JSON.
type changedObject struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Done is paused, resumed, scaled or reset.
	Done     string             `json:"done"`
	Mode     v1alpha1.Mode      `json:"mode"`
	Override *v1alpha1.Override `json:"override,omitempty"`
}

// printObject prints an object and what was done, as kubectl does.
func printObject(out io.Writer, format *output.Format, of *v1alpha1.HorizontalAutoscaler, done string) error {
	answer := changedObject{Namespace: of.Namespace, Name: of.Name, Done: done, Mode: modeOf(of), Override: of.Spec.Override}
	if format.Is("name") {
		return format.Print(out, answer, resourceName+of.Name+"\n")
	}
	replicas, until := "<none>", "<none>"
	if o := of.Spec.Override; o != nil {
		replicas, until = number(o.Replicas), o.Until.UTC().Format(time.RFC3339)
	}
	return format.Print(out, answer, output.Table([]string{"Name", "Mode", "Override", "Until", "Done"}, [][]any{{of.Name, answer.Mode, replicas, until, done}}))
}
