package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Options of a Catalog. Zero values stand for the defaults.
type Options struct {
	// Sources in the order of their precedence: of rules that give the same metric the first stays in force.
	Sources []Source
	// Servers are the names of the Prometheus servers that rules may ask. Nil: they are not checked.
	Servers []string
	// Poll is the time between two looks at the sources. Default 5s.
	Poll time.Duration
}

// Catalog keeps the rules in force. It is safe for concurrent use.
type Catalog struct {
	options Options
	set     atomic.Pointer[rule.Set]
	report  atomic.Pointer[Report]

	mu      sync.Mutex // guards what follows, which only looking changes
	sources []*source
	changed []func()
}

// source is a Source and what came of it.
type source struct {
	Source
	documents []*kept
	// failed says why the last look failed; empty when it did not.
	failed string
}

// New reads the sources. A source that cannot be read, or gives what is no rules file, is an error: at the start there are
// no good rules that could stay in force.
func New(ctx context.Context, o Options) (*Catalog, error) {
	o.Poll = cmp.Or(o.Poll, 5*time.Second)
	c := &Catalog{options: o}
	for _, s := range o.Sources {
		c.sources = append(c.sources, &source{Source: s})
	}
	c.set.Store(rule.Merge())
	c.Look(ctx)
	var problems []error
	for _, s := range c.Report().Sources {
		if s.Problem != "" {
			problems = append(problems, fmt.Errorf("%s: %s", s.Name, s.Problem))
		}
	}
	return c, errors.Join(problems...)
}

// Rules gives the rules in force. It never waits.
func (c *Catalog) Rules() *rule.Set { return c.set.Load() }

// Report tells what became of each rule.
func (c *Catalog) Report() *Report { return c.report.Load() }

// OnChange has a function called after each change of the rules in force, one call at a time. It must not call back.
func (c *Catalog) OnChange(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, f)
}

// Run looks at the sources until ctx ends.
func (c *Catalog) Run(ctx context.Context) {
	ticker := time.NewTicker(c.options.Poll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.Look(ctx)
		}
	}
}

// Look reads the sources now, and swaps the rules in force if any document changed.
func (c *Catalog) Look(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	news := false
	for _, s := range c.sources {
		news = s.look(now, c.options.Servers) || news
	}
	if news || c.report.Load() == nil {
		c.swap(klog.FromContext(ctx))
	}
}

// look reads one source, and says whether anything about it is new.
func (s *source) look(now time.Time, servers []string) bool {
	documents, err := s.Documents()
	if err != nil {
		news := s.failed != err.Error()
		s.failed = err.Error()
		return news
	}
	news := s.failed != "" || len(documents) != len(s.documents)
	s.failed = ""
	next := make([]*kept, len(documents))
	for i, d := range documents {
		next[i] = s.document(d.Name)
		if next[i] == nil {
			next[i] = newKept(d.Name)
		}
		news = next[i].load(d.Text, now, servers) || news
	}
	s.documents = next
	return news
}

// document finds a document by its name; nil for one that is new.
func (s *source) document(name string) *kept {
	if i := slices.IndexFunc(s.documents, func(k *kept) bool { return k.name == name }); i >= 0 {
		return s.documents[i]
	}
	return nil
}

// swap puts the rules of all documents in force. Called with mu held.
func (c *Catalog) swap(logger klog.Logger) {
	var sets []*rule.Set
	for _, s := range c.sources {
		for _, k := range s.documents {
			sets = append(sets, k.set)
		}
	}
	set := rule.Merge(sets...)
	report, before := c.describe(set), c.report.Load()
	c.set.Store(set)
	c.report.Store(report)
	report.log(logger, before)
	for _, f := range c.changed {
		f()
	}
}
