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

// findingsOf lists the findings, without those that every configuration of prometheus-adapter has.
func findingsOf(r *Report) []string {
	all := []string{}
	for _, f := range r.Findings {
		if !strings.HasPrefix(f.Message, "differs from") {
			all = append(all, f.String())
		}
	}
	return all
}

// TestFindings checks the finding of each query, beside a rule without findings.
func TestFindings(t *testing.T) {
	const good = `sum by (namespace, pod) (rate(x_total{namespace!=""}[2m]))`
	for _, test := range []struct{ name, query, want string }{
		{"a range of one scrape", `sum by (namespace, pod) (rate(x_total{namespace!=""}[30s]))`, "less than two scrape intervals of 30s: it often has too few samples for a value; make it 2m"},
		{"a range of three scrapes", `sum by (namespace, pod) (rate(x_total{namespace!=""}[90s]))`, "less than four scrape intervals of 30s"},
		{"a range of three scrapes is no warning", `sum by (namespace, pod) (rate(x_total{namespace!=""}[90s]))`, "info: custom[1] m: pods/m: the range 1m30s"},
		{"a counter as it is", `sum by (namespace, pod) (x_total{namespace!=""})`, "warning: custom[1] m: pods/m: x_total is a counter by its name, and is read without rate()"},
		{"a rate of a sum", `sum by (namespace, pod) (rate(sum by (namespace, pod) (x{namespace!=""})[5m:30s]))`, "warning: custom[1] m: pods/m: it computes the rate of a sum"},
		{"irate", `sum by (namespace, pod) (irate(x_total{namespace!=""}[2m]))`, "irate() uses only the last two samples"},
		{"a division", `sum by (namespace, pod) (a{namespace!=""}) / sum by (namespace, pod) (b{namespace!=""})`, "warning: custom[1] m: pods/m: it divides by series: 0/0 is NaN"},
		{"a time", `max by (namespace, pod) (timestamp(x{namespace!=""}))`, "its value is the result of timestamp()"},
		{"no namespace", `sum by (namespace, pod) (rate(x_total[2m]))`, `info: custom[1] m: pods/m: x_total has no matcher on the label namespace`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, "custom:\n- {name: good, query: '"+good+"'}\n- {name: m, query: '"+test.query+"'}\n")
			all := strings.Join(findingsOf(r), "\n")
			if !strings.Contains(all, test.want) || strings.Contains(all, "good") {
				t.Errorf("the findings are\n%s\nwant one that says %q, and none of the good rule", all, test.want)
			}
			if r.Failed() {
				t.Error("the report has failed, though both rules are in force")
			}
		})
	}
}

// TestAdapterFindings checks the finding of each rule in prometheus-adapter's format.
func TestAdapterFindings(t *testing.T) {
	const pods = `resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}`
	for _, test := range []struct{ name, rule, want string }{
		{"bare", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'}`, "pods/x: the query is not aggregated by namespace and pod"},
		{"hard-coded", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (pod)'}`, "namespaces/x: no object can have a value: the query's result has no label namespace"},
		{"another label", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>, code)'}`, "pods/x: the query also groups by code"},
		{"each object", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>) / scalar(sum(x{<<.LabelMatchers>>}))'}`, "warning: rules[0]: pods/x: one query cannot serve all objects"},
		{"a join", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>} * on (pod) group_left info) by (<<.GroupBy>>)'}`, "info has no <<.LabelMatchers>>"},
		{"no namespace", `{seriesQuery: 'x{pod!=""}', resources: {overrides: {pod: {resource: pod}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`, "Flyball uses the label namespace"},
		{"a resource that is not built in", `{seriesQuery: 'x{namespace!="",r!=""}', resources: {overrides: {namespace: {resource: namespace}, r: {group: argoproj.io, resource: rollout}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`, "is taken to be rollouts.argoproj.io"},
		{"a rule that is out of force", `{seriesQuery: 'x{', ` + pods + `, metricsQuery: 'x'}`, "error: rules[0]: seriesQuery: not PromQL"},
		{"not queried", `{seriesQuery: '{__name__=~"x.*"}', ` + pods + `, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`, "which were not queried"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, "rules:\n- "+test.rule+"\n")
			if all := strings.Join(findingsOf(r), "\n"); !strings.Contains(all, test.want) {
				t.Errorf("the findings are\n%s\nwant one that says %q", all, test.want)
			}
			if failed := strings.HasPrefix(test.want, "error"); r.Failed() != failed {
				t.Errorf("the report has failed: %t", r.Failed())
			}
		})
	}
}

