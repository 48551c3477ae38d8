package source

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// ViaDirect and ViaAPI are the ways in, as a Reading names them.
const (
	ViaDirect = "direct"
	ViaAPI    = "api"
)

// Answers gives the newest answer of each query, by the same index; a [*store.Store] does.
type Answers interface {
	Read(ctx context.Context, wants []plan.Want) []store.Answer
}

// Rules gives the rules in force; they change when their files do. A [*rule.Set] is rules that never change.
type Rules interface {
	Rules() *rule.Set
}

// Direct reads through the planner and the store of this process. It is safe for concurrent use.
type Direct struct {
	rules   Rules
	answers Answers
	// namespaceLabel is enforced on queries written in specs; empty for none.
	namespaceLabel string
	last           atomic.Pointer[planner]
}

// NewDirect makes a direct source. Queries written in specs may read only series whose namespaceLabel is the namespace of
// the autoscaler; an empty namespaceLabel lets them read all.
func NewDirect(rules Rules, answers Answers, namespaceLabel string) *Direct {
	return &Direct{rules: rules, answers: answers, namespaceLabel: namespaceLabel}
}

// Serves says whether the metric has a rule, or is a query itself.
func (d *Direct) Serves(m *engine.Metric) bool {
	if m.Type == engine.Prometheus {
		return true
	}
	g := grouped(d.rules.Rules(), m)
	// A query for each pod is better asked by the adapter, which knows what others ask.
	return g != nil && !(g.Scope == rule.EachObject && m.Type == engine.Pods)
}

// planner plans by one set of rules, and remembers the plans: they are worth nothing under another one.
type planner struct {
	rules          *rule.Set
	namespaceLabel string
	known          plans
}

// planner gives that of the rules in force.
func (d *Direct) planner() *planner {
	rules := d.rules.Rules()
	last := d.last.Load()
	if last == nil || last.rules != rules {
		last = &planner{rules: rules, namespaceLabel: d.namespaceLabel}
		d.last.Store(last)
	}
	return last
}

// grouped gives the rule's query for a metric; nil for none.
func grouped(rules *rule.Set, m *engine.Metric) *rule.Grouped {
	switch m.Type {
	case engine.Resource, engine.ContainerResource:
		if r := rules.FindResource(m.Name); r != nil {
			return r.Containers
		}
	case engine.Pods:
		if r := rules.FindCustom(rule.Pods.Resource, m.Name); r != nil {
			return &r.Grouped
		}
	case engine.Object:
		if r := object(rules, m); r != nil {
			return &r.Grouped
		}
	case engine.External:
		if r := rules.FindExternal(m.Name); r != nil {
			return &r.Grouped
		}
	}
	return nil
}

func object(rules *rule.Set, m *engine.Metric) *rule.Custom {
	kind := schema.FromAPIVersionAndKind(m.Object.APIVersion, m.Object.Kind).GroupKind()
	return rules.FindCustomOfKind(kind, m.Name)
}

// Read implements [Source].
func (d *Direct) Read(ctx context.Context, requests []Request, now time.Time) []engine.Reading {
	planner := d.planner()
	var batch plan.Batch
	planned := make([]*planned, len(requests))
	place := make([]int, len(requests))
	for i := range requests {
		planned[i] = planner.plan(&requests[i])
		if planned[i].problem == "" {
			place[i] = batch.Add(planned[i].query, requests[i].Namespace)
		}
	}
	answers := d.answers.Read(ctx, batch.Wants)

	readings := make([]engine.Reading, len(requests))
	for i := range requests {
		if planned[i].problem != "" {
			readings[i] = unknown(planned[i].problem)
		} else {
			readings[i] = reading(&requests[i], planned[i], answers[place[i]].In(requests[i].Namespace), now)
		}
		readings[i].Via = ViaDirect
	}
	return readings
}

// planned is what a request needs to have asked, or why it cannot be.
type planned struct {
	query   plan.Query
	filter  plan.Filter
	grouped *rule.Grouped
	// object is what an Object metric describes.
	object rule.Object
	maxAge time.Duration
	// window is the longest range in the query.
	window  time.Duration
	problem string
}

// plan plans one request. The spec's own queries come compiled. Other plans are kept: parsing a query costs more than all the rest of a request.
func (p *planner) plan(r *Request) *planned {
	if c := &r.Metric.Compiled; c.Text != "" && c.NamespaceLabel == p.namespaceLabel {
		maxAge := cmp.Or(r.Metric.MaxAge, rule.DefaultMaxAge)
		return &planned{query: plan.Compiled(c.Text, c.Instant, r.Namespace, maxAge), maxAge: maxAge, window: c.Window}
	}
	q := question{metric: *r.Metric}
	if g := grouped(p.rules, r.Metric); r.Metric.Type == engine.Prometheus || g != nil && g.Scope != rule.Whole {
		q.namespace = r.Namespace
	}
	return p.known.get(q, p.planNew)
}

func (p *planner) planNew(q question) *planned {
	m := &q.metric
	if m.Type == engine.Prometheus {
		maxAge := cmp.Or(m.MaxAge, rule.DefaultMaxAge)
		query, err := plan.Inline(m.Query, p.namespaceLabel, q.namespace, maxAge)
		made := &planned{query: query, maxAge: maxAge, problem: problem(err)}
		if parsed, err := expr.Parse(m.Query); err == nil {
			made.window = parsed.Window()
		}
		return made
	}
	g := grouped(p.rules, m)
	if g == nil {
		return &planned{problem: "no rule gives the metric " + m.Name}
	}
	selector, err := plan.ParseSelector(m.Selector)
	if err != nil {
		return &planned{problem: problem(err)}
	}
	made := &planned{grouped: g, maxAge: g.MaxAge, window: g.Window}
	if m.Type == engine.Object {
		made.object = object(p.rules, m).Object
	}
	if m.MaxAge > 0 {
		made.maxAge = min(made.maxAge, m.MaxAge)
	}
	made.query, made.filter, err = plan.ForRule(g, selector, plan.Place{Namespace: q.namespace, Object: m.Object.Name})
	made.problem = problem(err)
	return made
}

func problem(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func unknown(problem string) engine.Reading { return engine.Reading{Problem: problem} }
