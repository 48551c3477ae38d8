package rule

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// podRule returns a rule of prometheus-adapter for the series with a name; the metric has the same name.
func podRule(series string) string {
	return `{seriesQuery: '` + series + `{namespace!="",pod!=""}', resources: {overrides: {pod: {resource: pod}, namespace: {resource: namespace}}}, ` +
		`metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`
}

// queueRule returns an external rule of prometheus-adapter.
func queueRule(series string) string {
	return `{seriesQuery: '` + series + `', resources: {namespaced: false}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'}`
}

// indent indents a text as the block scalar (|) of a YAML key.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

func configMapOf(name string, keys ...string) string {
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: monitoring}\ndata:\n"
	for i := 0; i < len(keys); i += 2 {
		text += "  " + keys[i] + ": |\n" + indent(keys[i+1])
	}
	return text
}

func helmRelease(chart, values string) string {
	return "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, namespace: monitoring}\nspec:\n  chart: {spec: {chart: " +
		chart + "}}\n  values:\n" + indent(values)
}

func application(source string) string {
	return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source:\n" + indent(source)
}

// summary is the result of a file: its metrics, each with the location of its rule, and the problems and findings.
type summary struct {
	metrics []string
	said    []string
}

func summarize(t *testing.T, text string) summary {
	t.Helper()
	loaded, problems, err := Load([]byte(text))
	if err != nil {
		return summary{said: []string{err.Error()}}
	}
	set, more := loaded.Resolve(nil, Builtin)
	var s summary
	for _, r := range set.Custom {
		if r.Object.Resource == Pods.Resource {
			s.metrics = append(s.metrics, r.Rule+" "+r.Name)
		}
	}
	for _, r := range set.External {
		s.metrics = append(s.metrics, r.Rule+" "+r.Name)
	}
	for _, r := range set.Resources {
		s.metrics = append(s.metrics, r.Containers.Rule+" "+r.Name)
	}
	for _, p := range slices.Concat(problems, more) {
		s.said = append(s.said, "error: "+p.String())
	}
	for _, f := range loaded.Findings {
		s.said = append(s.said, f.String())
	}
	return s
}

const usageRules = `{cpu: {containerLabel: container, containerQuery: 'sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>)', ` +
	`resources: {overrides: {pod: {resource: pod}, namespace: {resource: namespace}}}}}`

