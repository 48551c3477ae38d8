package main

import (
	"os"
	"path/filepath"
	"testing"

	"flyball.dev/flyball/metricsadapter/telemetry/telemetrytest"
)

func TestMetricsPageListsAllMetrics(t *testing.T) {
	a := wired(t)
	telemetrytest.Compare(t, "../../docs/metrics.md", "autoscaler", a.registry, a.decisions)
}

// wired is the program, wired against a cluster that is not there: nothing is asked before it runs.
func wired(t *testing.T) *app {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, []byte(`
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none}}]
current-context: none
`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := optionsOf(t, "--kubeconfig="+kubeconfig, "--prometheus-url=http://127.0.0.1:1")
	if err := o.validate(); err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
