package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"flyball.dev/flyball/metricsadapter/rule"
)

const (
	good   = `external: [{name: depth, query: "sum by (namespace) (depth)"}]`
	better = `external: [{name: depth, query: "sum by (namespace) (depth)"}, {name: lag, query: "sum by (namespace) (lag)"}]`
	mixed  = `external: [{name: lag, query: "sum by (namespace) (lag)"}, {name: wrong, query: "sum("}]`
	broken = `external: [`
)

// memory is a source whose documents a test changes.
type memory struct {
	name      string
	mu        sync.Mutex
	documents []Document
	err       error
}

func (m *memory) Name() string { return m.name }

func (m *memory) Documents() ([]Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.documents, m.err
}

func (m *memory) set(texts ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.documents, m.err = nil, nil
	for i, text := range texts {
		m.documents = append(m.documents, Document{Name: m.name + string(rune('a'+i)), Text: text})
	}
}

// logged returns a context with a buffered log, and a function that counts a text in the log.
func logged(t *testing.T) (context.Context, func(text string) int) {
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	sink, ok := logger.GetSink().(ktesting.Underlier)
	if !ok {
		t.Fatal("the log is not kept")
	}
	return klog.NewContext(t.Context(), logger), func(text string) int { return strings.Count(sink.GetBuffer().String(), text) }
}

func catalogOf(ctx context.Context, t *testing.T, sources ...Source) *Catalog {
	t.Helper()
	c, err := New(ctx, Options{Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func externals(c *Catalog) string { return strings.Join(c.Rules().ExternalNames(), " ") }

func TestChangedFileTakesEffectAtTheNextReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "rules.yaml")
		write(t, path, good)
		ctx, cancel := context.WithCancel(t.Context())
		c := catalogOf(ctx, t, File(path))
		changes := 0
		c.OnChange(func() { changes++ })
		go c.Run(ctx)
		before := c.Rules()

		time.Sleep(time.Minute) // nothing changes
		synctest.Wait()
		if c.Rules() != before || changes != 0 {
			t.Error("the rules were swapped, though their file is the same: plans made by them are lost")
		}
		write(t, path, better)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if got := externals(c); got != "depth lag" || changes != 1 {
			t.Errorf("in force are %q after %d changes", got, changes)
		}
		if got := strings.Join(before.ExternalNames(), " "); got != "depth" {
			t.Errorf("the set that was in force before has become %q", got)
		}
		cancel()
		synctest.Wait()
	})
}

// TestMountedConfigMapUpdateIsLoaded: the kubelet updates a mounted ConfigMap by replacing a symbolic link above the file,
// and never writes to the file itself.
func TestMountedConfigMapUpdateIsLoaded(t *testing.T) {
	folder := t.TempDir()
	revision := func(name, text string) {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, name, "rules.yaml"), text)
		link := filepath.Join(folder, "..new")
		if err := errors.Join(os.Symlink(name, link), os.Rename(link, filepath.Join(folder, "..data"))); err != nil {
			t.Fatal(err)
		}
	}
	revision("..first", good)
	if err := os.Symlink(filepath.Join("..data", "rules.yaml"), filepath.Join(folder, "rules.yaml")); err != nil {
		t.Fatal(err)
	}
	c := catalogOf(t.Context(), t, File(filepath.Join(folder, "rules.yaml")))
	revision("..second", better)
	c.Reload(t.Context())
	if got := externals(c); got != "depth lag" {
		t.Errorf("in force are %q", got)
	}
}

func TestFailedReloadKeepsTheLastValidRules(t *testing.T) {
	ctx, count := logged(t)
	from := &memory{name: "file-"}
	from.set(good)
	c := catalogOf(ctx, t, from)
	for _, test := range []struct {
		name    string
		do      func()
		inForce string
		problem string
	}{
		{"invalid YAML", func() { from.set(broken) }, "depth", "not YAML"},
		{"a missing file", func() { from.err = errors.New("no such file") }, "depth", "no such file"},
		{"an unknown field", func() { from.set("externals: []") }, "depth", "externals"},
		{"fixed", func() { from.set(better) }, "depth lag", ""},
		{"an empty file", func() { from.set("\n") }, "depth lag", "the file is empty"},
		{"an empty object", func() { from.set("{}") }, "", ""},
	} {
		test.do()
		for range 3 {
			c.Reload(ctx)
		}
		if got := externals(c); got != test.inForce {
			t.Errorf("%s: in force are %q, want %q", test.name, got, test.inForce)
		}
		problem := c.Report().Sources[0].Problem
		if (problem == "") != (test.problem == "") || !strings.Contains(problem, test.problem) {
			t.Errorf("%s: the report says %q, want %q", test.name, problem, test.problem)
		}
		if test.problem != "" && count(test.problem) != 1 {
			t.Errorf("%s: the log tells %q %d times after three looks", test.name, test.problem, count(test.problem))
		}
	}
}

