package server

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/prom/sigv4"
)

// newClient returns the client for the servers of the flags.
func (o *Options) newClient(registry prometheus.Registerer) (*prom.Client, error) {
	client, err := prom.Open(o.prometheusConfig, prom.Options{
		URL:           o.prometheusURL,
		ReadSigV4:     sigv4.Read,
		Timeout:       o.timeout,
		MaxConcurrent: o.concurrency,
		UserAgent:     o.base.Name,

		NamespaceBudget: o.namespaceBudget,
		BudgetPeriod:    o.refreshPeriod,
		Metrics:         prom.NewMetrics(registry),
	})
	if err != nil {
		return nil, fmt.Errorf("--prometheus-config %s: %w", o.prometheusConfig, err)
	}
	return client, nil
}
