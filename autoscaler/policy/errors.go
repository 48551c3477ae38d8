package policy

import (
	"errors"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// Error is the reason why a spec does not compile.
type Error struct {
	// Reason is that of the condition Accepted: v1alpha1.ReasonInvalidSpec or v1alpha1.ReasonNotSupported, and of a
	// ScaleWindow also v1alpha1.ReasonNeverOpens.
	Reason string
	// Fields are the invalid fields, at least one.
	Fields field.ErrorList
}

// Error joins the errors of all fields, in the order of the spec.
func (e *Error) Error() string {
	sentences := make([]string, len(e.Fields))
	for i, fault := range e.Fields {
		sentences[i] = fault.Error()
	}
	return strings.Join(sentences, "; ")
}

// Reason returns the reason of the condition Accepted for an error from [Compile].
func Reason(err error) string {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Reason
	}
	return v1alpha1.ReasonInvalidSpec
}
