package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

// TestNoCommandIgnoresASecondDocument: each command that reads a file of YAML reads all documents of it or refuses it. The
// second document is one that the command can read by itself, and the marker before it has a comment.
func TestNoCommandIgnoresASecondDocument(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const marker = "\n--- # second\n"
	bundle := read("../../docs/examples/bundle.yaml")
	policy := read(exampleAutoscaler)
	window := func(name string) string {
		return "apiVersion: autoscaling.flyball.dev/v1alpha1\nkind: ScaleWindow\nmetadata: {name: " + name + "}\n" +
			"spec: {targets: [{kind: HorizontalAutoscaler, name: web}], start: \"0 12 * * *\", duration: 1h, minReplicas: 3}\n"
	}
	job := func(name string) string {
		return "apiVersion: autoscaling.alibabacloud.com/v1beta1\nkind: CronHorizontalPodAutoscaler\nmetadata: {name: " + name + "}\n" +
			"spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: " + name + "}, jobs: [{name: up, schedule: \"0 0 8 * * *\", targetSize: 5}, " +
			"{name: down, schedule: \"0 0 20 * * *\", targetSize: 2}]}\n"
	}
	rule := func(name string) string { return "external: [{name: " + name + ", clusterWide: true, query: sum(x)}]" }
	for name, tc := range map[string]struct {
		line, text string
		refused    bool
		says       string
	}{
		"decide":        {"decide -f FILE", bundle + marker + bundle, true, "more than one YAML document"},
		"sim --policy":  {"sim --trace " + exampleLoad + " --policy FILE", policy + marker + policy, true, "the file has 2 YAML documents"},
		"sim --plant":   {"sim --trace " + exampleLoad + " --policy hpa --plant FILE", "step: 1s" + marker + "step: 2s", true, "the file has 2 YAML documents"},
		"windows":       {"windows --from 2026-03-08 --to 2026-03-10 -f FILE", window("a") + marker + window("second"), false, "second"},
		"import":        {"import cronhpa -f FILE", job("a") + marker + job("second"), false, "second"},
		"rules check":   {"rules check -f FILE", rule("a") + marker + rule("second"), false, "external   -          second"},
		"rules explain": {"rules explain second -f FILE --prometheus http://localhost:1", rule("a") + marker + rule("second"), false, "external[0] second gives second"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "two.yaml")
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, errOut := shell(t, "", strings.ReplaceAll(tc.line, "FILE", path))
			if (code == exit.Unusable) != tc.refused || !strings.Contains(out+errOut, tc.says) {
				t.Errorf("exit code %d, want one that refuses: %t, and %q:\n%s%s", code, tc.refused, tc.says, out, errOut)
			}
		})
	}
}

// TestRulesOfTwoDocuments: the table lists the metrics of both documents, and each finding names its document.
func TestRulesOfTwoDocuments(t *testing.T) {
	code, out, errOut := check(t, `
rules:
- seriesQuery: 'orders{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
---
rules:
- seriesQuery: 'mails{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>'
`)
	for _, says := range []string{"custom   pods         orders", "error   document 2: rules[0]: metricsQuery gives"} {
		if !strings.Contains(out+errOut, says) {
			t.Errorf("it does not say %q:\n%s%s", says, out, errOut)
		}
	}
	if code != exit.Negative {
		t.Errorf("exit code %d with a rule that is not in force", code)
	}
}

// TestRulesOfHelmValues: the values of prometheus-adapter's chart give the metrics of the ConfigMap that the chart renders.
func TestRulesOfHelmValues(t *testing.T) {
	code, out, errOut := check(t, `
prometheus: {url: http://prometheus.shop, port: 9090}
rules:
  default: false
  custom:
  - seriesQuery: 'orders{namespace!="",pod!=""}'
    resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
    name: {matches: ".*", as: "orders"}
    metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
  external:
  - seriesQuery: 'mails'
    resources: {namespaced: false}
    name: {matches: ".*", as: "mails"}
    metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'
`)
	for _, says := range []string{
		`custom     pods         orders   once      sum by (namespace, pod) (orders{namespace!="",pod!=""})`, `external   -            mails    once      sum(mails)`,
		"prometheus: is not read: the metrics adapter has --prometheus-url=http://prometheus.shop:9090", "0 errors, 0 warnings",
	} {
		if !strings.Contains(out, says) {
			t.Errorf("it does not say %q:\n%s%s", says, out, errOut)
		}
	}
	if code != exit.OK {
		t.Errorf("exit code %d: %s", code, errOut)
	}
}

// TestRulesNarrowedByTheTemplate: a selector narrows the query through the template, and no finding denies that.
func TestRulesNarrowedByTheTemplate(t *testing.T) {
	code, out, errOut := check(t, `
externalRules:
- seriesQuery: '{__name__=~"parcels_late",depot!=""}'
  resources: {template: "<<.Resource>>"}
  name: {as: "parcels_late"}
  metricsQuery: 'sum(max_over_time(parcels_late{<<range $l, $v := .LabelValuesByName>><<if ne $l "namespace">><<$l>>="<<$v>>",<<end>><<end>>}[30m])) by (depot)'
`)
	if code != exit.OK || !strings.Contains(out, "external   -          parcels_late") || !strings.Contains(out, "a metric selector restricts it") ||
		strings.Contains(out, "no metric selector restricts") {
		t.Errorf("exit code %d:\n%s%s", code, out, errOut)
	}
}

// check runs rules check on a text.
func check(t *testing.T, text string, flags ...string) (code int, out, errOut string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return shell(t, "", strings.Join(append([]string{"rules check -f", path}, flags...), " "))
}
