package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/store"
	"flyball.dev/flyball/metricsadapter/telemetry"
)

// namespaceLabel is the label by which a query in a spec is limited to the namespace of the autoscaler.
const namespaceLabel = "namespace"

// newSource returns the source of metrics: Prometheus and the metrics APIs, or without a client only the metrics APIs.
// background refreshes it until its context ends.
func newSource(
	o *options, client *prom.Client, limits *limits, rules *catalog.Catalog, config *rest.Config, mapper meta.RESTMapper, discovered discovery.DiscoveryInterface,
	registry prometheus.Registerer,
) (metrics source.Source, background func(ctx context.Context), err error) {
	api, err := source.NewAPI(config, discovered, mapper, o.defaults.Without)
	if err != nil {
		return nil, nil, err
	}
	if client == nil {
		return source.New(nil, api), api.Run, nil
	}
	// The store repeats a query at the rate of its reads, until Idle after the last one.
	queries := telemetry.NewQueries(rules)
	var direct *source.Direct
	answers := store.New(client, store.Options{
		Period: o.period, FollowScrapes: true, Idle: max(5*time.Minute, 3*o.period),
		Observe: func(r store.Refresh) {
			queries.Observe(r)
			direct.HasRefreshed(r.Query)
		},
	})
	direct = source.NewDirect(rules, answers, o.defaults.NamespaceLabel)
	limits.use(direct.Limit)
	queries.SetStore(answers)
	registry.MustRegister(queries)
	background = func(ctx context.Context) {
		var all sync.WaitGroup
		all.Go(func() { api.Run(ctx) })
		all.Go(func() { answers.Run(ctx) })
		all.Go(func() { rules.Run(ctx) })
		all.Wait()
	}
	return source.New(direct, api), background, nil
}
