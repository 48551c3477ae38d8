package server

import (
	"os"
	"strings"
	"testing"

	basemetrics "k8s.io/component-base/metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver/metrics"

	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/store"
	"flyball.dev/flyball/metricsadapter/telemetry"
	"flyball.dev/flyball/metricsadapter/telemetry/telemetrytest"
)

func TestDocsListEveryMetric(t *testing.T) {
	own := newAdapterMetrics()
	client, err := parse(t, "--prometheus-url=http://localhost:9090").newClient(own.registry)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := catalog.New(t.Context(), catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	queries := telemetry.NewQueries(rules)
	answers := store.New(client, store.Options{Observe: queries.Observe})
	defer answers.Close()
	queries.SetStore(answers)
	own.register(rules, queries)
	telemetrytest.Compare(t, "../../docs/metrics.md", "metricsadapter", own.registry)
}

func TestDocsNameTheMetricOfTheLibrary(t *testing.T) {
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := metrics.RegisterMetrics(func(m basemetrics.Registerable) error {
		if !strings.Contains(string(text), "`"+m.FQName()+"`") {
			t.Errorf("the page does not name %s", m.FQName())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