func TestInvalidRuleDisablesOnlyItselfAndIsLoggedOnce(t *testing.T) {
	ctx, count := logged(t)
	from := &memory{name: "file-"}
	from.set(mixed)
	c := catalogOf(ctx, t, from)
	from.set(mixed + "\n# a remark")
	c.Reload(ctx)
	if got := externals(c); got != "lag" || count("external[1] wrong") != 1 {
		t.Errorf("in force are %q, and the bad rule was told %d times", got, count("external[1] wrong"))
	}
}

func TestFirstOfTwoRulesWithOneNameIsInForce(t *testing.T) {
	ctx, count := logged(t)
	first, second := &memory{name: "first-"}, &memory{name: "second-"}
	first.set(good)
	second.set(`external: [{name: depth, query: "sum by (namespace) (other)"}]`, better)
	c := catalogOf(ctx, t, first, second)
	if got := externals(c); got != "depth lag" || c.Rules().FindExternal("depth", "shop").Expr.String() != "sum by (namespace) (depth)" {
		t.Errorf("in force are %q", got)
	}
	var reported []string
	for _, r := range c.Report().Rules {
		reported = append(reported, strings.TrimSpace(r.Source+" "+r.Name+" "+r.Reason))
	}
	want := []string{
		"first-a depth",
		"second-a depth a rule of first-a already provides this metric: the first one stays in force",
		"second-b depth a rule of first-a already provides this metric: the first one stays in force",
		"second-b lag",
	}
	if diff := cmp.Diff(want, reported); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if n := count("a rule of first-a already provides this metric"); n != 2 {
		t.Errorf("the log tells of %d collisions", n)
	}

	// Without the first rule, the next one is in force.
	first.set("{}")
	c.Reload(ctx)
	if got := c.Rules().FindExternal("depth", "shop").Expr.String(); got != "sum by (namespace) (other)" {
		t.Errorf("depth is now %s", got)
	}
}

func TestLaterDocumentReplacesInvalidQuery(t *testing.T) {
	ctx, _ := logged(t)
	first, second := &memory{name: "first-"}, &memory{name: "second-"}
	first.set(`resources: {cpu: {containers: {query: "sum by (namespace, pod, container) (a)"}, nodes: {query: "sum("}}}`)
	c := catalogOf(ctx, t, first, second)
	if cpu := c.Rules().FindResource("cpu"); cpu.Containers == nil || cpu.Nodes != nil || !strings.Contains(cpu.NodesProblem, "not PromQL") {
		t.Errorf("with one document cpu is %+v", cpu)
	}
	second.set(`resources: {cpu: {containers: {query: "sum by (namespace, pod, container) (b)"}, nodes: {query: "sum by (node) (b)"}}}`)
	c.Reload(ctx)
	cpu := c.Rules().FindResource("cpu")
	if cpu.Containers.Expr.String() != "sum by (container, namespace, pod) (a)" || cpu.Nodes == nil || cpu.Nodes.Expr.String() != "sum by (node) (b)" || cpu.NodesProblem != "" {
		t.Errorf("with two documents cpu is %+v", cpu)
	}
	inForce := map[string]bool{}
	for _, r := range c.Report().Rules {
		inForce[r.Source+" "+r.Rule] = r.InForce
	}
	if diff := cmp.Diff(map[string]bool{"first-a resource cpu": true, "first-a resources.cpu": false, "second-a resource cpu": true}, inForce); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	first.set("{}")
	c.Reload(ctx)
	if cpu := c.Rules().FindResource("cpu"); cpu.Containers.Expr.String() != "sum by (container, namespace, pod) (b)" {
		t.Errorf("once the first document is empty, cpu is %+v", cpu)
	}
}

func TestUnknownServerDisablesOnlyItsRule(t *testing.T) {
	from := &memory{name: "file-"}
	from.set(`external: [{name: lag, query: "sum by (namespace) (lag)"}, {name: depth, server: queues, query: "sum by (namespace) (depth)"}]`)
	c, err := New(t.Context(), Options{Sources: []Source{from}, Servers: []string{"default"}})
	if err != nil {
		t.Fatal(err)
	}
	last := c.Report().Rules[len(c.Report().Rules)-1]
	if externals(c) != "lag" || last.InForce || !strings.Contains(last.Reason, `server "queues" is not one of the Prometheus servers`) {
		t.Errorf("in force are %q, and the report says %+v", externals(c), last)
	}
}

