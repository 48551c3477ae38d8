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

// Report is the state of each rule. It is immutable.
type Report struct {
	Sources []SourceReport `json:"sources"`
	Rules   []RuleReport   `json:"rules"`
	// Discoveries are the queries of discovery rules.
	Discoveries []DiscoveryReport `json:"discoveries"`
}

// DiscoveryReport is the state of one discovery query.
type DiscoveryReport struct {
	Selector string `json:"selector"`
	// Found is the number of series names.
	Found int `json:"found"`
	// Answered is the time of the last success; omitted if none.
	Answered *time.Time `json:"answered,omitempty"`
	// Problem is the reason why the last query failed; empty when it succeeded. Earlier results stay in use.
	Problem string `json:"problem,omitempty"`
}

// SourceReport is the state of one document, or of a source without documents.
type SourceReport struct {
	Name string `json:"name"`
	// Loaded is when the rules in force were read; omitted if none.
	Loaded *time.Time `json:"loaded,omitempty"`
	// Problem is the reason why the newest text is not in force; empty when it is.
	Problem string `json:"problem,omitempty"`
}

// RuleReport is the state of one rule.
type RuleReport struct {
	Source string `json:"source"`
	// Rule by its place in the document or its API, and its name.
	Rule    string `json:"rule"`
	InForce bool   `json:"inForce"`
	// Reason why it is not in force; empty when it is.
	Reason string `json:"reason,omitempty"`
	// Details of a valid rule.
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
			if loaded := k.loadedAt; !loaded.IsZero() {
				of.Loaded = &loaded
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
		of.Reason = fmt.Sprintf("a rule of %s already provides this metric: the first one stays in force", r.holder(api, name, resource))
	}
	for _, q := range queries {
		if q != nil {
			of.Queries = append(of.Queries, q.Expr.String())
			of.MaxAge = q.MaxAge.String()
		}
	}
	r.Rules = append(r.Rules, of)
}

// log logs problems that are new since before, so that each is logged once.
func (r *Report) log(logger klog.Logger, before *Report) {
	if before == nil {
		before = &Report{}
	}
	for _, s := range r.Sources {
		logged := slices.ContainsFunc(before.Sources, func(b SourceReport) bool { return b.Name == s.Name && b.Problem == s.Problem })
		if s.Problem != "" && !logged {
			logger.Error(nil, "Rules were not reloaded; the last valid rules of this source stay in force",
				"source", s.Name, "reason", s.Problem, "lastGood", formatTime(s.Loaded))
		}
	}
	for _, d := range r.Discoveries {
		logged := slices.ContainsFunc(before.Discoveries, func(b DiscoveryReport) bool { return b.Selector == d.Selector && b.Problem == d.Problem })
		if d.Problem != "" && !logged {
			logger.Error(nil, "Discovery query failed; earlier results stay in use",
				"selector", d.Selector, "reason", d.Problem, "lastAnswer", formatTime(d.Answered))
		}
	}
	for _, of := range r.Rules {
		if of.InForce {
			continue
		}
		logged := slices.ContainsFunc(before.Rules, func(b RuleReport) bool {
			return b.Source == of.Source && b.Rule == of.Rule && b.Reason == of.Reason
		})
		if !logged {
			logger.Error(nil, "Rule is not in force", "source", of.Source, "rule", of.Rule, "reason", of.Reason)
		}
	}
	if in := r.inForce(); len(r.Rules) != len(before.Rules) || in != before.inForce() {
		logger.Info("Loaded rules", "rules", in, "outOfForce", len(r.Rules)-in)
	}
}

// formatTime formats a time for the log.
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

// holder returns the document whose rule provides a metric.
func (r *Report) holder(api, name, resource string) string {
	for _, known := range r.Rules {
		if known.InForce && known.API == api && known.Name == name && known.Resource == resource {
			return known.Source
		}
	}
	return "another document"
}

// ServeHTTP responds with the report. It contains queries and the locations of rules, and no metric values.
func (c *Catalog) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	text, err := json.MarshalIndent(c.Report(), "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // fails only if the client has disconnected
}
