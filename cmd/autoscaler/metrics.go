package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// namespaceLabel is the label that keeps a query written in a spec to the autoscaler's own namespace.
const namespaceLabel = "namespace"

// newSource makes the ways in to the metrics. background keeps them fresh until its context ends.
func newSource(
	o *options, config *rest.Config, mapper meta.RESTMapper, discovered discovery.DiscoveryInterface, registry prometheus.Registerer,
) (metrics source.Source, background func(ctx context.Context), err error) {
	api, err := source.NewAPI(config, discovered, mapper, o.defaults.Without)
	if err != nil {
		return nil, nil, err
	}
	if o.prometheusURL == "" {
		return source.New(nil, api), api.Run, nil
	}
	rules, err := loadRules(o.rules)
	if err != nil {
		return nil, nil, err
	}
	client, err := prom.New(prom.Options{URL: o.prometheusURL, Metrics: prom.NewMetrics(registry)})
	if err != nil {
		return nil, nil, fmt.Errorf("--prometheus-url: %w", err)
	}
	// An answer is asked for as often as it is looked at, and kept up for a few periods after nobody looks any more.
	answers := store.New(client, store.Options{Period: o.period, Idle: max(5*time.Minute, 3*o.period)})
	enforced := namespaceLabel
	if o.anyNamespaceQuery {
		enforced = ""
	}
	background = func(ctx context.Context) {
		var both sync.WaitGroup
		both.Go(func() { api.Run(ctx) })
		both.Go(func() { answers.Run(ctx) })
		both.Wait()
	}
	return source.New(source.NewDirect(rules, answers, enforced), api), background, nil
}

// loadRules reads the rules, and logs those that are wrong: each is out of force alone.
func loadRules(path string) (*rule.Set, error) {
	if path == "" {
		return new(rule.Set), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	rules, problems, err := rule.Load(text)
	if err != nil {
		return nil, fmt.Errorf("--rules %s: %w", path, err)
	}
	for _, problem := range problems {
		klog.Background().Error(nil, "A rule is not in force", "rule", problem.Rule, "reason", problem.Reason)
	}
	return rules, nil
}
