package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/e2e/build"
)

// mixin is the rules file of the mixin.
const mixin = "../../docs/mixin/alerts.yaml"

// TestAlertsByPromtool runs promtool over cases in which each alert fires. promtool compares annotations only where a case has them.
func TestAlertsByPromtool(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out the tests that need built programs")
	}
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		var err error
		if binaries, err = build.All(t.Context(), build.Options{Output: os.Stderr}); err != nil {
			t.Fatal(err)
		}
	}
	cases, err := os.ReadFile("testdata/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range map[string][]byte{"alerts.yaml": rulesFile(t), "alerts_test.yaml": withAnnotations(t, cases)} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, arguments := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		command := exec.CommandContext(t.Context(), filepath.Join(binaries, "promtool"), arguments...)
		command.Dir = folder
		out, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
		t.Logf("promtool %s:\n%s", strings.Join(arguments, " "), out)
	}
	for _, alert := range alerts(t) {
		if name := alert["alert"].(string); !strings.Contains(string(cases), "\n- name: "+name+"\n") {
			t.Errorf("testdata/alerts_test.yaml has no case for %s", name)
		}
	}
}

// withAnnotations adds the annotations of the alerts to the cases, without which promtool expects none.
func withAnnotations(t *testing.T, cases []byte) []byte {
	t.Helper()
	annotations := map[string]map[string]any{}
	for _, alert := range alerts(t) {
		annotations[alert["alert"].(string)] = alert["annotations"].(map[string]any)
	}
	var document map[string]any
	if err := yaml.Unmarshal(cases, &document); err != nil {
		t.Fatal(err)
	}
	label := regexp.MustCompile(`\{\{ \$labels\.(\w+) \}\}`)
	for _, test := range document["tests"].([]any) {
		for _, check := range test.(map[string]any)["alert_rule_test"].([]any) {
			check := check.(map[string]any)
			for _, expected := range check["exp_alerts"].([]any) {
				expected := expected.(map[string]any)
				filled := map[string]any{}
				for key, text := range annotations[check["alertname"].(string)] {
					filled[key] = label.ReplaceAllStringFunc(text.(string), func(of string) string {
						return fmt.Sprint(expected["exp_labels"].(map[string]any)[label.FindStringSubmatch(of)[1]])
					})
				}
				expected["exp_annotations"] = filled
			}
		}
	}
	text, err := yaml.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rulesFile is the PrometheusRule of a release named flyball as a rules file.
func rulesFile(t *testing.T) []byte {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "flyball", "rules": alerts(t)}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestMixinHasTheAlerts: the file is made of the chart by go test ./chart -update.
func TestMixinHasTheAlerts(t *testing.T) {
	want := "# The alerts of the chart, for a release named flyball. Made by go test ./chart -update in e2e.\n" + string(rulesFile(t))
	if *update {
		if err := os.WriteFile(mixin, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(mixin)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%v: %s (-chart +file):\n%s", err, mixin, diff)
	}
}

// stateMetrics are those of kube-state-metrics about HPAs.
var stateMetrics = []string{
	"kube_horizontalpodautoscaler_status_current_replicas", "kube_horizontalpodautoscaler_status_desired_replicas",
	"kube_horizontalpodautoscaler_spec_min_replicas", "kube_horizontalpodautoscaler_spec_max_replicas",
	"kube_horizontalpodautoscaler_spec_target_metric", "kube_horizontalpodautoscaler_status_target_metric", "kube_horizontalpodautoscaler_status_condition",
}

// TestDashboards: each query of a dashboard parses, and reads metrics that exist.
func TestDashboards(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	known := string(page) + "`" + strings.Join(stateMetrics, "`") + "`"
	found := 0
	for _, object := range render(t, "metrics: {dashboards: {enabled: true}}").Objects {
		if object.GetLabels()["grafana_dashboard"] != "1" {
			continue
		}
		found++
		for name, text := range object.Object["data"].(map[string]any) {
			checkDashboard(t, name, text.(string), known)
		}
	}
	if found != 2 {
		t.Errorf("the chart renders %d dashboards, want 2", found)
	}
}

func checkDashboard(t *testing.T, name, text, known string) {
	t.Helper()
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(text), &dashboard); err != nil || len(dashboard.Panels) == 0 {
		t.Fatalf("%s: %d panels, %v", name, len(dashboard.Panels), err)
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(target.Expr)
			if err != nil {
				t.Errorf("%s: %s: %v", name, panel.Title, err)
				continue
			}
			parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
				if s, ok := node.(*parser.VectorSelector); ok && !strings.Contains(known, "`"+strings.TrimSuffix(s.Name, "_bucket")+"`") {
					t.Errorf("%s: %s: no metric has the name %s", name, panel.Title, s.Name)
				}
				return nil
			})
		}
	}
}
