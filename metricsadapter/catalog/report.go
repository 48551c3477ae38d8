package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Report tells what became of each rule. It is never changed once made.
type Report struct {
	Sources []SourceReport `json:"sources"`
	Rules   []RuleReport   `json:"rules"`
	// Discoveries are the questions of rules that make metrics of the series that they find.
	Discoveries []DiscoveryReport `json:"discoveries"`
}

// DiscoveryReport tells of one such question.
type DiscoveryReport struct {
	Selector string `json:"selector"`
	// Found names of series.
	Found int `json:"found"`
	// Answered is when Prometheus last answered; left out where it never did.
	Answered *time.Time `json:"answered,omitempty"`
	// Problem says why it did not the last time; empty when it did. What was found before counts on.
	Problem string `json:"problem,omitempty"`
}

// SourceReport tells of one document, or of a source that gives none.
type SourceReport struct {
	Name string `json:"name"`
	// Loaded is when the rules that count were read; left out where none ever were.
	Loaded *time.Time `json:"loaded,omitempty"`
	// Problem says why the newest text is not what counts; empty when it is.
	Problem string `json:"problem,omitempty"`
}

// RuleReport tells of one rule.
type RuleReport struct {
	Source string `json:"source"`
	// Rule by its place in the document or its API, and its name.
	Rule    string `json:"rule"`
	InForce bool   `json:"inForce"`
	// Reason why it is not in force; empty when it is.
	Reason string `json:"reason,omitempty"`
	// What a rule that could be read is about.
	API      string   `json:"api,omitempty"`
	Name     string   `json:"name,omitempty"`
	Resource string   `json:"resource,omitempty"`
	Queries  []string `json:"queries,omitempty"`
	MaxAge   string   `json:"maxAge,omitempty"`
}

// describe reports on all documents, against the set that is in force.
func (c *Catalog) describe(set *rule.Set) *Report {
	r := &Report{Sources: []SourceReport{}, Rules: []RuleReport{}, Discoveries: slices.Clone(c.discoveries)}
	for _, s := range c.sources {
		if s.failed != "" && len(s.documents) == 0 {
			r.Sources = append(r.Sources, SourceReport{Name: s.Name(), Problem: s.failed})
		}
		for _, k := range s.documents {
			of := SourceReport{Name: k.name, Problem: cmp.Or(s.failed, k.parseError)}
			if at := k.loadedAt; !at.IsZero() {
				of.Loaded = &at
			}
			r.Sources = append(r.Sources, of)
			r.addRules(k, set)
		}
	}
	return r
}

func (r *Report) addRules(k *documentState, in *rule.Set) {
	for _, own := range k.set.Custom {
		resource := own.Object.Resource.String()
		r.add(k, "custom", own.Name, resource, slices.Contains(in.CustomRules(own.Object.Resource, own.Name), own), &own.MetricQuery)
	}
	for _, own := range k.set.External {
		r.add(k, "external", own.Name, "", slices.Contains(in.ExternalRules(own.Name), own), &own.MetricQuery)
	}
	for _, own := range k.set.Resources {
		if own.Containers == nil && own.Nodes == nil {
			continue // its problems are reported below
		}
		held := in.FindResource(own.Name)
		serves := held != nil && (own.Containers != nil && held.Containers == own.Containers || own.Nodes != nil && held.Nodes == own.Nodes)
		r.add(k, "resource", own.Name, "", serves, own.Containers, own.Nodes)
	}
	for _, p := range k.problems {
		r.Rules = append(r.Rules, RuleReport{Source: k.name, Rule: p.Rule, Reason: p.Reason})
	}
}

func (r *Report) add(k *documentState, api, name, resource string, inForce bool, queries ...*rule.MetricQuery) {
	of := RuleReport{Source: k.name, Rule: api + " " + name, API: api, Name: name, Resource: resource, InForce: inForce}
	if !inForce {
		of.Reason = fmt.Sprintf("a rule of %s gives this metric already: the first one stays in force", r.holder(api, name, resource))
	}
	for _, q := range queries {
		if q != nil {
			of.Queries = append(of.Queries, q.Expr.String())
			of.MaxAge = q.MaxAge.String()
		}
	}
	r.Rules = append(r.Rules, of)
}

// log tells what is wrong and was not wrong before: each problem once, however often the rules are looked at.
func (r *Report) log(logger klog.Logger, before *Report) {
	if before == nil {
		before = &Report{}
	}
	for _, s := range r.Sources {
		told := slices.ContainsFunc(before.Sources, func(b SourceReport) bool { return b.Name == s.Name && b.Problem == s.Problem })
		if s.Problem != "" && !told {
			logger.Error(nil, "Rules are not taken over; the last good ones of this source stay in force",
				"source", s.Name, "reason", s.Problem, "lastGood", formatTime(s.Loaded))
		}
	}
	for _, d := range r.Discoveries {
		told := slices.ContainsFunc(before.Discoveries, func(b DiscoveryReport) bool { return b.Selector == d.Selector && b.Problem == d.Problem })
		if d.Problem != "" && !told {
			logger.Error(nil, "Prometheus did not tell which series there are; what it told before counts on",
				"selector", d.Selector, "reason", d.Problem, "lastAnswer", formatTime(d.Answered))
		}
	}
	for _, of := range r.Rules {
		if of.InForce {
			continue
		}
		told := slices.ContainsFunc(before.Rules, func(b RuleReport) bool {
			return b.Source == of.Source && b.Rule == of.Rule && b.Reason == of.Reason
		})
		if !told {
			logger.Error(nil, "A rule is not in force", "source", of.Source, "rule", of.Rule, "reason", of.Reason)
		}
	}
	if in := r.inForce(); len(r.Rules) != len(before.Rules) || in != before.inForce() {
		logger.Info("Rules are in force", "rules", in, "outOfForce", len(r.Rules)-in)
	}
}

// formatTime is a time for the log.
func formatTime(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.RFC3339)
}

// inForce counts the rules in force.
func (r *Report) inForce() int {
	in := 0
	for i := range r.Rules {
		if r.Rules[i].InForce {
			in++
		}
	}
	return in
}

// holder finds the document whose rule gives a metric.
func (r *Report) holder(api, name, resource string) string {
	for _, known := range r.Rules {
		if known.InForce && known.API == api && known.Name == name && known.Resource == resource {
			return known.Source
		}
	}
	return "another document"
}

// ServeHTTP answers with the report. It tells queries and where rules are kept, and no value of any metric.
func (c *Catalog) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	text, err := json.MarshalIndent(c.Report(), "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // the caller has gone if it fails
}