// TestEveryFormatOfRulesIsRead reads prometheus-adapter's configuration in each format that users store it in.
func TestEveryFormatOfRulesIsRead(t *testing.T) {
	bare := "rules: [" + podRule("a") + "]\nexternalRules: [" + queueRule("b") + "]\n"
	values := "rules: {default: false, custom: [" + podRule("a") + "], external: [" + queueRule("b") + "]}\n"
	for name, test := range map[string]struct {
		text string
		want []string
		says []string
	}{
		"bare":          {bare, []string{"rules[0] a", "externalRules[0] b"}, nil},
		"a ConfigMap":   {configMapOf("adapter-config", "config.yaml", bare), []string{"rules[0] a", "externalRules[0] b"}, nil},
		"any key":       {configMapOf("c", "adapter.yml", bare), []string{"rules[0] a", "externalRules[0] b"}, nil},
		"two documents": {"rules: [" + podRule("a") + "]\n--- # more\nrules: [" + podRule("b") + "]\n", []string{"document 1: rules[0] a", "document 2: rules[0] b"}, nil},
		"two documents in a ConfigMap": {
			configMapOf("c", "config.yaml", "rules: ["+podRule("a")+"]\n---\nrules: ["+podRule("b")+"]\n"),
			[]string{"document 1: rules[0] a", "document 2: rules[0] b"},
			nil,
		},
		"two keys": {
			configMapOf("c", "config.yaml", "rules: ["+podRule("a")+"]", "more.yaml", "rules: ["+podRule("b")+"]", "notes.txt", "hello"),
			[]string{"config.yaml: rules[0] a", "more.yaml: rules[0] b"},
			[]string{"warning: : config.yaml, more.yaml of the ConfigMap are all read", "have no rules and are ignored: notes.txt"},
		},
		"a List of ConfigMaps": {
			"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: ca}, data: {ca.crt: \"-----BEGIN\\nx\"}}\n" +
				"- {apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: m}, data: {config.yaml: \"rules: []\"}}\n" +
				"- {apiVersion: v1, kind: ConfigMap, metadata: {name: two}, data: {config.yaml: \"external: [{name: e, clusterWide: true, query: sum(x)}]\"}}\n",
			[]string{"ConfigMap two: external[0] e e"},
			[]string{"info: : objects without rules are ignored: ConfigMap ca"},
		},
		"the output of kustomize": {
			configMapOf("adapter-config-b9tbgkt98h", "config.yaml", bare) + "---\nkind: Deployment\nmetadata: {name: d}\n---\nkind: APIService\nmetadata: {name: s}\n",
			[]string{"ConfigMap monitoring/adapter-config-b9tbgkt98h: rules[0] a", "ConfigMap monitoring/adapter-config-b9tbgkt98h: externalRules[0] b"},
			[]string{"objects without rules are ignored: Deployment d, APIService s"},
		},
		"the chart's values": {
			values + "prometheus: {url: http://p, port: 9090, path: /x}\nmetricsRelistInterval: 30s\nreplicas: 2\n",
			[]string{"rules.custom[0] a", "rules.external[0] b"},
			[]string{"info: prometheus: is not read: the metrics adapter has --prometheus-url=http://p:9090/x", "--discovery-interval=30s", "are ignored: replicas"},
		},
		"the chart's resource rules": {"rules: {default: false, resource: " + usageRules + "}", []string{"rules.resource.cpu cpu"}, nil},
		"the values of a subchart": {
			"other: {defaultRules: {rules: {etcd: true}}}\nprometheus-adapter:\n" + indent(values),
			[]string{"prometheus-adapter.rules.custom[0] a", "prometheus-adapter.rules.external[0] b"},
			nil,
		},
		"the values of a subchart with an alias": {"metrics:\n" + indent("adapter:\n"+indent(values)), []string{"metrics.adapter.rules.custom[0] a", "metrics.adapter.rules.external[0] b"}, nil},
		"values in a ConfigMap":                  {configMapOf("c", "values.yaml", values), []string{"rules.custom[0] a", "rules.external[0] b"}, nil},
		"a HelmRelease": {
			helmRelease("prometheus-adapter", values), []string{"spec.values.rules.custom[0] a", "spec.values.rules.external[0] b"}, nil,
		},
		"a HelmRelease with valuesFrom": {
			strings.Replace(helmRelease("prometheus-adapter", values), "spec:\n", "spec:\n  valuesFrom: [{kind: Secret, name: s}]\n", 1),
			[]string{"spec.values.rules.custom[0] a", "spec.values.rules.external[0] b"},
			[]string{"warning: spec.values: spec.valuesFrom adds values that are not in the file"},
		},
		"a HelmRelease of a parent chart": {
			helmRelease("platform", "prometheus-adapter:\n"+indent(values)),
			[]string{"spec.values.prometheus-adapter.rules.custom[0] a", "spec.values.prometheus-adapter.rules.external[0] b"},
			nil,
		},
		"a HelmChart": {
			"apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: h}\nspec:\n  chart: prometheus-community/prometheus-adapter\n  valuesContent: |\n" + indent(values),
			[]string{"spec.valuesContent.rules.custom[0] a", "spec.valuesContent.rules.external[0] b"},
			nil,
		},
		"an Application": {
			application("chart: prometheus-adapter\nhelm:\n  parameters: [{name: rules.default, value: 'false'}]\n  values: |\n" + indent(values)),
			[]string{"spec.source.helm.values.rules.custom[0] a", "spec.source.helm.values.rules.external[0] b"},
			[]string{"spec.source.helm.parameters adds values that are not in the file"},
		},
		"an Application with an object": {
			application("chart: prometheus-adapter\nhelm:\n  valuesObject:\n" + indent(values)),
			[]string{"spec.source.helm.valuesObject.rules.custom[0] a", "spec.source.helm.valuesObject.rules.external[0] b"},
			nil,
		},
		"a Kustomization": {
			"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nhelmCharts:\n- name: prometheus-adapter\n  valuesInline:\n" + indent(values),
			[]string{"helmCharts[0].valuesInline.rules.custom[0] a", "helmCharts[0].valuesInline.rules.external[0] b"},
			nil,
		},
		"an existing ConfigMap in the file": {
			"rules: {existing: mine, custom: [" + podRule("z") + "]}\n---\n" + configMapOf("mine-b9tbgkt98h", "config.yaml", bare),
			[]string{"ConfigMap monitoring/mine-b9tbgkt98h: rules[0] a", "ConfigMap monitoring/mine-b9tbgkt98h: externalRules[0] b"},
			[]string{"rules.existing: mine is in the file and is checked", "warning: document 1: rules.custom: is not in force"},
		},
		"an existing ConfigMap outside the file": {
			"rules: {existing: mine}\n", nil,
			[]string{"error: rules.existing: the rules are in the ConfigMap mine, which is not in the file: check it with kubectl get configmap mine"},
		},
		"a disabled subchart":    {"prometheus-adapter:\n" + indent("enabled: false\n"+values), []string{"prometheus-adapter.rules.custom[0] a", "prometheus-adapter.rules.external[0] b"}, []string{"the chart is not installed with these values"}},
		"empty":                  {"", nil, nil},
		"an empty ConfigMap key": {configMapOf("c", "config.yaml", "# nothing"), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := summarize(t, test.text)
			if diff := cmp.Diff(test.want, got.metrics); diff != "" {
				t.Errorf("metrics (-want +got):\n%s\nsaid: %v", diff, got.said)
			}
			for _, says := range test.says {
				if !strings.Contains(strings.Join(got.said, "\n"), says) {
					t.Errorf("it says %q, want %q", got.said, says)
				}
			}
			if len(test.says) == 0 && len(got.said) > 0 {
				t.Errorf("it says %q, want nothing", got.said)
			}
		})
	}
}

