package source

import (
	"cmp"
	"context"
	"strings"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/tenancy"
	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// ViaDirect and ViaAPI are the values of Reading.Via.
const (
	ViaDirect = "direct"
	ViaAPI    = "api"
)

// Answers returns the newest answer of each query, by the same index. A [*store.Store] implements it.
type Answers interface {
	Read(ctx context.Context, wants []plan.Request) []store.Answer
	// Peek returns the newest answer to a query, empty without one. It does not wait, and is no read.
	Peek(query plan.Query) store.Answer
}

// Rules returns the rules in force, which change with their files. A [*rule.Set] implements it with rules that never change.
type Rules interface {
	Rules() *rule.Set
}

// Direct reads Prometheus through the planner and the store of this process. It is safe for concurrent use.
type Direct struct {
	rules   Rules
	answers Answers
	// namespaceLabel is enforced on queries written in specs; empty for none.
	namespaceLabel string
	// namespaces are what the operator allows each namespace; nil for everything.
	namespaces atomic.Pointer[tenancy.Rules]
	last       atomic.Pointer[planner]
	// refreshed is called with each query that has a new answer; nil for nothing.
	refreshed atomic.Pointer[func(QueryID)]
}

// NewDirect returns a Direct. Queries in specs may read only series whose namespaceLabel is the namespace of the autoscaler; with
// an empty namespaceLabel, all series.
func NewDirect(rules Rules, answers Answers, namespaceLabel string) *Direct {
	return &Direct{rules: rules, answers: answers, namespaceLabel: namespaceLabel}
}

// Limit sets what the operator allows each namespace.
func (d *Direct) Limit(namespaces *tenancy.Rules) { d.namespaces.Store(namespaces) }

// Serves reports whether the metric of a request is a query, or has a rule in its namespace.
func (d *Direct) Serves(r *Request) bool {
	if r.Metric.Type == engine.Prometheus {
		return true
	}
	g, _ := ruleOf(d.rules.Rules(), r)
	// The adapter runs queries per pod, and shares them with its other clients.
	return g != nil && !(g.Scope == rule.ObjectScope && r.Metric.Type == engine.Pods)
}

// problem returns, in brackets, why the rule of a resource is not in force; empty where it is.
func (d *Direct) problem(m *engine.Metric) string {
	if d == nil || m.Type != engine.Resource && m.Type != engine.ContainerResource {
		return ""
	}
	if found := d.rules.Rules().FindResource(m.Name); found != nil && found.ContainersProblem != "" {
		return " (" + found.ContainersProblem + ")"
	}
	return ""
}

// planner plans with one set of rules and limits, and caches its plans, which are invalid with others.
type planner struct {
	rules          *rule.Set
	namespaceLabel string
	namespaces     *tenancy.Rules
	known          plans
}

// planner returns the planner of the rules and limits in force.
func (d *Direct) planner() *planner {
	rules, namespaces := d.rules.Rules(), d.namespaces.Load()
	last := d.last.Load()
	if last == nil || last.rules != rules || last.namespaces != namespaces {
		last = &planner{rules: rules, namespaceLabel: d.namespaceLabel, namespaces: namespaces}
		d.last.Store(last)
	}
	return last
}

// ruleOf gives the query of the rule that has a request's metric in its namespace, nil for none, and what an Object metric
// describes.
func ruleOf(rules *rule.Set, r *Request) (*rule.MetricQuery, rule.Object) {
	m := r.Metric
	switch m.Type {
	case engine.Resource, engine.ContainerResource:
		if found := rules.FindResource(m.Name); found != nil {
			return found.Containers, rule.Object{}
		}
	case engine.Pods:
		if found := rules.FindCustom(rule.Pods.Resource, m.Name, r.Namespace); found != nil {
			return &found.MetricQuery, rule.Object{}
		}
	case engine.Object:
		kind := schema.FromAPIVersionAndKind(m.Object.APIVersion, m.Object.Kind).GroupKind()
		if found := rules.FindCustomOfKind(kind, m.Name, r.Namespace); found != nil {
			return &found.MetricQuery, found.Object
		}
	case engine.External:
		// The HPA controller requests the name in lower case, so a spec may have it in any case.
		for _, name := range []string{m.Name, strings.ToLower(m.Name)} {
			if found := rules.FindExternal(name, r.Namespace); found != nil {
				return &found.MetricQuery, rule.Object{}
			}
		}
	}
	return nil, rule.Object{}
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
	answers := d.answers.Read(ctx, batch.Requests)

	readings := make([]engine.Reading, len(requests))
	for i := range requests {
		if planned[i].problem != "" {
			readings[i] = unknown(planned[i].problem)
		} else {
			readings[i] = reading(&requests[i], planned[i], answers[place[i]].ForNamespace(requests[i].Namespace), now)
		}
		readings[i].Via = ViaDirect
	}
	return readings
}

// planned is the query of a request, or the problem why it has none.
type planned struct {
	query   plan.Query
	filter  plan.Filter
	grouped *rule.MetricQuery
	// object is the object that an Object metric describes.
	object rule.Object
	maxAge time.Duration
	// window is the longest range in the query.
	window  time.Duration
	problem string
}

// plan returns the plan of one request. Queries of specs are compiled already. Other plans are cached, because parsing a query
// costs more than the rest of a request. A plan depends on the namespace only where its query does; the rule of the namespace is
// part of the cache key.
func (p *planner) plan(r *Request) *planned {
	if c := &r.Metric.Compiled; c.Text != "" && (c.NamespaceLabel == p.namespaceLabel || p.namespaces.For(r.Namespace).AllowCrossNamespaceQueries) {
		maxAge := cmp.Or(r.Metric.MaxAge, rule.DefaultMaxAge)
		query := plan.ForCompiled(c.Text, c.Instant, r.Namespace, maxAge)
		query.Server, query.Tenant = c.Server, c.Tenant
		return &planned{query: query, maxAge: maxAge, window: c.Window}
	}
	q := planKey{metric: *r.Metric}
	q.grouped, q.object = ruleOf(p.rules, r)
	if r.Metric.Type == engine.Prometheus || q.grouped != nil && q.grouped.Scope != rule.ClusterScope {
		q.namespace = r.Namespace
	}
	return p.known.get(q, p.planNew)
}

func (p *planner) planNew(q planKey) *planned {
	m := &q.metric
	if m.Type == engine.Prometheus {
		return p.planInline(m, q.namespace)
	}
	g := q.grouped
	if g == nil {
		return &planned{problem: "no rule provides metric " + m.Name}
	}
	selector, err := plan.ParseSelector(m.Selector)
	if err != nil {
		return &planned{problem: problem(err)}
	}
	made := &planned{grouped: g, object: q.object, maxAge: g.MaxAge, window: g.Window}
	if m.MaxAge > 0 {
		made.maxAge = min(made.maxAge, m.MaxAge)
	}
	made.query, made.filter, err = plan.ForRule(g, selector, plan.ObjectRef{Namespace: q.namespace, Object: m.Object.Name})
	made.problem = problem(err)
	return made
}

// planInline plans a query that is not compiled.
func (p *planner) planInline(m *engine.Metric, namespace string) *planned {
	limits, label := p.namespaces.For(namespace), p.namespaceLabel
	if limits.AllowCrossNamespaceQueries {
		label = ""
	}
	made := &planned{maxAge: cmp.Or(m.MaxAge, rule.DefaultMaxAge)}
	query, err := plan.ForInline(m.Query, label, namespace, made.maxAge)
	if err == nil {
		query.Server, err = limits.Server(m.Server, namespace)
		query.Tenant = limits.TenantOf(namespace)
	}
	made.query, made.problem = query, problem(err)
	if parsed, err := expr.Parse(m.Query); err == nil {
		made.window = parsed.Window()
	}
	return made
}

func problem(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func unknown(problem string) engine.Reading { return engine.Reading{Problem: problem} }
