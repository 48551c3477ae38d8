package main

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"flyball.dev/flyball/metricsadapter/catalog"
)

// newRules reads the rules; none without --rules. They ask those Prometheus servers. Those that are wrong are logged, and out of force alone.
func newRules(ctx context.Context, o *options, servers []string, registry prometheus.Registerer) (*catalog.Catalog, error) {
	var sources []catalog.Source
	if o.rules != "" {
		sources = append(sources, catalog.File(o.rules))
	}
	rules, err := catalog.New(ctx, catalog.Options{Sources: sources, Servers: servers})
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	return rules, registry.Register(rules)
}
