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
		all = append(all, m.API+" "+m.Resource+"/"+m.Name)
	}
	return all
}

func TestInvalidQueryOfAPairLeavesTheOtherInForce(t *testing.T) {
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
`, "error: resources.cpu: nodes: query: its result has no label node",
			[]string{"resource nodes/memory", "resource pods/cpu", "resource pods/memory"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, test.rules)
			if got := metrics(r); !slices.Equal(got, test.metrics) {
				t.Errorf("in force are %v, want %v", got, test.metrics)
			}
			if all := strings.Join(findingsOf(r), "\n"); !strings.Contains(all, test.want) || strings.Contains(all, "alone") {
				t.Errorf("the findings are\n%s\nwant one that says %q, and none of a resource that no rule has", all, test.want)
			}
			if !r.Failed() {
				t.Error("the report has not failed")
			}
		})
	}
}

func TestFindingStatesTheEffectOfAnInvalidQuery(t *testing.T) {
	for rules, want := range map[string]string{
		brokenNodeQuery:      "the query for containers stays in force; metrics.k8s.io serves no nodes until this is fixed",
		brokenContainerQuery: "the query for nodes stays in force; metrics.k8s.io serves no pods until this is fixed",
	} {
		if all := strings.Join(findingsOf(check(t, rules)), "\n"); !strings.Contains(all, want) {
			t.Errorf("the findings are\n%s\nwant one that says %q", all, want)
		}
	}
}

func TestFindingForAResourceWithoutARule(t *testing.T) {
	all := strings.Join(findingsOf(check(t, "resourceRules:"+memoryRule)), "\n")
	for _, of := range []string{"pods", "nodes"} {
		if want := "metrics.k8s.io serves " + of + " with only memory"; !strings.Contains(all, want) {
			t.Errorf("the findings are\n%s\nwant one that says %q", all, want)
		}
	}
}

func TestFindingForTwoLabelsOfOneResource(t *testing.T) {
	for _, test := range []struct{ name, rules, query, want string }{
		{
			"both on every series", `rules: [{seriesQuery: 'busy{host!="",machine!=""}', resources: {overrides: {machine: {resource: node}, host: {resource: nodes}}}, metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]`,
			`max by (host) (busy{host!="",machine!=""})`, "warning: rules[0]: resources: the labels host and machine each identify nodes; Flyball uses host",
		},
		{
			"of namespaces, only the second on the series", `externalRules: [{seriesQuery: 'q{ns!=""}', resources: {overrides: {kubernetes_namespace: {resource: namespace}, ns: {resource: namespace}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]`,
			`sum by (ns) (q{ns!=""})`, "warning: externalRules[0]: resources: the labels kubernetes_namespace and ns each identify namespaces; Flyball uses ns",
		},
		{
			"before any series is found", `rules: [{seriesQuery: 'busy{host!=""}', resources: {overrides: {host: {resource: node}, machine: {resource: node}}}, metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]`,
			"", "warning: rules[0]: resources: the labels host and machine each identify nodes; Flyball uses host",
		},
		{
			"an override that the series lack, beside a template", `externalRules: [{seriesQuery: 'q{namespace!=""}', resources: {template: "<<.Resource>>", overrides: {ns: {resource: namespace}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}]`,
			`sum by (namespace) (q{namespace!=""})`, "warning: externalRules[0]: resources: the labels namespace and ns each identify namespaces; Flyball uses namespace",
		},
		{
			"of a pair of queries", `resourceRules: {memory: {nodeQuery: 'sum(node_mem{<<.LabelMatchers>>}) by (<<.GroupBy>>)', resources: {overrides: {node: {resource: node}, instance: {resource: node}}}}}`,
			`sum by (instance) (node_mem{instance!=""})`, "warning: resourceRules.memory: resources: the labels instance and node each identify nodes; Flyball uses instance",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, test.rules)
			if all := strings.Join(findingsOf(r), "\n"); !strings.Contains(all, test.want) {
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
			`warning: rules[0]: pods/m: seriesQuery's matchers kind="timeout" apply to no selector of the query, as with prometheus-adapter, because requests_total selects other series`,
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
			all := strings.Join(findingsOf(r), "\n")
			if !strings.Contains(all, test.finding) || test.finding == "" && strings.Contains(all, "seriesQuery's matchers") {
				t.Errorf("the findings are\n%s\nwant one that says %q", all, test.finding)
			}
		})
	}
}

// oneName is a configuration in which rules of one name have different namespaces.
const oneName = `
externalRules:
- {seriesQuery: 'orders_open{namespace="alpha"}', resources: {overrides: {namespace: {resource: namespace}}}, name: {as: open}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'}
- {seriesQuery: 'jobs_open{namespace="beta"}', resources: {overrides: {namespace: {resource: namespace}}}, name: {as: open}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'}
rules:
- {seriesQuery: 'requests_total{namespace="alpha",pod!=""}', ` + podsAndNamespaces + `, name: {as: rate}, metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'}
- {seriesQuery: 'calls_total{namespace="beta",pod!=""}', ` + podsAndNamespaces + `, name: {as: rate}, metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'}
`

func TestRulesOfOneNameEachServeTheirNamespace(t *testing.T) {
	r := check(t, oneName)
	want := []string{"custom namespaces/rate", "custom namespaces/rate", "custom pods/rate", "custom pods/rate", "external /open", "external /open"}
	if got := metrics(r); !slices.Equal(got, want) {
		t.Errorf("in force are %v, want %v", got, want)
	}
	all := strings.Join(findingsOf(r), "\n")
	for _, finding := range []string{
		`info: externalRules[1]: open is also provided by externalRules[0], in other namespaces: by this rule where namespace="beta", and by externalRules[0] where namespace="alpha"`,
		`info: rules[1]: pods/rate is also provided by rules[0], in other namespaces`,
	} {
		if !strings.Contains(all, finding) {
			t.Errorf("the findings are\n%s\nwant one that says %q", all, finding)
		}
	}
	if strings.Contains(all, "warning") {
		t.Errorf("there is a warning:\n%s", all)
	}
}

func TestFindingForRulesOfOneNameInOneNamespace(t *testing.T) {
	for first, want := range map[string]string{
		`=~"team-.*"`:                `warning: rules[1]: pods/m is also provided by the series a of rules[0]: in common namespaces this one, of the series b, takes precedence as the later rule; this rule applies where namespace="team-a", and rules[0] where namespace=~"team-.*"`,
		`="team-a"`:                  `warning: rules[1]: pods/m is also provided by the series a of rules[0]: this one, of the series b, takes precedence`,
		`!=""`:                       `in common namespaces`,
		`!~"team-a|x",namespace!=""`: `in other namespaces`,
		`=~"team-b|team-c"`:          `in other namespaces`,
	} {
		r := check(t, `rules:
- {seriesQuery: 'a{namespace`+first+`,pod!=""}', `+podsAndNamespaces+`, name: {as: m}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}
- {seriesQuery: 'b{namespace="team-a",pod!=""}', `+podsAndNamespaces+`, name: {as: m}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}
`)
		if all := strings.Join(findingsOf(r), "\n"); !strings.Contains(all, want) {
			t.Errorf("with %s the findings are\n%s\nwant one that says %q", first, all, want)
		}
	}
}

func TestFindingForNamesThatNoHPACanRead(t *testing.T) {
	external := func(names ...string) string {
		text := "externalRules:\n"
		for _, name := range names {
			text += "- {seriesQuery: 'x', resources: {namespaced: false}, name: {as: '" + name + "'}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'}\n"
		}
		return text
	}
	for _, test := range []struct{ name, rules, want string }{
		{"one", external("MailQueue"), "warning: externalRules[0]: MailQueue: a HorizontalPodAutoscaler requests mailqueue instead, because client-go converts names of external metrics to lower case (kubernetes/kubernetes#72996); Flyball serves both names"},
		{"two that come to the same", external("MailQueue", "mailQueue"), "with several of MailQueue, mailQueue, none is served as mailqueue"},
		{"one whose lower case is taken", external("MailQueue", "mailqueue"), "externalRules[1] provides a metric of that name"},
		{"our own", `external: [{name: MailQueue, query: 'sum by (namespace) (x{namespace!=""})'}]`, "warning: external[0] MailQueue: MailQueue: a HorizontalPodAutoscaler requests mailqueue instead"},
		{"lower case", external("mail_queue"), ""},
		{"a custom metric, whose name stays as it is", `custom: [{name: MailQueue, query: 'sum by (namespace, pod) (x{namespace!=""})'}]`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := strings.Join(findingsOf(check(t, test.rules)), "\n")
			if !strings.Contains(all, test.want) || test.want == "" && strings.Contains(all, "72996") {
				t.Errorf("the findings are\n%s\nwant one that says %q", all, test.want)
			}
		})
	}
}
