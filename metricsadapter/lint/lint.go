package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/rule"
)

// linter looks at one metric.
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
		l.addFinding(rule.Warning, "experimental in PromQL: %s; Prometheus refuses the query unless it runs with --enable-feature=promql-experimental-functions",
			strings.Join(functions, ", "))
	}
	if l.Grouped.Expr.Divides() {
		l.addFinding(rule.Warning, "it divides by series: 0/0 is NaN and 1/0 is infinite, which are unknown here and never 0; "+
			"make sure that the divisor is there, for example with ... > 0")
	}
}

// window holds ranges against the time between two samples: a rate needs two samples, and one may be late.
func (l *linter) window(read expr.Selector) {
	if read.Range == 0 || !read.Through("rate", "irate", "increase", "delta", "idelta", "deriv") {
		return
	}
	switch scrapes := float64(read.Range) / float64(l.interval); {
	case scrapes < 2:
		l.addFinding(rule.Warning, "the range %s of %s is less than two scrape intervals of %s: it often holds too few samples for any value; "+
			"make it %s", promDuration(read.Range), read.Text, promDuration(l.interval), promDuration(4*l.interval))
	case scrapes < 4:
		l.addFinding(rule.Info, "the range %s of %s is less than four scrape intervals of %s: one scrape that fails or is late leaves no value; %s is safer",
			promDuration(read.Range), read.Text, promDuration(l.interval), promDuration(4*l.interval))
	}
}

// promDuration is a duration as PromQL has it.
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

// counterFunctions are the functions that make something of a counter.
var counterFunctions = []string{"rate", "irate", "increase", "resets", "changes", "deriv", "delta", "idelta", "count", "group", "absent", "timestamp"}

// counter finds counters that are taken as they are: they only grow, until a restart.
func (l *linter) counter(read expr.Selector) {
	if strings.HasSuffix(read.Metric, "_total") && !read.Through(counterFunctions...) {
		l.addFinding(rule.Warning, "%s is a counter by its name, and is read without rate(): it only grows, and falls when a process restarts", read.Metric)
	}
}

func (l *linter) rate(read expr.Selector) {
	if read.Through("irate") {
		l.addFinding(rule.Info, "irate() looks at the last two samples of its range only, so that it jumps with each scrape: rate() is steadier for scaling")
	}
	if i := slices.Index(read.Functions, "sum"); i >= 0 && slices.ContainsFunc(read.Functions[i:], func(f string) bool {
		return f == "rate" || f == "irate" || f == "increase"
	}) {
		l.addFinding(rule.Warning, "it takes the rate of a sum: when one process restarts, the sum falls and looks like a restart of all; "+
			"sum the rates instead, sum(rate(...))")
	}
	if read.Through("timestamp") {
		l.addFinding(rule.Info, "its value is a time, which timestamp() gives; the age of samples is told without it")
	}
}

// namespace finds series that are read of every namespace, though the metric tells of one.
func (l *linter) namespace(read expr.Selector) {
	label := l.Grouped.Labels.Namespace
	if label == "" || slices.Contains(read.MatchedLabels, label) {
		return
	}
	if a := l.Grouped.AdapterOrigin; a != nil && a.Discovers {
		l.addFinding(rule.Warning, "%s has no <<.LabelMatchers>>, so that series of every namespace are read, whoever asks", read.Text)
		return
	}
	l.addFinding(rule.Info, `%s has no matcher on the label %s: series without it are read for nothing; add %s!=""`, read.Text, label, label)
}

// answer looks at the labels of the answer.
func (l *linter) answer() {
	g := l.Grouped
	further := slices.DeleteFunc(slices.Clone(g.Result.Labels), func(label string) bool {
		return label == g.Labels.Namespace || label == g.Labels.Object || label == g.Labels.Container
	})
	if g.NoValueReason != "" {
		l.addFinding(rule.Warning, "no object ever has a value: %s", g.NoValueReason)
		return
	}
	switch {
	case l.API == "external":
	case !g.Result.LabelsKnown:
		l.addFinding(rule.Warning, "the query is not aggregated by %s: an object that has several series has several values, of which "+
			"prometheus-adapter takes any and Flyball none", strings.Join(named(g), " and "))
	case len(further) > 0 && g.Result.Aggregation == expr.NoAggregation:
		l.addFinding(rule.Warning, "the query groups by %s as well, so that an object has several values, of which prometheus-adapter takes any and Flyball none",
			strings.Join(further, ", "))
	case len(further) > 0 && g.Scope != rule.ClusterScope:
		l.addFinding(rule.Info, "the query groups by %s as well; the values of an object are merged, as without that", strings.Join(further, ", "))
	}
	switch g.Scope {
	case rule.NamespaceScope:
		l.addFinding(rule.Info, "one query cannot speak for all namespaces, so it is asked for each that is read: group by <<.GroupBy>> to share one query")
	case rule.ObjectScope:
		l.addFinding(rule.Warning, "one query cannot speak for all objects, so it is asked for each object that is read: "+
			"use <<.LabelMatchers>> and group by <<.GroupBy>> to share one query")
	}
}

func named(g *rule.MetricQuery) []string {
	if g.Labels.Namespace == "" {
		return []string{g.Labels.Object}
	}
	return []string{g.Labels.Namespace, g.Labels.Object}
}
