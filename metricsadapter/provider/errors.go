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

// unavailable: a rule provides the metric, but its last sample is too old. The error has no retry delay: client-go
// would then retry up to ten times, and block the few workers of an autoscaler for minutes.
func unavailable(reason error) error { return apierrors.NewServiceUnavailable(reason.Error()) }

func badRequest(reason error) error { return apierrors.NewBadRequest(reason.Error()) }

// unknownCustom: no rule provides the metric for this resource. The message suggests similar names, or other resources
// with the metric.
func unknownCustom(rules *rule.Set, info cma.CustomMetricInfo, namespace string) error {
	if of := rules.CustomRules(info.GroupResource, info.Metric); len(of) > 0 && of[0].Object.Namespaced == info.Namespaced {
		var covered []string
		for _, r := range of {
			covered = append(covered, r.Coverage.String())
		}
		return notFound("no rule provides metric %s for %s in namespace %s: rules provide it where %s",
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
		hint = "; a rule provides it for " + strings.Join(others, ", ")
	}
	return notFound("no rule provides metric %s for %s%s", info.Metric, info.GroupResource, hint)
}

// describeScope returns a resource and the path of its metrics.
func describeScope(o rule.Object) string {
	switch {
	case o.Namespaced:
		return o.Resource.String() + " in a namespace"
	case o.Resource == rule.Namespaces.Resource:
		return "namespaces, at namespaces/NAME/metrics/METRIC"
	}
	return o.Resource.String() + " outside of namespaces"
}

// unknownExternal: no rule provides the metric in the namespace.
func unknownExternal(rules *rule.Set, metric, namespace string) error {
	var covered []string
	for _, r := range rules.ExternalRules(metric) {
		covered = append(covered, r.Coverage.String())
	}
	if len(covered) > 0 {
		return notFound("no rule provides external metric %s in namespace %s: rules provide it where %s", metric, namespace, strings.Join(covered, ", or "))
	}
	if spellings := rules.CaseVariants(metric); len(spellings) > 1 {
		return notFound("no rule provides external metric %s, and it matches several metrics: %s", metric, strings.Join(spellings, " and "))
	}
	return notFound("no rule provides external metric %s%s", metric, nameHint(metric, rules.ExternalNames()))
}

// noValue: a rule provides the metric, but this object has no value.
func noValue(resource schema.GroupResource, metric, name, why string) error {
	return notFound("no value of metric %s for %s %s: %s", metric, resource, name, why)
}

func notFound(format string, args ...any) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusNotFound,
		Reason:  metav1.StatusReasonNotFound,
		Message: fmt.Sprintf(format, args...),
	}}
}
