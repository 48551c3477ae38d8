package chart

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// alerts are the rules of the PrometheusRule that the chart renders.
func alerts(t *testing.T) []map[string]any {
	t.Helper()
	for _, object := range render(t, "metrics: {prometheusRule: {enabled: true}}").Objects {
		if object.GetKind() != "PrometheusRule" {
			continue
		}
		groups, _, err := unstructured.NestedSlice(object.Object, "spec", "groups")
		if err != nil || len(groups) != 1 {
			t.Fatalf("%d groups, %v", len(groups), err)
		}
		var found []map[string]any
		for _, rule := range groups[0].(map[string]any)["rules"].([]any) {
			found = append(found, rule.(map[string]any))
		}
		return found
	}
	t.Fatal("the chart renders no PrometheusRule")
	return nil
}

// An alert on a metric that the programs do not have never fires.
func TestAlertsAreOfMetricsThatExist(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	found := alerts(t)
	if len(found) < 9 {
		t.Errorf("found %d alerts", len(found))
	}
	for _, alert := range found {
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(alert["expr"].(string))
		if err != nil {
			t.Errorf("%s: %v", alert["alert"], err)
			continue
		}
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			selector, ok := node.(*parser.VectorSelector)
			if !ok || selector.Name == "up" {
				return nil
			}
			if name := strings.TrimSuffix(selector.Name, "_bucket"); !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%s: docs/metrics.md does not list %s", alert["alert"], name)
			}
			return nil
		})
	}
}

// Whoever is woken by an alert follows its link to the section that says what to do.
func TestEachAlertHasItsSection(t *testing.T) {
	page, err := os.ReadFile("../../docs/troubleshoot.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^### (Flyball\w+)$`).FindAllStringSubmatch(string(page), -1) {
		sections[heading[1]] = true
	}
	for _, alert := range alerts(t) {
		name := alert["alert"].(string)
		link := alert["annotations"].(map[string]any)["runbook_url"]
		if want := "https://flyball.dev/docs/troubleshoot#" + strings.ToLower(name); link != want {
			t.Errorf("%s links to %v, want %s", name, link, want)
		}
		if !sections[name] {
			t.Errorf("docs/troubleshoot.md has no section %s", name)
		}
		delete(sections, name)
	}
	for name := range sections {
		t.Errorf("docs/troubleshoot.md has a section %s, and the chart no such alert", name)
	}
}
