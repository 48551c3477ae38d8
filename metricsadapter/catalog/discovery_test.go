package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
)

// finder is a fake Prometheus with the series of a test: labels by name, for every selector.
type finder struct {
	mu       sync.Mutex
	series   map[string][]string
	warnings []string
	broken   error
	// narrow limits broken to the selectors that contain it.
	narrow string
	asked  map[string]int
}

func (f *finder) ask(what string, match []string) error {
	if f.asked == nil {
		f.asked = map[string]int{}
	}
	f.asked[what+" "+strings.Join(match, " ")]++
	if f.broken != nil && strings.Contains(match[0], f.narrow) {
		return f.broken
	}
	return nil
}

func (f *finder) SeriesNames(_ context.Context, _ string, match []string, _ time.Time) (prom.Names, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for name := range f.series {
		names = append(names, name)
	}
	return prom.Names{Names: names, Warnings: f.warnings}, f.ask("names", match)
}

func (f *finder) LabelNames(_ context.Context, _ string, match []string, _ time.Time) (prom.Names, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, labels := range f.series {
		if strings.Contains(match[0], `"`+name+`"`) {
			return prom.Names{Names: append([]string{"__name__"}, labels...)}, f.ask("labels", match)
		}
	}
	return prom.Names{}, f.ask("labels", match)
}

func (f *finder) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func TestDiscoveryQueriesNamesAndLabelsOfNewSeries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const selector = `{__name__=~"^http_.*",namespace!=""}`
		asked := &finder{series: map[string][]string{"http_a": {"namespace", "pod"}, "http_b": {"pod"}}}
		d := &discovery{finder: asked, every: time.Minute}
		for range 3 {
			d.run(t.Context(), []string{selector})
			time.Sleep(time.Minute)
		}
		want := map[string][]rule.Series{selector: {{Name: "http_a", Labels: []string{"namespace", "pod"}}, {Name: "http_b", Labels: []string{"pod"}}}}
		if diff := cmp.Diff(want, d.results()); diff != "" {
			t.Errorf("found (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{
			"names " + selector: 3,
			`labels {__name__="http_a",__name__=~"^http_.*",namespace!=""}`: 1,
			`labels {__name__="http_b",__name__=~"^http_.*",namespace!=""}`: 1,
		}, asked.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		time.Sleep(labelsPeriods * time.Minute)
		d.run(t.Context(), []string{selector})
		if n := asked.asked[`labels {__name__="http_a",__name__=~"^http_.*",namespace!=""}`]; n != 2 {
			t.Errorf("the labels were asked for %d times in a quarter of an hour", n)
		}
		d.run(t.Context(), nil)
		if len(d.answers) != 0 {
			t.Errorf("of selectors that no rule has any more, %v is kept", d.answers)
		}
	})
}

func TestFailedDiscoveryKeepsTheLastSeries(t *testing.T) {
	asked := &finder{series: map[string][]string{"x": {"pod"}}}
	d := &discovery{finder: asked, every: time.Minute}
	both := []string{"{good=\"1\"}", "{bad=\"1\"}"}
	d.run(t.Context(), both)
	before := d.results()
	for _, test := range []struct {
		name   string
		do     func()
		says   string
		wanted time.Duration
	}{
		{"one query fails", func() { asked.broken, asked.narrow = errors.New("it is down"), "bad" }, "it is down", 10 * time.Second},
		{"too many series", func() {
			asked.broken = nil
			for i := range maxNames + 1 {
				asked.series[fmt.Sprintf("x%d", i)] = nil
			}
		}, "more than the limit of 2000", 10 * time.Second},
		{"recovery", func() { asked.series = map[string][]string{"x": {"pod"}} }, "", time.Minute},
		{"a partial answer", func() { asked.series, asked.warnings = nil, []string{"a store is away"} }, "", time.Minute},
	} {
		test.do()
		d.run(t.Context(), both)
		if diff := cmp.Diff(before, d.results()); diff != "" {
			t.Errorf("%s: what was found has changed (-before +after):\n%s", test.name, diff)
		}
		problem := d.reports()[0].Problem // of {bad="1"}
		if (problem == "") != (test.says == "") || !strings.Contains(problem, test.says) {
			t.Errorf("%s: the report says %q", test.name, problem)
		}
		if d.wait() != test.wanted {
			t.Errorf("%s: asked again after %s", test.name, d.wait())
		}
	}
	asked.warnings = nil
	d.run(t.Context(), both)
	if found := d.results()[both[0]]; found == nil || len(found) != 0 {
		t.Errorf("nothing is there, and the answer is %v, want an empty one, which is not the same as none", found)
	}
}
