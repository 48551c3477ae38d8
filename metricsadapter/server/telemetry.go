package server

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"k8s.io/component-base/metrics/legacyregistry"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver/metrics"

	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/certificate"
	"flyball.dev/flyball/metricsadapter/provider"
	"flyball.dev/flyball/metricsadapter/telemetry"
)

// adapterMetrics are the adapter's own metrics, in addition to those of every API server. docs/metrics.md lists them.
type adapterMetrics struct {
	registry *prometheus.Registry
	requests *provider.Requests
	expiry   *certificate.Expiry
}

func newAdapterMetrics() *adapterMetrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(versioncollector.NewCollector("flyball"))
	o := &adapterMetrics{registry: registry, requests: provider.NewRequests(registry), expiry: certificate.NewExpiry()}
	registry.MustRegister(o.expiry)
	return o
}

// register adds the metrics of the rules and of their queries.
func (o *adapterMetrics) register(rules *catalog.Catalog, queries *telemetry.Queries) {
	o.registry.MustRegister(rules, queries)
}

// publish exports them with the server's metrics. Register all metrics before it.
func (o *adapterMetrics) publish() error {
	if err := metrics.RegisterMetrics(legacyregistry.Register); err != nil {
		return fmt.Errorf("registering the freshness metric: %w", err)
	}
	if err := legacyregistry.Registerer().Register(o.registry); err != nil {
		return fmt.Errorf("registering the adapter's own metrics: %w", err)
	}
	return nil
}
