package provider

import (
	"context"
	"errors"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	"k8s.io/metrics/pkg/apis/external_metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

// Requests counts API requests by result.
type Requests struct{ total *prometheus.CounterVec }

// NewRequests registers the counter.
func NewRequests(registerer prometheus.Registerer) *Requests {
	r := &Requests{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "flyball_metricsadapter_requests_total",
		Help: "Requests for metrics, by API (custom, external, resource) and result: served, unknown_metric (no rule provides it), no_value " +
			"(the object has none), unavailable (no recent result from Prometheus), invalid (bad request), failed.",
	}, []string{"api", "result"})}
	registerer.MustRegister(r.total)
	return r
}

func (r *Requests) count(api string, err error, known bool) {
	r.total.WithLabelValues(api, resultLabel(err, known)).Inc()
}

// resultLabel returns the result label of a request; known reports whether a rule provides the metric.
func resultLabel(err error, known bool) string {
	if err == nil {
		return "served"
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return "failed"
	}
	switch status.Status().Code {
	case http.StatusNotFound:
		if !known {
			return "unknown_metric"
		}
		return "no_value"
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "unavailable"
	case http.StatusBadRequest:
		return "invalid"
	}
	return "failed"
}

// CountedCustom counts the requests of a Custom.
type CountedCustom struct {
	*Custom
	Requests *Requests
}

// GetMetricByName implements [cma.CustomMetricsProvider].
func (c CountedCustom) GetMetricByName(
	ctx context.Context, name types.NamespacedName, info cma.CustomMetricInfo, selector labels.Selector,
) (*custom_metrics.MetricValue, error) {
	value, err := c.Custom.GetMetricByName(ctx, name, info, selector)
	c.Requests.count("custom", err, c.Serves(info, namespaceOf(info, name)))
	return value, err
}

// GetMetricBySelector implements [cma.CustomMetricsProvider].
func (c CountedCustom) GetMetricBySelector(
	ctx context.Context, namespace string, objects labels.Selector, info cma.CustomMetricInfo, selector labels.Selector,
) (*custom_metrics.MetricValueList, error) {
	list, err := c.Custom.GetMetricBySelector(ctx, namespace, objects, info, selector)
	c.Requests.count("custom", err, c.Serves(info, namespace))
	return list, err
}

// CountedExternal counts the requests of an External.
type CountedExternal struct {
	*External
	Requests *Requests
}

// GetExternalMetric implements [cma.ExternalMetricsProvider].
func (e CountedExternal) GetExternalMetric(
	ctx context.Context, namespace string, selector labels.Selector, info cma.ExternalMetricInfo,
) (*external_metrics.ExternalMetricValueList, error) {
	list, err := e.External.GetExternalMetric(ctx, namespace, selector, info)
	e.Requests.count("external", err, e.Serves(info, namespace))
	return list, err
}

// usageStorage is [Pods] or [Nodes].
type usageStorage interface {
	rest.KindProvider
	rest.Storage
	rest.Getter
	rest.Lister
	rest.Scoper
	rest.SingularNameProvider
}

// CountedUsage counts the requests of [Pods] or [Nodes].
type CountedUsage struct {
	usageStorage
	requests *Requests
}

// NewCountedUsage counts the requests of storage, which is [Pods] or [Nodes].
func NewCountedUsage(storage usageStorage, requests *Requests) CountedUsage {
	return CountedUsage{storage, requests}
}

// Get implements [rest.Getter].
func (c CountedUsage) Get(ctx context.Context, name string, options *metav1.GetOptions) (runtime.Object, error) {
	object, err := c.usageStorage.Get(ctx, name, options)
	c.requests.count("resource", err, true)
	return object, err
}

// List implements [rest.Lister].
func (c CountedUsage) List(ctx context.Context, options *internalversion.ListOptions) (runtime.Object, error) {
	list, err := c.usageStorage.List(ctx, options)
	c.requests.count("resource", err, true)
	return list, err
}
