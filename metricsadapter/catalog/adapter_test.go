package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/metricsadapter/rule"
)

// discovering has a rule of prometheus-adapter: one metric for each series whose name begins with http_.
const discovering = `
rules:
- seriesQuery: '{__name__=~"^http_.*",namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
`

func TestMetricsFollowTheirSeries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, count := logged(t)
		ctx, cancel := context.WithCancel(ctx)
		from, asked := &memory{name: "file-"}, &finder{series: map[string][]string{"http_a": {"namespace", "pod"}}}
		asked.broken = errors.New("connection refused")
		from.set(discovering)
		c, err := New(ctx, Options{Sources: []Source{from}, Finder: asked})
		if err != nil {
			t.Fatal(err)
		}
		names := func() string {
			time.Sleep(70 * time.Second)
			synctest.Wait()
			all := c.Rules().CustomNames(rule.Pods.Resource)
			slices.Sort(all)
			return strings.Join(all, " ")
		}
		go c.Run(ctx)
		if got := names(); got != "" || c.Report().Discoveries[0].Problem == "" {
			t.Errorf("before Prometheus has answered there are %q", got)
		}
		asked.change(func() { asked.broken = nil })
		if got := names(); got != "http_a" {
			t.Errorf("with one series there are %q: %+v", got, c.Report())
		}
		before := c.Rules()
		if names(); c.Rules() != before {
			t.Error("the rules were swapped, though the series are the same")
		}
		asked.change(func() { asked.series["http_b"] = []string{"namespace", "pod"} })
		if got := names(); got != "http_a http_b" {
			t.Errorf("with a second one there are %q", got)
		}
		asked.change(func() { asked.broken = errors.New("connection refused") })
		if got := names(); got != "http_a http_b" {
			t.Errorf("while Prometheus is down there are %q", got)
		}
		asked.change(func() { asked.broken, asked.series = nil, nil })
		if got := names(); got != "" {
			t.Errorf("without series there are %q", got)
		}
		if n := count("Discovery query failed"); n != 2 {
			t.Errorf("two outages were told %d times", n)
		}
		cancel()
		synctest.Wait()
	})
}

func TestNewSelectorsAreQueriedImmediately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		from, asked := &memory{name: "file-"}, &finder{series: map[string][]string{"http_a": {"namespace", "pod"}}}
		from.set("{}")
		c, err := New(ctx, Options{Sources: []Source{from}, Finder: asked, DiscoveryInterval: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		go c.Run(ctx)
		time.Sleep(time.Second)
		from.set(discovering)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if got := c.Rules().CustomNames(rule.Pods.Resource); len(got) != 1 {
			t.Errorf("soon after the change there are %q", got)
		}
		cancel()
		synctest.Wait()
	})
}
