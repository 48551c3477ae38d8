package controller

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/history"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/summary"
)

// past is the history of an object, under the lock of [lastDecisions].
type past struct {
	timeline  history.Timeline
	decisions history.Decisions
}

// recordPast adds the end of a tick to the history. differs reports that the status of the tick can differ from the last one.
func (l *lastDecisions) recordPast(o *object, now time.Time, differs bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.of(o)
	if !o.outcome.decided {
		last.past.timeline.AddUndecided(now)
		return
	}
	if last.metricsOf != o.policy {
		last.metricsOf = o.policy
		last.past.timeline.Begin(explain.MetricNames(&o.policy.Spec))
	}
	last.past.timeline.Add(&o.decision)
	if differs {
		last.past.decisions.Add(history.Decision{Time: o.decision.Time, Page: decisionPage(o)}, history.TextBytes(len(l.byKey)))
	}
}

func decisionPage(o *object) *explain.Page {
	page := explain.NewPage(&o.policy.Spec, &o.decision)
	page.Conditions = explain.Conditions(&o.policy.Spec, &o.decision)
	return page
}

// Defaults are those of the specs.
func (c *Controller) Defaults() policy.Defaults { return c.config.Defaults }

// Namespaces returns the namespaces that have autoscalers, in their order. Any goroutine may call it.
func (c *Controller) Namespaces() []string {
	return slices.Sorted(maps.Keys(maps.Collect(func(yield func(string, bool) bool) {
		for _, namespace := range c.indexer.ListIndexFuncValues(cache.NamespaceIndex) {
			if !yield(namespace, true) {
				return
			}
		}
	})))
}

// Entries returns the autoscalers of a namespace, or of all for "", in no order. Unlike [Controller.Rows], it has those that
// another process evaluates, too, by their statuses. Any goroutine may call it.
func (c *Controller) Entries(namespace string) []summary.Entry {
	all, err := c.list(namespace, labels.Everything())
	if err != nil { // a lister has no errors
		return nil
	}
	now := c.deps.Now()
	entries := make([]summary.Entry, len(all))
	for i, autoscaler := range all {
		entries[i] = c.last.entry(autoscaler, now)
	}
	return entries
}

// Entry returns one of [Controller.Entries], if it exists.
func (c *Controller) Entry(namespace, name string) (entry summary.Entry, found bool) {
	autoscaler, err := c.autoscalers.HorizontalAutoscalers(namespace).Get(name)
	if err != nil { // it does not exist: a lister has no other error
		return entry, false
	}
	return c.last.entry(autoscaler, c.deps.Now()), true
}

func (l *lastDecisions) entry(autoscaler *v1alpha1.HorizontalAutoscaler, now time.Time) summary.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.byKey[cache.MetaObjectToName(autoscaler)]
	if last == nil || last.status == nil {
		status := &autoscaler.Status
		e := summary.Entry{
			Autoscaler: autoscaler, Troubles: summary.TroublesOf(status), Current: status.CurrentReplicas, Desired: status.DesiredReplicas,
		}
		if decision := autoscaler.Status.Decision; decision != nil {
			e.Time = decision.Time.Time
		}
		return e
	}
	e := summary.Entry{Autoscaler: autoscaler, Troubles: summary.TroublesOf(last.status), Memory: true, Time: last.decision.Time}
	e.Current, e.Desired = last.decision.Current, last.decision.Desired
	if last.past.timeline.Flapping(now) {
		e.Troubles = e.Troubles.With(summary.Flapping)
	}
	return e
}

// Row returns the row of an autoscaler, by its status where another process evaluates it. Any goroutine may call it.
func (c *Controller) Row(autoscaler *v1alpha1.HorizontalAutoscaler) summary.Row {
	row, _ := c.last.row(autoscaler, false)
	return row
}

// Detail returns the figures and the history of an autoscaler, and of the decision at a time; nil for an autoscaler that does not exist. Any
// goroutine may call it.
func (c *Controller) Detail(namespace, name string, moment time.Time) *summary.Detail {
	entry, found := c.Entry(namespace, name)
	if !found {
		return nil
	}
	autoscaler := entry.Autoscaler
	d := summary.FromStatusAlone(autoscaler)
	if entry.Memory {
		d.Row, d.Troubles, d.Memory = c.Row(autoscaler), entry.Troubles, true
		c.last.detail(cache.MetaObjectToName(autoscaler), d)
	}
	c.last.choose(d, moment)
	return d
}

// detail replaces what is in memory.
func (l *lastDecisions) detail(key cache.ObjectName, d *summary.Detail) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.byKey[key]
	if last == nil {
		return // deleted since
	}
	d.Conditions = last.status.Conditions
	d.Metrics, d.Points, d.Decisions = last.past.timeline.Metrics(), last.past.timeline.Points(), last.past.decisions.All()
	if last.policy == nil || !last.acts {
		return
	}
	spec := &last.policy.Spec
	d.Page = explain.NewPage(spec, &last.decision)
	d.Page.Conditions = last.status.Conditions
	d.Samples, d.Next = summary.Samples(spec, &last.decision), summary.NextEvents(spec, &last.before, &last.decision)
	l.viewed.add(key, history.Decision{Time: last.decision.Time, Page: d.Page})
	d.Pods, d.PodsKnown = last.decision.Pods, last.observation.PodsProblem == ""
}

// choose sets the decision of a time that is not zero: from the history, or from those that were shown.
func (l *lastDecisions) choose(d *summary.Detail, moment time.Time) {
	if moment.IsZero() {
		return
	}
	d.Choose(moment)
	if d.Chosen == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		d.Chosen = l.viewed.find(cache.ObjectName{Namespace: d.Row.Namespace, Name: d.Row.Name}, moment)
	}
}

// viewedDecisions are the last decisions that a page showed, so that the link that a reader copies from it still answers after later
// decisions. The oldest is replaced by the newest.
type viewedDecisions struct {
	kept [1000]viewedDecision
	next int
}

type viewedDecision struct {
	key cache.ObjectName
	history.Decision
}

func (v *viewedDecisions) add(key cache.ObjectName, d history.Decision) {
	if v.find(key, d.Time) == nil {
		v.kept[v.next%len(v.kept)] = viewedDecision{key, d}
		v.next++
	}
}

func (v *viewedDecisions) find(key cache.ObjectName, moment time.Time) *history.Decision {
	for i := range v.kept {
		if v.kept[i].Page != nil && v.kept[i].key == key && v.kept[i].Time.Equal(moment) {
			found := v.kept[i].Decision // the place is used again
			return &found
		}
	}
	return nil
}
