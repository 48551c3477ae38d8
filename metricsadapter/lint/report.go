package lint

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Report lists the metrics of rules, and the findings about them.
type Report struct {
	Metrics  []Metric       `json:"metrics"`
	Findings []rule.Finding `json:"findings"`
}

// Metric is one metric of an API, as the API lists it.
type Metric struct {
	// API is custom, external or resource.
	API  string `json:"api"`
	Name string `json:"name"`
	// Resource that the metric describes, such as pods or jobs.batch; empty for an external one.
	Resource string `json:"resource"`
	// Namespaced reports whether it is read in a namespace, and limited to that namespace.
	Namespaced bool `json:"namespaced"`
	// Query of all objects; with placeholders such as <namespace> where each object has a separate query.
	Query string `json:"query"`

	// Grouped is the query with its labels.
	Grouped *rule.MetricQuery `json:"-"`
}

// Options of a check. Zero values stand for the defaults.
type Options struct {
	// ScrapeInterval of the series. Default 30s.
	ScrapeInterval time.Duration
}

// Check makes the report of a file that was loaded and resolved; problems are those of both.
func Check(loaded *rule.Loaded, set *rule.Set, problems []rule.Problem, o Options) *Report {
	o.ScrapeInterval = cmp.Or(o.ScrapeInterval, 30*time.Second)
	r := &Report{Metrics: Metrics(set), Findings: []rule.Finding{}}
	for _, p := range problems {
		r.Findings = append(r.Findings, rule.Finding{Severity: rule.Error, Rule: p.Rule, Message: p.Reason})
	}
	r.Findings = append(r.Findings, loaded.Findings...)
	r.Findings = append(r.Findings, set.Findings...)
	r.Findings = append(r.Findings, findSingleResources(set)...)
	r.Findings = append(r.Findings, findUpperCaseNames(set)...)
	for _, m := range r.Metrics {
		l := linter{Metric: m, interval: o.ScrapeInterval}
		l.lint()
		r.Findings = append(r.Findings, l.findings...)
	}
	r.Sort()
	return r
}

// Failed reports whether a finding is an error.
func (r *Report) Failed() bool {
	return slices.ContainsFunc(r.Findings, func(f rule.Finding) bool { return f.Severity == rule.Error })
}

// Sort orders the findings by severity, then by the rule's place, and removes duplicates.
func (r *Report) Sort() {
	order := map[rule.Severity]int{rule.Error: 0, rule.Warning: 1, rule.Info: 2}
	slices.SortStableFunc(r.Findings, func(a, b rule.Finding) int {
		return cmp.Or(cmp.Compare(order[a.Severity], order[b.Severity]), naturalOrder(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	r.Findings = slices.Compact(r.Findings)
}

// naturalOrder compares places so that rules[2] comes before rules[10], and document 2 before document 10.
func naturalOrder(a, b string) int {
	for a != "" && b != "" {
		numberA, restA := number(a)
		numberB, restB := number(b)
		if numberA != "" && numberB != "" {
			if order := cmp.Or(cmp.Compare(len(numberA), len(numberB)), strings.Compare(numberA, numberB)); order != 0 {
				return order
			}
			a, b = restA, restB
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// number cuts the digits off the start of a text.
func number(text string) (digits, rest string) {
	rest = strings.TrimLeft(text, "0123456789")
	return text[:len(text)-len(rest)], rest
}

// Metrics lists what a set gives, by API, resource and name.
func Metrics(set *rule.Set) []Metric {
	all := []Metric{}
	add := func(api, name, resource string, namespaced bool, g *rule.MetricQuery) {
		all = append(all, Metric{API: api, Name: name, Resource: resource, Namespaced: namespaced, Query: g.Expr.String(), Grouped: g})
	}
	for _, r := range set.Custom {
		add("custom", r.Name, r.Object.Resource.String(), r.Object.Namespaced, &r.MetricQuery)
	}
	for _, r := range set.External {
		add("external", r.Name, "", r.Namespaced, &r.MetricQuery)
	}
	for _, r := range set.Resources {
		if r.Containers != nil {
			add("resource", r.Name, rule.Pods.Resource.String(), true, r.Containers)
		}
		if r.Nodes != nil {
			add("resource", r.Name, rule.Nodes.Resource.String(), false, r.Nodes)
		}
	}
	slices.SortStableFunc(all, func(a, b Metric) int {
		return cmp.Or(strings.Compare(a.API, b.API), strings.Compare(a.Resource, b.Resource), strings.Compare(a.Name, b.Name))
	})
	return all
}