// TestDifferencesNameTheirRule checks that each difference is reported for its rule, and for no other rule.
func TestDifferencesNameTheirRule(t *testing.T) {
	const pods = `resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}`
	const sum = `metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`
	const plain = `{seriesQuery: 'good{namespace!="",pod!=""}', ` + pods + `, ` + sum + `}`
	for _, test := range []struct {
		about, rule string
		always      bool
	}{
		{"(timestamps)", plain, true},
		{"(queries)", plain, true},
		{"metrics are listed even without series (discovery by configuration)", plain, true},
		{"values of a metric selector match literally, not as regular expressions (selectors)", plain, true},
		{"(NaN)", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>) / sum(y{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}`, false},
		{"(NaN)", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'histogram_quantile(0.9, sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>, le))'}`, false},
		{"matchers on zone remain", `{seriesQuery: 'x{namespace!="",pod!="",zone="a"}', ` + pods + `, ` + sum + `}`, false},
		{"no metric selector: a selector filters by labels", `{seriesQuery: 'x{namespace!="",pod!=""}', ` + pods + `, metricsQuery: 'sum(x) by (<<.GroupBy>>)'}`, false},
	} {
		t.Run(test.about, func(t *testing.T) {
			about := func(r *Report) (of []string) {
				for _, f := range r.Findings {
					if strings.HasPrefix(f.Message, "differs from prometheus-adapter: ") && strings.Contains(f.Message, test.about) {
						of = append(of, f.Rule)
					}
				}
				return of
			}
			want := []string{"rules[1]"}
			if test.always {
				want = []string{"rules[0]", "rules[1]"}
			}
			if got := about(check(t, "rules:\n- "+plain+"\n- "+test.rule+"\n")); !cmp.Equal(want, got) && !test.always || test.always && len(got) == 0 {
				t.Errorf("the difference is reported of %v, want %v", got, want)
			}
		})
	}
	own := check(t, `external: [{name: q, query: 'sum by (namespace) (q{namespace!=""})'}]`)
	if len(own.Findings) != 0 || own.Findings == nil {
		t.Errorf("a good rule of ours has the findings %v", own.Findings)
	}
	for _, f := range check(t, "rules: ["+plain+"]").Findings {
		if f.Rule != "rules[0]" || strings.Contains(f.Message, "are kept") {
			t.Errorf("the finding %q stands beside no rule, or does not concern it", f)
		}
	}
	usage := check(t, `resourceRules: {cpu: {containerLabel: c, containerQuery: 'sum(rate(x{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)', `+pods+`}}`)
	var of []string
	for _, f := range usage.Findings {
		if strings.HasPrefix(f.Message, "differs from") {
			of = append(of, f.Rule+" "+f.Message[strings.LastIndex(f.Message, "("):])
		}
	}
	if !cmp.Equal(of, []string{"resourceRules.cpu (timestamps)"}) {
		t.Errorf("a resource rule has the differences %v", of)
	}
}

// TestSelectorsThatRestrictAQueryWithoutNamespace: a template may write the labels of a selector itself.
func TestSelectorsThatRestrictAQueryWithoutNamespace(t *testing.T) {
	for _, test := range []struct{ name, query, want string }{
		{"nothing", `sum(lag)`, "as with namespaced: false, and no metric selector restricts it"},
		{
			"each label but the namespace", `sum(max_over_time(lag{<<range $l, $v := .LabelValuesByName>><<if ne $l "namespace">><<$l>>="<<$v>>",<<end>><<end>>}[30m])) by (region)`,
			"as with namespaced: false; a metric selector restricts it, because the template contains each label of <<.LabelValuesByName>>",
		},
		{"one label", `sum(lag{region="<<.LabelValuesByName.region>>"})`, "; only a metric selector on region restricts it"},
		{"one label by its text", `sum(lag{region=~"<<index .LabelValuesByName "region">>"})`, "; only a metric selector on region restricts it"},
		{"two labels", `sum(lag{<<range $l, $v := .LabelValuesByName>><<if eq $l "zone" "region">><<$l>>="<<$v>>",<<end>><<end>>})`, "; only a metric selector on region or zone restricts it"},
		{"all labels", `sum(lag{<<range $l, $v := .LabelValuesByName>><<$l>>="<<$v>>",<<end>>})`, ""},
		{"matchers", `sum(lag{<<.LabelMatchers>>})`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := check(t, "externalRules:\n- {seriesQuery: '{__name__=~\"^lag$\",region!=\"\"}', resources: {template: <<.Resource>>}, name: {as: lag}, metricsQuery: '"+test.query+"'}\n")
			all := strings.Join(findingsOf(r), "\n")
			if len(r.Metrics) != 1 || !strings.Contains(all, test.want) || test.want == "" && strings.Contains(all, "every namespace") {
				t.Errorf("the metrics are %v, and the findings\n%s\nwant one that says %q", r.Metrics, all, test.want)
			}
		})
	}
}

// TestNamesThatSeriesQueryFixes need no discovery, however they are written.
func TestNamesThatSeriesQueryFixes(t *testing.T) {
	for query, want := range map[string]string{
		`{__name__="a"}`: "a", `{__name__=~"a"}`: "a", `{__name__=~"^a$"}`: "a", `{__name__=~"a|b"}`: "a b", `{__name__=~"^(b|a)$"}`: "a b",
		`{__name__=~"a|b",__name__!="b"}`: "a", `{__name__=~"a.*"}`: "", `{__name__!="a"}`: "", `{__name__=~".+"}`: "",
	} {
		r := check(t, "externalRules: [{seriesQuery: '"+query+"', resources: {namespaced: false}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'}]")
		var names []string
		for _, m := range r.Metrics {
			names = append(names, m.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
}

func TestFindingsAreInNumericOrder(t *testing.T) {
	r := &Report{Findings: []rule.Finding{
		{Severity: rule.Info, Rule: "rules[2]", Message: "b"},
		{Severity: rule.Info, Rule: "rules[10]", Message: "a"},
		{Severity: rule.Error, Rule: "rules[3]", Message: "z"},
		{Severity: rule.Info, Rule: "rules[2]", Message: "a"},
		{Severity: rule.Warning, Rule: "externalRules[1]", Message: "a"},
		{Severity: rule.Info, Rule: "rules[2]", Message: "a"},
		{Severity: rule.Warning, Rule: "document 10: rules[1]", Message: "a"},
		{Severity: rule.Warning, Rule: "document 2: rules[10]", Message: "a"},
		{Severity: rule.Warning, Rule: "document 2: rules[9]", Message: "a"},
	}}
	r.Sort()
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.String())
	}
	want := []string{
		"error: rules[3]: z", "warning: document 2: rules[9]: a", "warning: document 2: rules[10]: a", "warning: document 10: rules[1]: a",
		"warning: externalRules[1]: a", "info: rules[2]: a", "info: rules[2]: b", "info: rules[10]: a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
