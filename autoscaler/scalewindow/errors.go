package scalewindow

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

var (
	errMoved     = errors.New("the object changed between the reads of it and of its scale")
	errNoScalers = errors.New("HorizontalPodAutoscalers cannot be listed, so that it is not known what they scale: " +
		"the chart grants it where autoscaler.windowTargets names any kind")
)

// badRecordError says that a record cannot be read. What to give back is not known then, so the object is left alone.
type badRecordError struct {
	text  string
	cause error
}

func (e *badRecordError) Error() string {
	return fmt.Sprintf("the annotation %s is %q: %v; what the windows borrowed is not known, so nothing is touched: "+
		"set the fields as they should be and remove the annotation", v1alpha1.AnnotationOriginalValues, e.text, e.cause)
}

func (e *badRecordError) Unwrap() error { return e.cause }

// reasonOf is that of the condition Applied for an object that cannot be brought to what the windows say.
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

// advice is what helps, where that can be told.
func advice(err error, k kind) string {
	if !apierrors.IsForbidden(err) {
		return ""
	}
	return fmt.Sprintf("; the chart grants it with autoscaler.windowTargets, which must name %s", k.resource.GroupResource())
}