// TestUnsupportedFilesAreRejected: the error names the field and the fix, and no Go type.
func TestUnsupportedFilesAreRejected(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a field of the chart's that is none":  {"rules: {default: false, externl: []}", `rules: unknown field "externl"; the chart has default, custom, external, resource and existing`},
		"a mapping of custom rules":            {"rules: {custom: {}}", "rules: custom: must be a list, and is a mapping"},
		"a text for default":                   {"rules: {default: 'no'}", "rules: default: must be true or false, and is a string"},
		"a field of the file that is none":     {"rulez: []", `unknown field "rulez"; the parts of a rules file are custom`},
		"a bad second document":                {"rules: []\n---\nrulez: []", `document 2: cannot read the rules: unknown field "rulez"`},
		"a list":                               {"- seriesQuery: x", "must be a mapping, and is a list; put a list of rules under rules"},
		"a text":                               {"hello", "must be a mapping, and is a string"},
		"a text for rules":                     {"rules: hello", "rules: must be a list, and is a string"},
		"a key twice in the second document":   {"rules: []\n---\nrules: []\nrules: []", `line 4: key "rules" already set`},
		"an object that has none":              {"kind: Deployment\nmetadata: {name: d}", "no rules found in Deployment d; expected a rules file, a ConfigMap"},
		"a ConfigMap that has none":            {configMapOf("c", "a", "x", "b", "y"), "the ConfigMap has the keys [a b]: rules must be in config.yaml or rules.yaml"},
		"a ConfigMap of a mapping":             {"kind: ConfigMap\ndata: {config.yaml: {rules: []}}", "data: each value must be a string"},
		"a ConfigMap in a ConfigMap":           {configMapOf("c", "config.yaml", configMapOf("d", "config.yaml", "rules: []")), "it contains the object ConfigMap monitoring/d instead of rules"},
		"a Helm template":                      {"rules:\n- {{ x }\n", "render it first, for example with helm template"},
		"values that are no YAML":              {application("chart: prometheus-adapter\nhelm: {values: 'a: b: c'}"), "spec.source.helm.values: the rules are not YAML"},
		"values of two documents":              {application("chart: prometheus-adapter\nhelm:\n  values: |\n    rules: {}\n    ---\n    rules: {}\n"), "the file has 2 YAML documents"},
		"a HelmRelease of another form":        {"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\nspec: {chart: [a]}", "cannot parse the HelmRelease: chart: must be a mapping, and is a list"},
		"a HelmRelease of another chart alone": {helmRelease("grafana", "rules2: {}"), "no rules found in HelmRelease monitoring/r"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Load([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("it gives %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "Go ") || strings.Contains(err.Error(), "json.") {
				t.Errorf("the error is in the words of Go: %v", err)
			}
		})
	}
}

