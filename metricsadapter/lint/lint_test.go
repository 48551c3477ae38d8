package lint

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/metricsadapter/rule"
)

func check(t *testing.T, text string) *Report {
	t.Helper()
	loaded, problems, err := rule.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	set, more := loaded.Resolve(nil, rule.Builtin)
	return Check(loaded, set, append(problems, more...), Options{ScrapeInterval: 30 * time.Second})
}

// told lists the findings, but those that every configuration of prometheus-adapter's has.
func told(r *Report) []string {
	all := []string{}
	for _, f := range r.Findings {
		if !strings.HasPrefix(f.Message, "differs from") {
			all = append(all, f.String())
		}
	}
	return all
}

// TestFindings names what each query is told of; each has what is right besides.
func TestFindings(t *testing.T) {
	const good = `sum by (namespace, pod) (rate(x_total{namespace!=""}[2m]))`
	for _, test := range []struct{ name, query, want string }{
		{"a range of one scrape", `sum by (namespace, pod) (rate(x_total{namespace!=""}[30s]))`, "less than two scrape intervals of 30s: it often holds too few samples for any value; make it 2m"},
		{"a range of three scrapes", `sum by (namespace, pod) (rate(x_total{namespace!=""}[90s]))`, "less than four scrape intervals of 30s"},
		{"a range of three scrapes is no warning", `sum by (namespace, pod) (rate(x_total{namespace!=""}[90s]))`, "info: custom[1] m: pods/m: the range 1m30s"},
		{"a counter as it is", `sum by (namespace, pod) (x_total{namespace!=""})`, "warning: custom[1] m: pods/m: x_total is a counter by its name, and is read without rate()"},
		{"a rate of a sum", `sum by (namespace, pod) (rate(sum by (namespace, pod) (x{namespace!=""})[5m:30s]))`, "warning: custom[1] m: pods/m: it takes the rate of a sum"},
		{"irate", `sum by (namespace, pod) (irate(x_total{namespace!=""}[2m]))`, "irate() looks at the last two samples"},
		{"a division", `sum by (namespace, pod) (a{namespace!=""}) / sum by (namespace, pod) (b{namespace!=""})`, "warning: custom[1] m: pods/m: it divides by series: 0/0 is NaN"},
		{"a time", `max by (namespace, pod) (timestamp(x{namespace!=""}))`, "its value is a time"},
		{"no namespace", `sum by (namespace, pod) (rate(x_total[2m]))`, `info: custom[1] m: pods/m: x_total has no matcher on the label namespace`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, "custom:\n- {name: good, query: '"+good+"'}\n- {name: m, query: '"+test.query+"'}\n")
			all := strings.Join(told(r), "\n")
			if !strings.Contains(all, test.want) || strings.Contains(all, "good") {
				t.Errorf("the findings are\n%s\nwant one that says %q, and none of the good rule", all, test.want)
			}
			if r.Failed() {
				t.Error("the report has failed, though both rules are in force")
			}
		})
	}
}

// TestAdapterFindings names what each rule of prometheus-adapter's is told of.
func TestAdapterFindings(t *testing.T) {
	const pods = `resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}`
	for _, test := range []struct{ name, rule, want string }{
		{"bare", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'}`, "pods/x: the query is not aggregated by namespace and pod"},
		{"hard-coded", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (pod)'}`, "namespaces/x: no object ever has a value: the query's answer has no label namespace"},
		{"another label", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>, code)'}`, "pods/x: the query groups by code as well"},
		{"each object", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>) / scalar(sum(x{<<.LabelMatchers>>}))'}`, "warning: rules[0]: pods/x: one query cannot speak for all objects"},
		{"a join", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>} * on (pod) group_left info) by (<<.GroupBy>>)'}`, "info has no <<.LabelMatchers>>"},
		{"no namespace", `{seriesQuery: 'x{pod!=""}', resources: {overrides: {pod: {resource: pod}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`, "Flyball takes the label namespace"},
		{"a resource that is not built in", `{seriesQuery: 'x{namespace!="",r!=""}', resources: {overrides: {namespace: {resource: namespace}, r: {group: argoproj.io, resource: rollout}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`, "is taken to be rollouts.argoproj.io"},
		{"a rule that is out of force", `{seriesQuery: 'x{', ` + pods + `, metricsQuery: 'x'}`, "error: rules[0]: seriesQuery: not PromQL"},
		{"nobody asked", `{seriesQuery: '{__name__=~"x.*"}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`, "nobody has asked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, "rules:\n- "+test.rule+"\n")
			if all := strings.Join(told(r), "\n"); !strings.Contains(all, test.want) {
				t.Errorf("the findings are\n%s\nwant one that says %q", all, test.want)
			}
			if failed := strings.HasPrefix(test.want, "error"); r.Failed() != failed {
				t.Errorf("the report has failed: %t", r.Failed())
			}
		})
	}
}

func TestDifferencesAreToldOfPrometheusAdaptersRulesOnly(t *testing.T) {
	differ := func(r *Report) int { return len(r.Findings) - len(told(r)) }
	own := check(t, `external: [{name: q, query: 'sum by (namespace) (q{namespace!=""})'}]`)
	if len(own.Findings) != 0 || own.Findings == nil {
		t.Errorf("a good rule of ours has the findings %v", own.Findings)
	}
	adapter := check(t, `externalRules: [{seriesQuery: 'q{a!=""}', metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})', resources: {namespaced: false}}]`)
	if differ(adapter) != len(differences) || len(told(adapter)) != 0 {
		t.Errorf("the findings are %v", adapter.Findings)
	}
	for _, about := range []string{"NaN", "timestamps", "collisions", "seriesQuery's matchers", "discovery by configuration"} {
		if !strings.Contains(adapter.Findings[0].Message+adapter.Findings[1].Message+adapter.Findings[2].Message+adapter.Findings[3].Message+
			adapter.Findings[4].Message+adapter.Findings[5].Message, about) {
			t.Errorf("no finding is about %s", about)
		}
	}
}

func TestTheOrderIsThatOfPeople(t *testing.T) {
	r := &Report{Findings: []rule.Finding{
		{Severity: rule.Info, Rule: "rules[2]", Message: "b"},
		{Severity: rule.Info, Rule: "rules[10]", Message: "a"},
		{Severity: rule.Error, Rule: "rules[3]", Message: "z"},
		{Severity: rule.Info, Rule: "rules[2]", Message: "a"},
		{Severity: rule.Warning, Rule: "externalRules[1]", Message: "a"},
		{Severity: rule.Info, Rule: "rules[2]", Message: "a"},
	}}
	r.Sort()
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.String())
	}
	want := []string{"error: rules[3]: z", "warning: externalRules[1]: a", "info: rules[2]: a", "info: rules[2]: b", "info: rules[10]: a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
