package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/rule"
)

// linter checks one metric.
type linter struct {
	Metric
	interval time.Duration
	findings []rule.Finding
}

func (l *linter) addFinding(severity rule.Severity, format string, args ...any) {
	l.findings = append(l.findings, rule.Finding{Severity: severity, Rule: l.Grouped.Rule, Message: l.title() + ": " + fmt.Sprintf(format, args...)})
}

func (l *linter) title() string {
	if l.Resource == "" {
		return l.Name
	}
	return l.Resource + "/" + l.Name
}

func (l *linter) lint() {
	for _, read := range l.Grouped.Expr.Selectors() {
		l.window(read)
		l.counter(read)
		l.rate(read)
		l.namespace(read)
	}
	l.answer()
	l.compareWithAdapter()
	if functions := l.Grouped.Expr.Experimental(); len(functions) > 0 {
		l.addFinding(rule.Warning, "experimental in PromQL: %s; Prometheus rejected the query unless it runs with --enable-feature=promql-experimental-functions",
			strings.Join(functions, ", "))
	}
	if l.Grouped.Expr.Divides() {
		l.addFinding(rule.Warning, "it divides by series: 0/0 is NaN and 1/0 is infinite; Flyball treats both as unknown, never as 0; "+
			"filter the divisor, for example with ... > 0")
	}
}

// window compares ranges with the scrape interval: a rate requires two samples, and one may be late.
func (l *linter) window(read expr.Selector) {
	if read.Range == 0 || !read.Through("rate", "irate", "increase", "delta", "idelta", "deriv") {
		return
	}
	switch scrapes := float64(read.Range) / float64(l.interval); {
	case scrapes < 2:
		l.addFinding(rule.Warning, "the range %s of %s is less than two scrape intervals of %s: it often has too few samples for a value; "+
			"make it %s", promDuration(read.Range), read.Text, promDuration(l.interval), promDuration(4*l.interval))
	case scrapes < 4:
		l.addFinding(rule.Info, "the range %s of %s is less than four scrape intervals of %s: one failed or late scrape leaves no value; %s is safer",
			promDuration(read.Range), read.Text, promDuration(l.interval), promDuration(4*l.interval))
	}
}

// promDuration formats a duration in PromQL's form.
func promDuration(d time.Duration) string {
	s := d.String()
	s = strings.TrimSuffix(s, "0s")
	if s == "" || s[len(s)-1] >= '0' && s[len(s)-1] <= '9' {
		return d.String()
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// counterFunctions are functions that are valid on a counter.
var counterFunctions = []string{"rate", "irate", "increase", "resets", "changes", "deriv", "delta", "idelta", "count", "group", "absent", "timestamp"}

// counter finds counters that are read without rate(): they only increase until a restart.
func (l *linter) counter(read expr.Selector) {
	if strings.HasSuffix(read.Metric, "_total") && !read.Through(counterFunctions...) {
		l.addFinding(rule.Warning, "%s is a counter by its name, and is read without rate(): it only increases until a process restarts", read.Metric)
	}
}

func (l *linter) rate(read expr.Selector) {
	if read.Through("irate") {
		l.addFinding(rule.Info, "irate() uses only the last two samples of its range and changes with each scrape: rate() is steadier for scaling")
	}
	if i := slices.Index(read.Functions, "sum"); i >= 0 && slices.ContainsFunc(read.Functions[i:], func(f string) bool {
		return f == "rate" || f == "irate" || f == "increase"
	}) {
		l.addFinding(rule.Warning, "it computes the rate of a sum: when one process restarts, the sum drops like a restart of all processes; "+
			"use the sum of rates, sum(rate(...))")
	}
	if read.Through("timestamp") {
		l.addFinding(rule.Info, "its value is the result of timestamp(); sample ages are determined without it")
	}
}

// namespace finds selectors that read all namespaces for a metric of one namespace.
func (l *linter) namespace(read expr.Selector) {
	label := l.Grouped.Labels.Namespace
	if label == "" || slices.Contains(read.MatchedLabels, label) {
		return
	}
	if a := l.Grouped.AdapterOrigin; a != nil && a.Discovers {
		l.addFinding(rule.Warning, "%s has no <<.LabelMatchers>>, so that every request reads the series of all namespaces", read.Text)
		return
	}
	l.addFinding(rule.Info, `%s has no matcher on the label %s: series without it are read and then dropped; add %s!=""`, read.Text, label, label)
}

// answer checks the labels of the result.
func (l *linter) answer() {
	g := l.Grouped
	further := slices.DeleteFunc(slices.Clone(g.Result.Labels), func(label string) bool {
		return label == g.Labels.Namespace || label == g.Labels.Object || label == g.Labels.Container
	})
	if g.NoValueReason != "" {
		l.addFinding(rule.Warning, "no object can have a value: %s", g.NoValueReason)
		return
	}
	switch {
	case l.API == "external":
	case !g.Result.LabelsKnown:
		l.addFinding(rule.Warning, "the query is not aggregated by %s: an object with several series has several values, of which "+
			"prometheus-adapter uses any and Flyball none", strings.Join(named(g), " and "))
	case len(further) > 0 && g.Result.Aggregation == expr.NoAggregation:
		l.addFinding(rule.Warning, "the query also groups by %s, so that an object has several values, of which prometheus-adapter uses any and Flyball none",
			strings.Join(further, ", "))
	case len(further) > 0 && g.Scope != rule.ClusterScope:
		l.addFinding(rule.Info, "the query also groups by %s; the values of an object are aggregated as without it", strings.Join(further, ", "))
	}
	switch g.Scope {
	case rule.NamespaceScope:
		l.addFinding(rule.Info, "one query cannot serve all namespaces, so each namespace that is read has its own query: group by <<.GroupBy>> to share one")
	case rule.ObjectScope:
		l.addFinding(rule.Warning, "one query cannot serve all objects, so each object that is read has its own query: "+
			"use <<.LabelMatchers>> and group by <<.GroupBy>> to share one")
	}
}

func named(g *rule.MetricQuery) []string {
	if g.Labels.Namespace == "" {
		return []string{g.Labels.Object}
	}
	return []string{g.Labels.Namespace, g.Labels.Object}
}
