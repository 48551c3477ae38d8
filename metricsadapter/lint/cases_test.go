package lint

import (
	"slices"
	"strings"
	"testing"
)

// Small configurations of prometheus-adapter after public reports. Each has one peculiarity; its name says which.
const (
	podsAndNamespaces = `resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}`
	usages            = `resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, node: {resource: node}}}, containerLabel: container`
	memoryRule        = `
  memory: {containerQuery: 'sum(mem{<<.LabelMatchers>>}) by (<<.GroupBy>>)', nodeQuery: 'sum(node_mem{<<.LabelMatchers>>}) by (<<.GroupBy>>)', ` + usages + `}
`
	brokenNodeQuery = `
resourceRules:
  cpu: {containerQuery: 'sum(rate(cpu{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)', nodeQuery: 'sum(rate(node_cpu{<<.LabelMatchers>>}[2m])) by (node) by (node)', ` + usages + `}` + memoryRule
	brokenContainerQuery = `
resourceRules:
  cpu: {containerQuery: 'sum(rate(cpu{<<.LabelMatchers>>}[2m]) by (<<.GroupBy>>)', nodeQuery: 'sum(rate(node_cpu{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)', ` + usages + `}` + memoryRule
)

// metrics lists what a report gives: the API, the resource and the name of each metric.
func metrics(r *Report) []string {
	var all []string
	for _, m := range r.Metrics {
		all = append(all, strings.Trim(m.API+" "+m.Resource+"/"+m.Name, "/"))
	}
	return all
}

func TestOneBadQueryOfAPairLeavesTheOtherInForce(t *testing.T) {
	for _, test := range []struct {
		name, rules, want string
		metrics           []string
	}{
		{
			"nodeQuery", brokenNodeQuery, "error: resourceRules.cpu: nodeQuery gives",
			[]string{"resource nodes/memory", "resource pods/cpu", "resource pods/memory"},
		},
		{
			"containerQuery", brokenContainerQuery, "error: resourceRules.cpu: containerQuery gives",
			[]string{"resource nodes/cpu", "resource nodes/memory", "resource pods/memory"},
		},
		{
			"containerLabel", strings.Replace(brokenNodeQuery, "containerLabel: container", `containerLabel: ""`, 1), "error: resourceRules.cpu: containerLabel is missing",
			[]string{"resource nodes/memory", "resource pods/memory"},
		},
		{
			"our own nodes", `
resources:
  cpu: {containers: {query: 'sum by (namespace, pod, container) (cpu)'}, nodes: {query: 'sum(node_cpu)'}}
  memory: {containers: {query: 'sum by (namespace, pod, container) (mem)'}, nodes: {query: 'sum by (node) (node_mem)'}}
`, "error: resources.cpu: nodes: query: its answer has no label node",
			[]string{"resource nodes/memory", "resource pods/cpu", "resource pods/memory"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, test.rules)
			if got := metrics(r); !slices.Equal(got, test.metrics) {
				t.Errorf("in force are %v, want %v", got, test.metrics)
			}
			if all := strings.Join(told(r), "\n"); !strings.Contains(all, test.want) || strings.Contains(all, "alone") {
				t.Errorf("the findings are\n%s\nwant one that says %q, and none of a resource that no rule has", all, test.want)
			}
			if !r.Failed() {
				t.Error("the report has not failed")
			}
		})
	}
}

func TestTheConsequenceOfABadQueryIsTold(t *testing.T) {
	for rules, want := range map[string]string{
		brokenNodeQuery:      "the query for containers stays in force; metrics.k8s.io serves no nodes until this is fixed",
		brokenContainerQuery: "the query for nodes stays in force; metrics.k8s.io serves no pods until this is fixed",
	} {
		if all := strings.Join(told(check(t, rules)), "\n"); !strings.Contains(all, want) {
			t.Errorf("the findings are\n%s\nwant one that says %q", all, want)
		}
	}
}

func TestAResourceThatNoRuleHasIsTold(t *testing.T) {
	all := strings.Join(told(check(t, "resourceRules:"+memoryRule)), "\n")
	for _, of := range []string{"pods", "nodes"} {
		if want := "metrics.k8s.io serves " + of + " with memory alone"; !strings.Contains(all, want) {
			t.Errorf("the findings are\n%s\nwant one that says %q", all, want)
		}
	}
}

func TestTwoLabelsForOneResource(t *testing.T) {
	for _, test := range []struct{ name, rules, query, want string }{
		{
			"both on every series", `rules: [{seriesQuery: 'busy{host!="",machine!=""}', resources: {overrides: {machine: {resource: node}, host: {resource: nodes}}}, metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]`,
			`max by (host) (busy{host!="",machine!=""})`, "warning: rules[0]: resources: the labels host and machine each name nodes; Flyball uses host",
		},
		{
			"of namespaces, only the second on the series", `externalRules: [{seriesQuery: 'q{ns!=""}', resources: {overrides: {kubernetes_namespace: {resource: namespace}, ns: {resource: namespace}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]`,
			`sum by (ns) (q{ns!=""})`, "warning: externalRules[0]: resources: the labels kubernetes_namespace and ns each name namespaces; Flyball uses ns",
		},
		{
			"before any series is found", `rules: [{seriesQuery: 'busy{host!=""}', resources: {overrides: {host: {resource: node}, machine: {resource: node}}}, metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]`,
			"", "warning: rules[0]: resources: the labels host and machine each name nodes; Flyball uses host",
		},
		{
			"of a pair of queries", `resourceRules: {memory: {nodeQuery: 'sum(node_mem{<<.LabelMatchers>>}) by (<<.GroupBy>>)', resources: {overrides: {node: {resource: node}, instance: {resource: node}}}}}`,
			`sum by (instance) (node_mem{instance!=""})`, "warning: resourceRules.memory: resources: the labels instance and node each name nodes; Flyball uses instance",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, test.rules)
			if all := strings.Join(told(r), "\n"); !strings.Contains(all, test.want) {
				t.Errorf("the findings are\n%s\nwant one that says %q", all, test.want)
			}
			var queries []string
			for _, m := range r.Metrics {
				queries = append(queries, m.Query)
			}
			if got := strings.Join(queries, "\n"); got != test.query {
				t.Errorf("the query is %s, want %s", got, test.query)
			}
		})
	}
}

