package provider

import (
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/rule"
)

// unavailable: the metric is known, but there is no answer that is young enough. It says nothing of when to ask again:
// client-go would then wait and ask up to ten times, and block the few workers of an autoscaler for minutes.
func unavailable(reason error) error { return apierrors.NewServiceUnavailable(reason.Error()) }

func badRequest(reason error) error { return apierrors.NewBadRequest(reason.Error()) }

// unknownCustom: no rule gives the metric for this resource. It says what may have been meant: a name that is alike, or the
// same name for other resources.
func unknownCustom(rules *rule.Set, info cma.CustomMetricInfo, namespace string) error {
	if of := rules.CustomRules(info.GroupResource, info.Metric); len(of) > 0 && of[0].Object.Namespaced == info.Namespaced {
		var covered []string
		for _, r := range of {
			covered = append(covered, r.Coverage.String())
		}
		return notFound("no rule gives the metric %s for %s in namespace %s: rules give it where %s",
			info.Metric, info.GroupResource, namespace, strings.Join(covered, ", or "))
	}
	var others []string
	for _, r := range rules.Custom {
		if r.Name == info.Metric && (r.Object.Resource != info.GroupResource || r.Object.Namespaced != info.Namespaced) {
			others = append(others, describeScope(r.Object))
		}
	}
	hint := nameHint(info.Metric, rules.CustomNames(info.GroupResource))
	if len(others) > 0 {
		hint = "; there is one for " + strings.Join(others, ", ")
	}
	return notFound("no rule gives the metric %s for %s%s", info.Metric, info.GroupResource, hint)
}

// describeScope names a resource, and how its metrics are asked for.
func describeScope(o rule.Object) string {
	switch {
	case o.Namespaced:
		return o.Resource.String() + " in a namespace"
	case o.Resource == rule.Namespaces.Resource:
		return "namespaces, at namespaces/NAME/metrics/METRIC"
	}
	return o.Resource.String() + " outside of namespaces"
}

// unknownExternal: no rule gives the metric in the namespace.
func unknownExternal(rules *rule.Set, metric, namespace string) error {
	var covered []string
	for _, r := range rules.ExternalRules(metric) {
		covered = append(covered, r.Coverage.String())
	}
	if len(covered) > 0 {
		return notFound("no rule gives the external metric %s in namespace %s: rules give it where %s", metric, namespace, strings.Join(covered, ", or "))
	}
	if spellings := rules.CaseVariants(metric); len(spellings) > 1 {
		return notFound("no rule gives the external metric %s, and of %s it cannot be told which one is meant", metric, strings.Join(spellings, " and "))
	}
	return notFound("no rule gives the external metric %s%s", metric, nameHint(metric, rules.ExternalNames()))
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
