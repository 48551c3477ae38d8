package load_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"flyball.dev/flyball/e2e/load"
)

func TestTheExpositionSaysWhatKubeletsAndApplicationsWould(t *testing.T) {
	web := &load.App{Demand: load.Demand{Requests: 100}}
	web.SetPods([]load.Pod{
		{Name: "web-0", Node: "n1", Containers: []string{"main", "sidecar"}, Capacity: 1, Ready: true},
		{Name: "web-1", Node: "n1", Containers: []string{"main"}, Capacity: 1},
	})
	hidden := &load.App{Demand: load.Demand{Requests: 100, Unknown: true}}
	hidden.SetPods([]load.Pod{{Name: "hidden-0", Node: "n1", Containers: []string{"main"}, Capacity: 1, Ready: true}})
	apps := map[load.Key]*load.App{{Namespace: "shop", Name: "web"}: web, {Namespace: "shop", Name: "hidden"}: hidden}
	var nodes load.Nodes
	for range 2 {
		web.Advance(5 * time.Second)
		hidden.Advance(5 * time.Second)
		nodes.Count([]string{"n1", "n2"}, apps)
	}
	var e load.Exposition
	e.Resources(apps, &nodes)
	e.Applications(apps)

	got := parse(t, string(e.Text()))
	want := map[string]float64{
		`container_cpu_usage_seconds_total{container="main",namespace="shop",node="n1",pod="web-0"}`:     1,
		`container_cpu_usage_seconds_total{container="sidecar",namespace="shop",node="n1",pod="web-0"}`:  0,
		`container_cpu_usage_seconds_total{container="main",namespace="shop",node="n1",pod="web-1"}`:     0,
		`container_memory_working_set_bytes{container="main",namespace="shop",node="n1",pod="web-0"}`:    48 << 20,
		`container_memory_working_set_bytes{container="sidecar",namespace="shop",node="n1",pod="web-0"}`: 0,
		`container_memory_working_set_bytes{container="main",namespace="shop",node="n1",pod="web-1"}`:    48 << 20,
		`pod_cpu_usage_seconds_total{namespace="shop",node="n1",pod="web-0"}`:                            1,
		`pod_cpu_usage_seconds_total{namespace="shop",node="n1",pod="web-1"}`:                            0,
		`node_cpu_usage_seconds_total{node="n1"}`:                                                        2, // the hidden one's too: it is in the total of the node
		`node_cpu_usage_seconds_total{node="n2"}`:                                                        0,
		`node_memory_working_set_bytes{node="n1"}`:                                                       512<<20 + 3*48<<20,
		`node_memory_working_set_bytes{node="n2"}`:                                                       512 << 20,
		`http_requests_total{app="web",namespace="shop",pod="web-0"}`:                                    1000,
		`http_requests_queued{app="web",namespace="shop",pod="web-0"}`:                                   0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exposition (-want +got):\n%s", diff)
	}
}

func TestANodesTotalDoesNotFallWhenAPodGoes(t *testing.T) {
	app := &load.App{Demand: load.Demand{Cores: 1}}
	apps := map[load.Key]*load.App{{Namespace: "shop", Name: "web"}: app}
	app.SetPods([]load.Pod{{Name: "web-0", Node: "n1", Capacity: 1, Ready: true}})
	app.Advance(10 * time.Second)
	var nodes load.Nodes
	nodes.Count([]string{"n1"}, apps)
	app.SetPods(nil)
	nodes.Count([]string{"n1"}, apps)
	var e load.Exposition
	e.Resources(apps, &nodes)
	if got := parse(t, string(e.Text()))[`node_cpu_usage_seconds_total{node="n1"}`]; got != 10 {
		t.Errorf("node's CPU = %v, want 10", got)
	}
}

// parse reads the text with Prometheus's own parser, so that it is known to be readable.
func parse(t *testing.T, text string) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	got := map[string]float64{}
	for name, family := range families {
		for _, metric := range family.GetMetric() {
			labels := model.LabelSet{}
			for _, pair := range metric.GetLabel() {
				labels[model.LabelName(pair.GetName())] = model.LabelValue(pair.GetValue())
			}
			got[fmt.Sprint(name, strings.ReplaceAll(labels.String(), ", ", ","))] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return got
}
