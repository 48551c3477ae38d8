package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRulesCheckListsMetricsAndFindings; says is part of the standard output or error.
func TestRulesCheckListsMetricsAndFindings(t *testing.T) {
	const adapter, series = "testdata/rules/adapter.yaml", "testdata/rules/series.json"
	for name, tc := range map[string]struct {
		args  string
		stdin string
		code  int
		says  []string
	}{
		"a ConfigMap with saved series": {
			args: "rules check -f " + adapter + " --series " + series,
			says: []string{"custom     pods", "http_requests_per_second", "jobs.batch", "5 metrics, 0 errors", "differs from prometheus-adapter"},
		},
		"without series": {args: "rules check -f " + adapter, says: []string{"external   -          queue_depth", "which were not queried", "1 metric, 0 errors"}},
		"our own rules":  {args: "rules check -f ../../charts/flyball/files/rules.yaml", says: []string{"6 metrics, 0 errors, 0 warnings"}},
		"the standard input": {
			args: "rules check -f -", stdin: "../../charts/flyball/files/rules.yaml", says: []string{"6 metrics"},
		},
		"another scrape interval": {
			args: "rules check -f ../../charts/flyball/files/rules.yaml --scrape-interval 1m", says: []string{"warning custom[0] http_requests_per_second: pods/http_requests_per_second: the range 1m"},
		},
		"a bad rule":             {args: "rules check -f testdata/rules/bad.yaml", code: 1, says: []string{"error   custom[0] a: query: its result has no label pod", "external   -", "not every rule is in force"}},
		"no rules file":          {args: "rules check -f testdata/other-decision.yaml", code: 2, says: []string{"testdata/other-decision.yaml: no rules found in DecisionBundle"}},
		"no file":                {args: "rules check -f testdata/none.yaml", code: 2, says: []string{"no such file"}},
		"no series":              {args: "rules check -f " + adapter + " --series testdata/none.json", code: 2, says: []string{"--series"}},
		"series that are none":   {args: "rules check -f " + adapter + " --series " + adapter, code: 2, says: []string{"not an answer of Prometheus' /api/v1/series"}},
		"a URL that is none":     {args: "rules check -f " + adapter + " --prometheus ::", code: 2, says: []string{"--prometheus"}},
		"both ways":              {args: "rules check -f " + adapter + " --prometheus http://localhost:1 --series " + series, code: 2, says: []string{"none of the others can be"}},
		"an interval of nothing": {args: "rules check -f " + adapter + " --scrape-interval 0s", code: 2, says: []string{`--scrape-interval: Invalid value: "0s"`}},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := shell(t, tc.stdin, tc.args)
			if code != tc.code {
				t.Errorf("exit code %d, want %d: %s", code, tc.code, errOut)
			}
			for _, says := range tc.says {
				if !strings.Contains(out+errOut, says) {
					t.Errorf("it does not say %q:\n%s%s", says, out, errOut)
				}
			}
		})
	}
}

// TestRulesCheckPrintsJSON with the keys that programs read.
func TestRulesCheckPrintsJSON(t *testing.T) {
	bare := filepath.Join(t.TempDir(), "series.json")
	if err := os.WriteFile(bare, []byte(`[{"__name__":"http_requests_total","namespace":"shop","pod":"web-1"},{"__name__":"queue_depth","namespace":"shop"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, _ := shell(t, "", "rules check -f testdata/rules/adapter.yaml -o json --series "+bare)
	var got struct {
		Metrics  []map[string]any
		Findings []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{
			"api": "custom", "name": "http_requests_per_second", "resource": "namespaces", "namespaced": false,
			"query": `sum by (namespace) (rate(http_requests_total{namespace!="",pod!=""}[2m]))`,
		},
		{
			"api": "custom", "name": "http_requests_per_second", "resource": "pods", "namespaced": true,
			"query": `sum by (namespace, pod) (rate(http_requests_total{namespace!="",pod!=""}[2m]))`,
		},
		{
			"api": "external", "name": "queue_depth", "resource": "", "namespaced": true,
			"query": `max by (namespace, queue) (queue_depth{namespace!=""})`,
		},
	}
	if diff := cmp.Diff(want, got.Metrics); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	for _, f := range got.Findings {
		if len(f) != 3 || f["severity"] == "" || f["message"] == "" {
			t.Errorf("a finding is %v", f)
		}
	}
	if _, out, _ := shell(t, os.DevNull, "rules check -f - -o json"); out != "{\n  \"metrics\": [],\n  \"findings\": []\n}\n" {
		t.Errorf("no rules give %s", out)
	}
}
