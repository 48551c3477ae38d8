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

func (l *linter) find(severity rule.Severity, format string, args ...any) {
	l.findings = append(l.findings, rule.Finding{Severity: severity, Rule: l.Grouped.Rule, Message: l.title() + ": " + fmt.Sprintf(format, args...)})
}

func (l *linter) title() string {
	if l.Resource == "" {
		return l.Name
	}
	return l.Resource + "/" + l.Name
}

func (l *linter) lint() {
	for _, read := range l.Grouped.Expr.Reads() {
		l.window(read)
		l.counter(read)
		l.rate(read)
		l.namespace(read)
	}
	l.answer()
	l.differ()
	if functions := l.Grouped.Expr.Experimental(); len(functions) > 0 {
		l.find(rule.Warning, "experimental in PromQL: %s; Prometheus refuses the query unless it runs with --enable-feature=promql-experimental-functions",
			strings.Join(functions, ", "))
	}
	if l.Grouped.Expr.Divides() {
		l.find(rule.Warning, "it divides by series: 0/0 is NaN and 1/0 is infinite, which are unknown here and never 0; "+
			"make sure that the divisor is there, for example with ... > 0")
	}
}

// window holds ranges against the time between two samples: a rate needs two samples, and one may be late.
func (l *linter) window(read expr.Read) {
	if read.Range == 0 || !read.Through("rate", "irate", "increase", "delta", "idelta", "deriv") {
		return
	}
	switch scrapes := float64(read.Range) / float64(l.interval); {
	case scrapes < 2:
		l.find(rule.Warning, "the range %s of %s is less than two scrape intervals of %s: it often holds too few samples for any value; "+
			"make it %s", text(read.Range), read.Selector, text(l.interval), text(4*l.interval))
	case scrapes < 4:
		l.find(rule.Info, "the range %s of %s is less than four scrape intervals of %s: one scrape that fails or is late leaves no value; %s is safer",
			text(read.Range), read.Selector, text(l.interval), text(4*l.interval))
	}
}

// text is a duration as PromQL has it.
func text(d time.Duration) string {
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

// counting are the functions that make something of a counter.
var counting = []string{"rate", "irate", "increase", "resets", "changes", "deriv", "delta", "idelta", "count", "group", "absent", "timestamp"}

// counter finds counters that are taken as they are: they only grow, until a restart.
func (l *linter) counter(read expr.Read) {
	if strings.HasSuffix(read.Metric, "_total") && !read.Through(counting...) {
		l.find(rule.Warning, "%s is a counter by its name, and is read without rate(): it only grows, and falls when a process restarts", read.Metric)
	}
}

func (l *linter) rate(read expr.Read) {
	if read.Through("irate") {
		l.find(rule.Info, "irate() looks at the last two samples of its range only, so that it jumps with each scrape: rate() is steadier for scaling")
	}
	if i := slices.Index(read.Functions, "sum"); i >= 0 && slices.ContainsFunc(read.Functions[i:], func(f string) bool {
		return f == "rate" || f == "irate" || f == "increase"
	}) {
		l.find(rule.Warning, "it takes the rate of a sum: when one process restarts, the sum falls and looks like a restart of all; "+
			"sum the rates instead, sum(rate(...))")
	}
	if read.Through("timestamp") {
		l.find(rule.Info, "its value is a time, which timestamp() gives; the age of samples is told without it")
	}
}

// namespace finds series that are read of every namespace, though the metric tells of one.
func (l *linter) namespace(read expr.Read) {
	label := l.Grouped.Labels.Namespace
	if label == "" || slices.Contains(read.On, label) {
		return
	}
	if a := l.Grouped.Adapted; a != nil && a.Discovers {
		l.find(rule.Warning, "%s has no <<.LabelMatchers>>, so that series of every namespace are read, whoever asks", read.Selector)
		return
	}
	l.find(rule.Info, `%s has no matcher on the label %s: series without it are read for nothing; add %s!=""`, read.Selector, label, label)
}

// answer looks at the labels of the answer.
func (l *linter) answer() {
	g := l.Grouped
	further := slices.DeleteFunc(slices.Clone(g.Shape.Labels), func(label string) bool {
		return label == g.Labels.Namespace || label == g.Labels.Object || label == g.Labels.Container
	})
	if g.Mute != "" {
		l.find(rule.Warning, "no object ever has a value: %s", g.Mute)
		return
	}
	switch {
	case l.API == "external":
	case !g.Shape.Known:
		l.find(rule.Warning, "the query is not aggregated by %s: an object that has several series has several values, of which "+
			"prometheus-adapter takes any and Flyball none", strings.Join(named(g), " and "))
	case len(further) > 0 && g.Shape.Fold == expr.NoFold:
		l.find(rule.Warning, "the query groups by %s as well, so that an object has several values, of which prometheus-adapter takes any and Flyball none",
			strings.Join(further, ", "))
	case len(further) > 0 && g.Scope != rule.Whole:
		l.find(rule.Info, "the query groups by %s as well; the values of an object are merged, as without that", strings.Join(further, ", "))
	}
	switch g.Scope {
	case rule.EachNamespace:
		l.find(rule.Info, "one query cannot speak for all namespaces, so it is asked for each that is read: group by <<.GroupBy>> to share one query")
	case rule.EachObject:
		l.find(rule.Warning, "one query cannot speak for all objects, so it is asked for each object that is read: "+
			"use <<.LabelMatchers>> and group by <<.GroupBy>> to share one query")
	}
}

func named(g *rule.Grouped) []string {
	if g.Labels.Namespace == "" {
		return []string{g.Labels.Object}
	}
	return []string{g.Labels.Namespace, g.Labels.Object}
}
