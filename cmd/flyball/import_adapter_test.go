package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/trace"
)

// TestImportedRulesGiveTheSameMetrics imports configurations in each of their forms, from a file and from the cluster. The printed values
// of the chart have the rules of the configuration, and no other.
func TestImportedRulesGiveTheSameMetrics(t *testing.T) {
	const rules = `# a comment that stays
rules:
- seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {as: requests}
  metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>,code!~\"5.*\"}[2m])) by (<<.GroupBy>>)"
`
	indented := strings.ReplaceAll(rules, "\n", "\n      ")
	forms := map[string]string{
		"file":    rules,
		"spaces":  "\n  \n" + rules + "  \n",
		"values":  "rules:\n  default: false\n  custom:" + strings.ReplaceAll(strings.TrimPrefix(rules, "# a comment that stays\nrules:"), "\n", "\n  "),
		"a map":   "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata:\n  config.yaml: |\n      " + indented,
		"two":     rules + "---\nexternalRules:\n- {seriesQuery: 'jobs{namespace!=\"\"}', resources: {overrides: {namespace: {resource: namespace}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'}\n",
		"release": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: adapter}\nspec:\n  chart: {spec: {chart: prometheus-adapter}}\n  values: {rules: {default: true}}\n",
	}
	kubeconfig := servesConfigMaps(t, map[string]map[string]string{"one": {"config.yaml": rules}, "more": {"config.yaml": rules, "other.txt": "a note"}})
	for name, args := range map[string]string{"file": "", "spaces": "", "values": "", "a map": "", "two": "", "release": "", "one": "one", "more": "more"} {
		t.Run(name, func(t *testing.T) {
			text, isForm := forms[name]
			arguments := []string{"import", "prometheus-adapter", "-f", "-"}
			if !isForm {
				text, arguments = rules, []string{"import", "prometheus-adapter", args, "-n", "monitoring", "--kubeconfig", kubeconfig}
			}
			var out, errOut bytes.Buffer
			if code := run(arguments, strings.NewReader(text), &out, &errOut); code != exit.OK {
				t.Fatalf("exit code %d: %s", code, &errOut)
			}
			var values map[string]string
			if err := yaml.UnmarshalStrict(out.Bytes(), &values); err != nil || len(values) != 1 {
				t.Fatalf("%v: %s", err, &out)
			}
			if isForm && values["rules"] != text {
				t.Errorf("the text changed to\n%s", values["rules"])
			}
			want, got := metricsOf(t, text), metricsOf(t, values["rules"])
			if want != got || want == "[]" {
				t.Errorf("the metrics are %s, want %s", got, want)
			}
		})
	}
	var out, errOut bytes.Buffer
	if code := run([]string{"import", "prometheus-adapter", "none", "-n", "monitoring", "--kubeconfig", kubeconfig}, nil, &out, &errOut); code != exit.Unusable ||
		!strings.Contains(errOut.String(), `configmaps "none" not found in namespace "monitoring"; use -n for another namespace`) {
		t.Errorf("exit code %d: %s", code, &errOut)
	}
}

// metricsOf lists the metrics of rules, or, where these depend on the series, the selectors of the series.
func metricsOf(t *testing.T, text string) string {
	t.Helper()
	loaded, problems, err := rule.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	listed, err := json.Marshal(lint.Metrics(trace.New(loaded, problems, nil, nil).Set))
	if err != nil {
		t.Fatal(err)
	}
	if string(listed) == "[]" {
		return fmt.Sprint(loaded.AllSelectors())
	}
	return string(listed)
}

// servesConfigMaps serves ConfigMaps of the namespace monitoring, and returns a kubeconfig.
func servesConfigMaps(t *testing.T, maps map[string]map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		data, found := maps[strings.TrimPrefix(r.URL.Path, "/api/v1/namespaces/monitoring/configmaps/")]
		if !found {
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"kind": "ConfigMap", "apiVersion": "v1", "metadata": map[string]any{"name": "config", "namespace": "monitoring", "uid": "u"}, "data": data,
		})
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {}}]}`, server.URL)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
