package main

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/prom/sigv4"
)

// newClient returns a client of the servers in the flags; nil without any.
func newClient(o *options, l *limits, registry prometheus.Registerer) (*prom.Client, error) {
	if !o.direct() {
		return nil, nil
	}
	client, err := prom.Open(o.prometheusConfig, prom.Options{
		URL: o.prometheusURL, UserAgent: "flyball-autoscaler", Metrics: prom.NewMetrics(registry),
		NamespaceBudget: o.namespaceBudget, BudgetPeriod: o.period,
		NamespaceBudgetOf: func(namespace string) (time.Duration, bool) { return l.rules.Load().For(namespace).Budget() },
		ReadSigV4:         sigv4.Read,
	})
	if err != nil {
		return nil, fmt.Errorf("--prometheus-config %s: %w", o.prometheusConfig, err)
	}
	return client, nil
}
