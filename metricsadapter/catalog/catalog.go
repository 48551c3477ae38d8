package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Options of a Catalog. Zero values stand for the defaults.
type Options struct {
	// Sources in the order of their precedence: of rules for the same metric the first stays in force.
	Sources []Source
	// Optional sources follow Sources. The program starts without them if they cannot be read.
	Optional []Source
	// Servers are the names of the Prometheus servers that rules may use. Nil: they are not checked.
	Servers []string
	// Poll is the time between two reloads of the sources. Default 5s.
	Poll time.Duration
	// Finder returns the series for discovery rules. Nil: those rules are not in force.
	Finder Finder
	// DiscoveryInterval is the time between two discovery queries. Default 1m.
	DiscoveryInterval time.Duration
}

// Catalog holds the rules in force. It is safe for concurrent use.
type Catalog struct {
	options Options
	set     atomic.Pointer[rule.Set]
	report  atomic.Pointer[Report]

	mu          sync.Mutex // guards what follows, which only looking and discovering change
	sources     []*source
	series      map[string][]rule.Series
	discoveries []DiscoveryReport
	merged      []*rule.Set
	changed     []func()

	// discoveryRequests signals selectors without a discovery result.
	discoveryRequests chan struct{}
}

// source is a Source with its documents.
type source struct {
	Source
	documents []*documentState
	// failed is the reason why the last reload failed; empty when it succeeded.
	failed string
}

// New reads the sources. A source that cannot be read or parsed is an error: at the start no earlier rules can stay in
// force.
func New(ctx context.Context, o Options) (*Catalog, error) {
	o.Poll = cmp.Or(o.Poll, 5*time.Second)
	o.DiscoveryInterval = cmp.Or(o.DiscoveryInterval, time.Minute)
	c := &Catalog{options: o, discoveryRequests: make(chan struct{}, 1)}
	for _, s := range slices.Concat(o.Sources, o.Optional) {
		c.sources = append(c.sources, &source{Source: s})
	}
	c.set.Store(rule.Merge())
	c.Reload(ctx)
	var problems []error
	for _, s := range c.sources[:len(o.Sources)] {
		problems = append(problems, s.problem())
	}
	return c, errors.Join(problems...)
}

// Rules returns the rules in force, without waiting.
func (c *Catalog) Rules() *rule.Set { return c.set.Load() }

// Report returns the state of each rule.
func (c *Catalog) Report() *Report { return c.report.Load() }

// OnChange registers a function that is called after each change of the rules in force, one call at a time. It must not
// call methods of the catalog.
func (c *Catalog) OnChange(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, f)
}

// Run reloads the sources, and discovers series, until ctx ends.
func (c *Catalog) Run(ctx context.Context) {
	var discovering sync.WaitGroup
	defer discovering.Wait()
	if c.options.Finder != nil {
		discovering.Go(func() { c.discover(ctx) })
	}
	ticker := time.NewTicker(c.options.Poll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.Reload(ctx)
		}
	}
}

// discover queries series until ctx ends. It runs concurrently with Reload, because Prometheus may be slow.
func (c *Catalog) discover(ctx context.Context) {
	d := &discovery{finder: c.options.Finder, every: c.options.DiscoveryInterval}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-c.discoveryRequests:
		}
		d.run(ctx, c.selectors())
		if ctx.Err() != nil {
			return // queries failed only because ctx ended
		}
		c.applySeries(klog.FromContext(ctx), d.results(), d.reports())
		timer.Reset(d.wait())
	}
}

// selectors returns the selectors of all documents, each once.
func (c *Catalog) selectors() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, k := range c.documents() {
		all = append(all, k.selectors()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// applySeries resolves the documents whose series changed.
func (c *Catalog) applySeries(logger klog.Logger, series map[string][]rule.Series, asked []DiscoveryReport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.series
	c.series, c.discoveries = series, asked
	for _, k := range c.documents() {
		if slices.ContainsFunc(k.selectors(), func(s string) bool { return !reflect.DeepEqual(before[s], series[s]) }) {
			k.resolve(series)
		}
	}
	c.swap(logger)
}

// documents returns all documents in the order of their precedence. Called with mu held.
func (c *Catalog) documents() []*documentState {
	var all []*documentState
	for _, s := range c.sources {
		all = append(all, s.documents...)
	}
	return all
}

// Reload reads the sources, and replaces the rules in force if a document changed.
func (c *Catalog) Reload(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	news := false
	for _, s := range c.sources {
		news = s.reload(c, now) || news
	}
	if news || c.report.Load() == nil {
		c.swap(klog.FromContext(ctx))
	}
}

// reload reads one source, and reports whether it changed.
func (s *source) reload(c *Catalog, now time.Time) bool {
	documents, err := s.Documents()
	if err != nil {
		news := s.failed != err.Error()
		s.failed = err.Error()
		return news
	}
	news := s.failed != "" || len(documents) != len(s.documents)
	s.failed = ""
	next := make([]*documentState, len(documents))
	for i, d := range documents {
		next[i] = s.document(d.Name)
		if next[i] == nil {
			next[i] = newDocumentState(d.Name)
		}
		if next[i].load(d.Text, now, c.options.Servers) {
			news = true
			next[i].resolve(c.series)
			c.requestDiscovery(next[i])
		}
	}
	s.documents = next
	return news
}

// problem returns the error of a source; nil for none.
func (s *source) problem() error {
	if s.failed != "" {
		return fmt.Errorf("%s: %s", s.Name(), s.failed)
	}
	for _, k := range s.documents {
		if k.parseError != "" {
			return fmt.Errorf("%s: %s", k.name, k.parseError)
		}
	}
	return nil
}

// document returns a document by name; nil for a new one.
func (s *source) document(name string) *documentState {
	if i := slices.IndexFunc(s.documents, func(k *documentState) bool { return k.name == name }); i >= 0 {
		return s.documents[i]
	}
	return nil
}

// requestDiscovery requests discovery for the selectors of a document without a result.
func (c *Catalog) requestDiscovery(k *documentState) {
	for _, selector := range k.selectors() {
		if _, known := c.series[selector]; !known {
			select {
			case c.discoveryRequests <- struct{}{}:
			default: // already requested
			}
			return
		}
	}
}

// swap puts the rules of all documents in force, unless they are already. Called with mu held.
func (c *Catalog) swap(logger klog.Logger) {
	var sets []*rule.Set
	for _, k := range c.documents() {
		sets = append(sets, k.set)
	}
	set := c.set.Load()
	news := !slices.Equal(sets, c.merged)
	if news {
		set, c.merged = rule.Merge(sets...), sets
	}
	report, before := c.describe(set), c.report.Load()
	c.set.Store(set)
	c.report.Store(report)
	report.log(logger, before)
	if !news {
		return
	}
	for _, f := range c.changed {
		f()
	}
}
