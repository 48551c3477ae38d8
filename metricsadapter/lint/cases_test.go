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