// TestMatchersOfSeriesQueryApplyToAllOfAQueryOrToNone, and a finding says which.
func TestMatchersOfSeriesQueryApplyToAllOfAQueryOrToNone(t *testing.T) {
	const by = `by (<<.GroupBy>>)`
	for _, test := range []struct{ name, series, query, want, finding string }{
		{
			"a sum over the count of the same summary", `latency_seconds_sum{namespace!="",pod!="",uri!="/health"}`,
			`sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) ` + by + ` / sum(rate(latency_seconds_count{<<.LabelMatchers>>}[2m])) ` + by,
			`sum by (namespace, pod) (rate(latency_seconds_sum{namespace!="",pod!="",uri!="/health"}[2m])) / sum by (namespace, pod) (rate(latency_seconds_count{namespace!="",pod!="",uri!="/health"}[2m]))`,
			`info: rules[0]: pods/m: seriesQuery's matchers uri!="/health" apply to each selector of the query`,
		},
		{
			"other series, which may lack the label", `errors_total{namespace!="",pod!="",kind="timeout"}`,
			`sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) ` + by + ` / sum(rate(requests_total{<<.LabelMatchers>>}[2m])) ` + by,
			`sum by (namespace, pod) (rate(errors_total{namespace!="",pod!=""}[2m])) / sum by (namespace, pod) (rate(requests_total{namespace!="",pod!=""}[2m]))`,
			`warning: rules[0]: pods/m: seriesQuery's matchers kind="timeout" apply to no selector of the query, as with prometheus-adapter, because requests_total reads other series`,
		},
		{
			"a part of the whole that the query itself selects", `requests_total{namespace!="",pod!="",code=~"5.."}`,
			`sum(rate(<<.Series>>{<<.LabelMatchers>>,code=~"5.."}[2m])) ` + by + ` / sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) ` + by,
			`sum by (namespace, pod) (rate(requests_total{code=~"5..",namespace!="",pod!=""}[2m])) / sum by (namespace, pod) (rate(requests_total{namespace!="",pod!=""}[2m]))`,
			`warning: rules[0]: pods/m: seriesQuery's matchers code=~"5.." apply to no selector of the query, as with prometheus-adapter, because requests_total has its own matcher on code`,
		},
		{
			"a bucket over the count, which has no le", `latency_bucket{namespace!="",pod!="",le="0.5",uri!="/health"}`,
			`sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) ` + by + ` / sum(rate(latency_count{<<.LabelMatchers>>}[2m])) ` + by,
			`sum by (namespace, pod) (rate(latency_bucket{namespace!="",pod!="",uri!="/health"}[2m])) / sum by (namespace, pod) (rate(latency_count{namespace!="",pod!="",uri!="/health"}[2m]))`,
			`warning: rules[0]: pods/m: seriesQuery's matchers le="0.5" apply to no selector of the query, as with prometheus-adapter, because latency_count has no label le`,
		},
		{
			"a selector without <<.LabelMatchers>>", `requests_total{namespace!="",pod!="",zone="a"}`,
			`sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) ` + by + ` / on () group_left () sum(rate(<<.Series>>[2m]))`,
			`sum by (namespace, pod) (rate(requests_total{namespace!="",pod!=""}[2m])) / on () group_left () sum(rate(requests_total[2m]))`,
			`warning: rules[0]: pods/m: seriesQuery's matchers zone="a" apply to no selector of the query, as with prometheus-adapter, because requests_total takes no <<.LabelMatchers>>`,
		},
		{
			"one selector", `requests_total{namespace!="",pod!="",zone="a"}`, `sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) ` + by,
			`sum by (namespace, pod) (rate(requests_total{namespace!="",pod!="",zone="a"}[2m]))`, "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, "rules:\n- {seriesQuery: '"+test.series+"', "+podsAndNamespaces+", name: {as: m}, metricsQuery: '"+test.query+"'}\n")
			i := slices.IndexFunc(r.Metrics, func(m Metric) bool { return m.Resource == "pods" })
			if i < 0 || r.Metrics[i].Query != test.want {
				t.Errorf("the metrics are %+v, want the query\n%s", r.Metrics, test.want)
			}
			all := strings.Join(told(r), "\n")
			if !strings.Contains(all, test.finding) || test.finding == "" && strings.Contains(all, "seriesQuery's matchers") {
				t.Errorf("the findings are\n%s\nwant one that says %q", all, test.finding)
			}
		})
	}
}
