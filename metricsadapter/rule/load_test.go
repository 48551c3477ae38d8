package rule

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/metricsadapter/expr"
)

func TestChartRulesLoad(t *testing.T) {
	data, err := os.ReadFile("../../charts/flyball/files/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set := load(t, string(data))
	cpu := set.FindResource("cpu")
	if cpu == nil || cpu.Containers == nil || cpu.Nodes == nil || set.FindResource("memory") == nil {
		t.Fatalf("cpu and memory of containers and nodes are not all there: %+v", set.Resources)
	}
	if cpu.Containers.Window != 2*time.Minute {
		t.Errorf("CPU's window is %s, want that of its query, 2m", cpu.Containers.Window)
	}
	requests := set.FindCustom(schema.GroupResource{Resource: "pods"}, "http_requests_per_second", "shop")
	if requests == nil {
		t.Fatal("http_requests_per_second of pods is not there")
	}
	if set.FindExternal("http_requests_total_per_second", "shop") == nil {
		t.Error("the external metric is not there")
	}
}

func TestDefaults(t *testing.T) {
	set := load(t, `
custom:
- {name: requests, query: "sum by (namespace, pod, code) (x)"}
- {name: depth, describes: services, labels: {object: svc, namespace: ns}, query: "max by (ns, svc) (x)", maxAge: 30s, window: 1m}
- {name: load, describes: nodes, query: "sum by (node) (x)"}
- {name: lag, describes: rollouts.argoproj.io, kind: Rollout, apiVersion: argoproj.io/v1alpha1, query: "sum by (namespace, rollout) (x)"}
external:
- {name: jobs, query: "x"}
- {name: world, query: "sum(x)", clusterWide: true}
`)
	type summary struct {
		Kind, Namespace, Object string
		MaxAge, Window          time.Duration
		Fold                    expr.Aggregation
	}
	got := map[string]summary{}
	for _, r := range set.Custom {
		got[r.Name] = summary{r.Object.Kind.String(), r.Labels.Namespace, r.Labels.Object, r.MaxAge, r.Window, r.Result.Aggregation}
	}
	for _, r := range set.External {
		got[r.Name] = summary{"", r.Labels.Namespace, r.Labels.Object, r.MaxAge, r.Window, r.Result.Aggregation}
	}
	want := map[string]summary{
		"requests": {"/v1, Kind=Pod", "namespace", "pod", DefaultMaxAge, 0, expr.Sum},
		"depth":    {"/v1, Kind=Service", "ns", "svc", 30 * time.Second, time.Minute, expr.Max},
		"load":     {"/v1, Kind=Node", "", "node", DefaultMaxAge, 0, expr.Sum},
		"lag":      {"argoproj.io/v1alpha1, Kind=Rollout", "namespace", "rollout", DefaultMaxAge, 0, expr.Sum},
		"jobs":     {"", "namespace", "", DefaultMaxAge, 0, expr.NoAggregation},
		"world":    {"", "", "", DefaultMaxAge, 0, expr.Sum},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestRuleServer(t *testing.T) {
	set := load(t, `
custom: [{name: a, server: long-term, query: "sum by (namespace, pod) (x)"}, {name: b, query: "sum by (namespace, pod) (x)"}]
external: [{name: c, server: queues, query: "x"}]
resources: {cpu: {containers: {server: cadvisor, query: "sum by (namespace, pod, container) (x)"}, nodes: {query: "sum by (node) (x)"}}}
`)
	cpu := set.FindResource("cpu")
	got := []string{set.Custom[0].Server, set.Custom[1].Server, set.External[0].Server, cpu.Containers.Server, cpu.Nodes.Server}
	if diff := cmp.Diff([]string{"long-term", "", "queues", "cadvisor", ""}, got); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
}

func TestInvalidRuleDisablesOnlyItself(t *testing.T) {
	for _, test := range []struct{ name, rule, want string }{
		{"no name", `custom: [{query: "sum by (namespace, pod) (x)"}]`, "custom[0]: name is missing"},
		{"a name with a slash", `custom: [{name: a/b, query: "sum by (namespace, pod) (x)"}]`, "is not valid in a path"},
		{"an unknown field", `custom: [{name: a, querry: x}]`, `custom[0] a: unknown field "querry"`},
		{"no query", `custom: [{name: a}]`, "query: the query is empty"},
		{"broken PromQL", `custom: [{name: a, query: "sum("}]`, "query: not PromQL"},
		{"a query without a selector", `custom: [{name: a, query: "vector(1)"}]`, "must select a series"},
		{"a missing object label", `custom: [{name: a, query: "sum by (namespace) (x)"}]`, "no label pod: group by it, for example sum by (namespace, pod) (...)"},
		{"an unknown shape", `custom: [{name: a, query: "x"}]`, "are not determined by its text"},
		{"an average of several series", `custom: [{name: a, query: "avg by (namespace, pod, code) (x)"}]`, "several values"},
		{"an unknown kind", `custom: [{name: a, describes: rollouts, query: "sum by (namespace, rollout) (x)"}]`, "add its kind and apiVersion"},
		{"a group without a resource", `custom: [{name: a, describes: .y, kind: X, apiVersion: y/v1, query: "sum by (namespace, x) (x)"}]`, "has no resource"},
		{"different groups", `custom: [{name: a, describes: rollouts.a, kind: Rollout, apiVersion: b/v1, query: "x"}]`, "different groups"},
		{"a namespace for nodes", `custom: [{name: a, describes: nodes, labels: {namespace: ns}, query: "sum by (node) (x)"}]`, "are cluster-scoped"},
		{"a maxAge of zero", `custom: [{name: a, maxAge: 0s, query: "sum by (namespace, pod) (x)"}]`, "maxAge 0s"},
		{"a duplicate name", `custom: [{name: good, query: "sum by (namespace, pod) (y)"}]`, "an earlier rule already has this name for pods"},
		{"an external rule without a namespace", `external: [{name: a, query: "sum(x)"}]`, "clusterWide: true"},
		{"an external rule with clusterWide and namespaceLabel", `external: [{name: a, query: "sum(x)", clusterWide: true, namespaceLabel: ns}]`, "remove one"},
		{"an unknown resource", `resources: {disk: {}}`, "only cpu and memory"},
		{"a resource without queries", `resources: {cpu: {}}`, "containers, nodes or both"},
		{"a resource with too many labels", `resources: {cpu: {containers: {query: "sum by (namespace, pod, container, id) (x)"}}}`, "containers: query: it groups by"},
	} {
		t.Run(test.name, func(t *testing.T) {
			const good = `{name: good, query: "sum by (namespace, pod) (x)"}`
			text := strings.Replace(test.rule, "custom: [", "custom: ["+good+", ", 1)
			if text == test.rule {
				text += "\ncustom: [" + good + "]"
			}
			loaded, problems, err := Load([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			set, _ := loaded.Resolve(nil, Builtin)
			if len(problems) != 1 || !strings.Contains(strings.Replace(problems[0].String(), "[1]", "[0]", 1), test.want) {
				t.Errorf("problems %v, want one that says %q", problems, test.want)
			}
			if set.FindCustom(Pods.Resource, "good", "shop") == nil {
				t.Error("its neighbour is not in force")
			}
		})
	}
}

func TestInvalidFilesAreRejected(t *testing.T) {
	for _, text := range []string{"custom: [", "custm: []", "custom: {}", "a: 1\na: 2"} {
		if set, _, err := Load([]byte(text)); err == nil || set != nil {
			t.Errorf("%q gave %v, %v", text, set, err)
		}
	}
}

func TestEmptyFileHasNoRules(t *testing.T) {
	if set := load(t, ""); len(set.Custom)+len(set.External)+len(set.Resources) != 0 {
		t.Errorf("there are rules: %+v", set)
	}
}

func FuzzLoad(f *testing.F) {
	data, err := os.ReadFile("../../charts/flyball/files/rules.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`custom: [{name: a, describes: x.y, kind: X, apiVersion: y/v1, query: "sum by (namespace, x) (z)"}]`))
	f.Add([]byte("rules: [{seriesQuery: 'x{namespace!=\"\",pod!=\"\"}', resources: {template: <<.Resource>>, overrides: {pod: {resource: pod}}}, name: {matches: ^(.*)$, as: a_$1}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]"))
	f.Add([]byte("kind: ConfigMap\ndata:\n  config.yaml: |\n    externalRules:\n    - {seriesQuery: x, metricsQuery: \"sum(x{<<.LabelMatchers>>,a!=\"b\"})\"}\n"))
	f.Add([]byte("resourceRules: {window: 5m, cpu: {containerLabel: c, containerQuery: 'sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>)', resources: {overrides: {pod: {resource: pod}, n: {resource: namespace}}}}}"))
	f.Add([]byte("prometheus: {url: http://p}\nrules: {default: true, existing: null, custom: [], external: [], resource: {window: 5m}}\n"))
	f.Add([]byte("a:\n  prometheus-adapter: {enabled: false, rules: {custom: [{seriesQuery: x}]}}\n---\nkind: List\nitems: [{kind: ConfigMap, data: {config.yaml: \"rules: []\"}}]\n"))
	f.Add([]byte("apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {sources: [{chart: prometheus-adapter, helm: {values: \"rules: {}\", parameters: [{}]}}]}\n"))
	f.Add([]byte("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {chart: {spec: {chart: x}}, valuesFrom: [{}], values: {prometheus-adapter: {rules: {existing: c}}}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		loaded, _, err := Load(data)
		if err != nil {
			return
		}
		found := map[string][]Series{}
		for _, selector := range loaded.AllSelectors() {
			found[selector.String()] = []Series{{Name: "x", Labels: []string{"namespace", "pod", "job"}}, {Name: "a} or b{", Labels: []string{"namespace"}}}
		}
		set, _ := loaded.Resolve(found, Builtin)
		for _, r := range set.Custom {
			if r.Name == "" || r.Labels.Object == "" || r.MaxAge <= 0 || r.Object.Resource.Resource == "" || r.Object.Kind.Kind == "" {
				t.Errorf("a rule is in force that cannot work: %+v", r)
			}
		}
	})
}

func load(t *testing.T, text string) *Set {
	t.Helper()
	loaded, problems, err := Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	set, more := loaded.Resolve(nil, Builtin)
	if problems = append(problems, more...); len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	return set
}
