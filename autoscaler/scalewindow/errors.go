package scalewindow

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

var (
	errChanged   = errors.New("the object changed between the reads of the object and of its scale")
	errNoScalers = errors.New("cannot list HorizontalPodAutoscalers to find the objects that they scale: " +
		"the chart grants it if autoscaler.windowTargets has at least one kind")
)

// badRecordError reports that the record of an object is unreadable. The original values are unknown then, so the object is not
// changed.
type badRecordError struct {
	text  string
	cause error
}

func (e *badRecordError) Error() string {
	return fmt.Sprintf("the annotation %s is %q: %v; the original values are unknown, so the windows change nothing: "+
		"set the fields to the values you want and remove the annotation", v1alpha1.AnnotationOriginalValues, e.text, e.cause)
}

func (e *badRecordError) Unwrap() error { return e.cause }

// reasonOf returns the reason of the condition Applied for an object that could not be read or written.
func reasonOf(err error) string {
	switch {
	case errors.As(err, new(*badRecordError)):
		return v1alpha1.ReasonUnknownOriginal
	case apierrors.IsForbidden(err):
		return v1alpha1.ReasonForbidden
	case apierrors.IsInvalid(err):
		return v1alpha1.ReasonUpdateRejected
	default:
		return v1alpha1.ReasonFailedUpdate
	}
}

// advice returns the fix of an error, for the end of its message; empty for an error without one.
func advice(err error, k kind) string {
	if !apierrors.IsForbidden(err) {
		return ""
	}
	return fmt.Sprintf("; add %s to autoscaler.windowTargets in the chart's values", k.resource.GroupResource())
}