func TestRemovedDocumentRemovesItsRules(t *testing.T) {
	from := &memory{name: "map-"}
	from.set(good, better)
	c := catalogOf(t.Context(), t, from)
	from.set(good)
	c.Reload(t.Context())
	if got := externals(c); got != "depth" {
		t.Errorf("in force are %q", got)
	}
}

func TestInvalidRulesAtStartAreAnError(t *testing.T) {
	from := &memory{name: "file-"}
	from.set(broken)
	ctx, count := logged(t)
	if _, err := New(ctx, Options{Sources: []Source{from}}); err == nil || !strings.Contains(err.Error(), "file-a: the rules are not YAML") {
		t.Errorf("the error is %v", err)
	}
	if count(`lastGood="never"`) != 1 {
		t.Error("the log does not say that there never were good rules")
	}
	if _, err := New(t.Context(), Options{Sources: []Source{File(filepath.Join(t.TempDir(), "none"))}}); err == nil {
		t.Error("a missing file was taken")
	}
	c, err := New(t.Context(), Options{})
	if err != nil || c.Rules() == nil || len(c.Rules().External) != 0 {
		t.Errorf("without sources there is %v, %v", c.Rules(), err)
	}
}

func TestReportIsServed(t *testing.T) {
	from := &memory{name: "file-"}
	from.set(`
custom: [{name: requests, query: "sum by (namespace, pod) (x)", maxAge: 90s}]
resources: {cpu: {nodes: {query: "max by (node) (y)"}, containers: {query: "max by (namespace, pod, container) (z)"}}}
`)
	answer := httptest.NewRecorder()
	catalogOf(t.Context(), t, from).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/debug/rules", nil))
	var got Report
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []RuleReport{
		{
			Source: "file-a", Rule: "custom requests", InForce: true, API: "custom", Name: "requests", Resource: "pods",
			Queries: []string{"sum by (namespace, pod) (x)"}, MaxAge: "1m30s",
		},
		{
			Source: "file-a", Rule: "resource cpu", InForce: true, API: "resource", Name: "cpu",
			Queries: []string{"max by (container, namespace, pod) (z)", "max by (node) (y)"}, MaxAge: "2m0s",
		},
	}
	if diff := cmp.Diff(want, got.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if len(got.Sources) != 1 || got.Sources[0].Loaded == nil || got.Sources[0].Problem != "" {
		t.Errorf("sources are %+v", got.Sources)
	}
}

func TestRuleMetrics(t *testing.T) {
	from := &memory{name: "file-"}
	from.set(mixed)
	c := catalogOf(t.Context(), t, from)
	from.set(broken)
	c.Reload(t.Context())
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	want := `
# HELP flyball_rules Number of rules by state: in_force or out_of_force.
# TYPE flyball_rules gauge
flyball_rules{state="in_force"} 1
flyball_rules{state="out_of_force"} 1
# HELP flyball_rules_reload_failed Whether the last reload of a rules file failed (1) or succeeded (0). After a failure the last valid rules stay in force.
# TYPE flyball_rules_reload_failed gauge
flyball_rules_reload_failed{source="file-a"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "flyball_rules", "flyball_rules_reload_failed"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry, "flyball_rules_last_reload_success_timestamp_seconds"); err != nil || n != 1 {
		t.Errorf("%d times of success, %v", n, err)
	}
}

func TestMergedRulesAreIndexed(t *testing.T) {
	load := func(text string) *rule.Set {
		loaded, problems, err := rule.Load([]byte(text))
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		set, _ := loaded.Resolve(nil, rule.Builtin)
		return set
	}
	a := load(`custom: [{name: a, query: "sum by (namespace, pod) (x)"}]`)
	b := load(`
custom: [{name: a, describes: services, query: "sum by (namespace, service) (x)"}, {name: a, query: "sum by (namespace, pod) (y)"}]
resources: {memory: {nodes: {query: "max by (node) (y)"}}}
`)
	merged := rule.Merge(a, b)
	services := b.Custom[0].Object
	switch {
	case len(merged.Custom) != 2 || merged.Custom[0] != a.Custom[0] || merged.Custom[1] != b.Custom[0]:
		t.Errorf("custom rules are %v", merged.Custom)
	case merged.FindCustom(services.Resource, "a", "shop") != b.Custom[0] || merged.FindCustomOfKind(services.Kind.GroupKind(), "a", "shop") != b.Custom[0]:
		t.Error("a rule is not found by its resource or kind")
	case merged.FindResource("memory").Nodes != b.Resources[0].Nodes || !slices.Equal(merged.CustomNames(services.Resource), []string{"a"}):
		t.Error("a resource or a name is not found")
	case len(a.Custom) != 1:
		t.Error("merging changed what it merged")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