// TestDefaultRulesOfPrometheusAdapterChart: the default rules of prometheus-adapter's chart are loaded unless they are
// disabled, and give the same metrics as in prometheus-adapter.
func TestDefaultRulesOfPrometheusAdapterChart(t *testing.T) {
	for values, on := range map[string]bool{
		"rules: {}": true, "rules: {custom: []}": true, "rules: {default: true}": true, "rules: {default: null}": true,
		"rules: {default: false}": false, "rules: {existing: x}": false,
	} {
		loaded, problems, err := Load([]byte(values))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(loaded.AllSelectors()) > 0; got != on {
			t.Errorf("%s reads the chart's own rules: %t, want %t", values, got, on)
		}
		said := slices.ContainsFunc(loaded.Findings, func(f Finding) bool { return f.Rule == "rules.default" })
		if said != on || len(problems) > 0 != strings.Contains(values, "existing") {
			t.Errorf("%s has the findings %v and the problems %v", values, loaded.Findings, problems)
		}
	}
	loaded, _, err := Load([]byte("rules: {default: true}"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]Series{}
	for _, s := range loaded.AllSelectors() {
		for _, series := range []Series{
			{Name: "container_cpu_usage_seconds_total", Labels: []string{"namespace", "pod"}},
			{Name: "container_network_receive_bytes_total", Labels: []string{"namespace", "pod"}},
			{Name: "container_memory_usage_bytes", Labels: []string{"namespace", "pod"}},
			{Name: "http_requests_total", Labels: []string{"namespace", "pod"}},
			{Name: "work_seconds_total", Labels: []string{"namespace", "pod"}},
			{Name: "queue_length", Labels: []string{"namespace", "pod"}},
		} {
			labels := map[string]string{"__name__": series.Name, "namespace": "n", "pod": "p"}
			if s.Matches(labels) {
				found[s.String()] = append(found[s.String()], series)
			}
		}
	}
	set, problems := loaded.Resolve(found, Builtin)
	got := map[string]string{}
	for _, name := range set.CustomNames(Pods.Resource) {
		got[name] = set.FindCustom(Pods.Resource, name, "shop").Expr.String()
	}
	want := map[string]string{}
	for name, query := range map[string]string{
		"cpu_usage":             `rate(container_cpu_usage_seconds_total{container!="POD",%s}[5m])`,
		"network_receive_bytes": `rate(container_network_receive_bytes_total{container!="POD",%s}[5m])`,
		"memory_usage_bytes":    `container_memory_usage_bytes{container!="POD",%s}`,
		"http_requests":         `rate(http_requests_total{%s}[5m])`,
		"work":                  `rate(work_seconds_total{%s}[5m])`,
		"queue_length":          `queue_length{%s}`,
	} {
		want[name] = "sum by (namespace, pod) (" + fmt.Sprintf(query, `namespace!="",pod!=""`) + ")"
	}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("queries (-want +got):\n%s\nproblems: %v", diff, problems)
	}
}

// FuzzNoDocumentIsIgnored checks that each document that loads alone also loads among other documents, in any order.
func FuzzNoDocumentIsIgnored(f *testing.F) {
	documents := []string{
		"rules: [" + podRule("a") + "]", "externalRules: [" + queueRule("b") + "]", "external: [{name: c, clusterWide: true, query: sum(x)}]",
		"rules: {default: false, custom: [" + podRule("d") + "]}", configMapOf("e", "config.yaml", "rules: ["+podRule("e")+"]"),
		"kind: List\nitems: [{kind: ConfigMap, metadata: {name: f}, data: {config.yaml: \"external: [{name: f, clusterWide: true, query: sum(x)}]\"}}]",
		helmRelease("prometheus-adapter", "rules: {default: false, external: ["+queueRule("g")+"]}"), "kind: Service\nmetadata: {name: s}", "# nothing",
		application("chart: prometheus-adapter\nhelm:\n  values: |\n" + indent("rules: {default: false, custom: ["+podRule("h")+"]}")),
	}
	separators := []string{"\n---\n", "\n--- # next\n", "\n...\n---\n", "\n---\n# nothing\n---\n", "\r\n---\r\n", "\n--- \n"}
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, uint8(1))
	f.Add([]byte{9, 3, 0}, uint8(4))
	f.Fuzz(func(t *testing.T, order []byte, separator uint8) {
		used := map[int]bool{}
		var stream []string
		want := []string{}
		for _, b := range order {
			i := int(b) % len(documents)
			if used[i] {
				continue
			}
			used[i] = true
			stream = append(stream, documents[i])
			if alone := summarize(t, documents[i]); i != 7 {
				for _, m := range alone.metrics {
					want = append(want, m[strings.LastIndex(m, " ")+1:])
				}
			}
		}
		got := []string{}
		all := summarize(t, strings.Join(stream, separators[int(separator)%len(separators)]))
		for _, m := range all.metrics {
			got = append(got, m[strings.LastIndex(m, " ")+1:])
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("metrics of the documents %v (-alone +together):\n%s\n%v", order, diff, all.said)
		}
		if used[7] && !strings.Contains(strings.Join(all.said, "\n"), "Service s") {
			t.Errorf("the Service is not named: %v", all.said)
		}
	})
}
