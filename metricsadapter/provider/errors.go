package provider

import (
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// unavailable: the metric is known, but there is no answer that is young enough. It says nothing of when to ask again:
// client-go would then wait and ask up to ten times, and block the few workers of an autoscaler for minutes.
func unavailable(reason error) error { return apierrors.NewServiceUnavailable(reason.Error()) }

func badRequest(reason error) error { return apierrors.NewBadRequest(reason.Error()) }

// unknownMetric: no rule gives the metric.
func unknownMetric(resource schema.GroupResource, metric string) error {
	return notFound("no rule gives the metric %s for %s", metric, resource)
}

// noValue: the metric is known, but not for this object.
func noValue(resource schema.GroupResource, metric, name, why string) error {
	return notFound("there is no value of the metric %s for %s %s: %s", metric, resource, name, why)
}

func notFound(format string, args ...any) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusNotFound,
		Reason:  metav1.StatusReasonNotFound,
		Message: fmt.Sprintf(format, args...),
	}}
}
