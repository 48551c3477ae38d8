package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/prom"
)

// newRules reads the rules, whose queries go to the servers of the client; without a client it returns no rules.
func newRules(
	ctx context.Context, o *options, config *rest.Config, client *prom.Client, registry prometheus.Registerer,
) (*catalog.Catalog, error) {
	if client == nil {
		return catalog.New(ctx, catalog.Options{})
	}
	rules, err := o.rules.Open(ctx, config, client, client.Servers())
	if err != nil {
		return nil, err
	}
	return rules, registry.Register(rules)
}
