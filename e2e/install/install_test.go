package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/e2e/chart"
)

func render(t *testing.T, own map[string]any) *chart.Rendered {
	t.Helper()
	rendered, err := chart.Render(chart.Release{
		Directory: "../../charts/flyball", Name: "flyball", Namespace: Namespace, Values: values("http://127.0.0.1:9090", own),
	})
	if err != nil {
		t.Fatal(err)
	}
	return rendered
}

func TestAProgramGetsItsPodsArgumentsAndFiles(t *testing.T) {
	rendered := render(t, map[string]any{"autoscaler": map[string]any{"period": "3s"}, "rules": "custom: []\n"})
	pod, err := findPod(rendered, "autoscaler")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := pod.writeVolumes(dir, rendered); err != nil {
		t.Fatal(err)
	}
	args := strings.Join(pod.args(dir), " ")
	rules := filepath.Join(dir, "etc", "flyball", "rules.yaml")
	for _, want := range []string{"--period=3s", "--prometheus-url=http://127.0.0.1:9090", "--rules=" + rules} {
		if !strings.Contains(args, want) {
			t.Errorf("no %s in %s", want, args)
		}
	}
	content, err := os.ReadFile(rules)
	if err != nil || strings.TrimSpace(string(content)) != "custom: []" {
		t.Errorf("rules file = %q, %v", content, err)
	}
}

func TestAProgramGetsTheSecretOfItsServers(t *testing.T) {
	servers := []any{map[string]any{"name": "default", "url": "http://127.0.0.1:9090"}}
	rendered := render(t, map[string]any{"prometheus": map[string]any{"url": "", "servers": servers}})
	pod, err := findPod(rendered, "metricsadapter")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := pod.writeVolumes(dir, rendered); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "etc", "flyball-prometheus", "prometheus.yaml")
	content, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(content), "url: http://127.0.0.1:9090") {
		t.Errorf("the file of servers = %q, %v", content, err)
	}
	if args := strings.Join(pod.args(dir), " "); !strings.Contains(args, "--prometheus-config="+path) {
		t.Errorf("no --prometheus-config=%s in %s", path, args)
	}
}

func TestNoDeploymentMakesPods(t *testing.T) {
	for _, object := range render(t, nil).Objects {
		spec, _ := object.Object["spec"].(map[string]any)
		if replicas := spec["replicas"]; object.GetKind() == "Deployment" && replicas != int64(0) && replicas != float64(0) {
			t.Errorf("Deployment %s has %v replicas, want 0: the programs run beside the cluster", object.GetName(), replicas)
		}
	}
}

func TestTheAggregationLayerIsLedToLoopback(t *testing.T) {
	rendered := render(t, nil)
	if err := leadToLoopback(rendered.Objects, 12345); err != nil {
		t.Fatal(err)
	}
	services, apis := 0, 0
	for _, object := range rendered.Objects {
		spec, _ := object.Object["spec"].(map[string]any)
		switch object.GetKind() {
		case "Service":
			services++
			if spec["type"] != "ExternalName" || spec["externalName"] != "localhost" {
				t.Errorf("Service %s: %v", object.GetName(), spec)
			}
		case "APIService":
			apis++
			if service, _ := spec["service"].(map[string]any); service["port"] != int64(12345) {
				t.Errorf("APIService %s: %v", object.GetName(), spec)
			}
		}
	}
	if services != 2 || apis != 4 {
		t.Errorf("%d Services and %d APIServices, want 2 and 4", services, apis)
	}
}

func TestMergeLaysMapsOverEachOther(t *testing.T) {
	got := Merge(
		map[string]any{"a": map[string]any{"x": 1, "y": 2}, "b": 3},
		map[string]any{"a": map[string]any{"y": 4}, "b": map[string]any{"z": 5}})
	want := map[string]any{"a": map[string]any{"x": 1, "y": 4}, "b": map[string]any{"z": 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
