package plan_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
)

// scrapes is a counter of one pod that grows by 1 a second. It is scraped each interval, except at the ages for which
// missed returns true.
type scrapes struct {
	labels   []string
	interval time.Duration
	phase    time.Duration
	from, to time.Duration
	missed   func(age time.Duration) bool
	// jitter returns the deviation of each scrape; nil for none.
	jitter func() time.Duration
	// ends adds a staleness marker at a missed scrape, as Prometheus does when a target fails.
	ends bool
}

// write adds the scrapes before the time evening to a server. An age is the time before evening.
func (s *scrapes) write(server *promtest.Server) {
	stale := false
	for age := s.from - s.phase; age >= s.to; age -= s.interval {
		instant := evening.Add(-age)
		if s.missed != nil && s.missed(age) {
			if s.ends && !stale {
				server.End(instant, s.labels...)
			}
			stale = true
			continue
		}
		stale = false
		value := (s.from - age).Seconds()
		if s.jitter != nil {
			instant = instant.Add(s.jitter())
		}
		server.Add(instant, value, s.labels...)
	}
}

// refreshes evaluates a query and its companion every 10s, as a store does, and calls see with each table.
func refreshes(t *testing.T, server *promtest.Server, q plan.Query, from, to time.Duration, see func(age time.Duration, table *plan.Table)) {
	t.Helper()
	companion, err := q.Companion()
	if err != nil {
		t.Fatal(err)
	}
	var last *plan.Table
	for age := from; age >= to; age -= 10 * time.Second {
		instant := evening.Add(-age)
		ask := func(q plan.Query) prom.Answer {
			answer, err := server.Query(t.Context(), prom.Request{Query: q.Text, Time: instant, Lookback: q.Lookback})
			if err != nil {
				t.Fatalf("%s: %v", q.Text, err)
			}
			return answer
		}
		values, reported := ask(q), ask(companion.Query)
		last = plan.NewTimedTable(q, values.Vector, "", plan.SampleTimes{Companion: companion, Time: instant, Vector: reported.Vector, Previous: last})
		see(age, last)
	}
}

func of(pod string) []string { return []string{"__name__", "x", "namespace", "shop", "pod", pod} }

var (
	byPod = plan.Query{Text: `sum by (namespace, pod) (rate(x[2m]))`, Namespace: "namespace", Object: "pod"}
	whole = plan.Query{Text: `sum(rate(x[2m]))`}
)

// between reports whether an age is in [from, to).
func between(from, to time.Duration) func(time.Duration) bool {
	return func(age time.Duration) bool { return from > age && age >= to }
}

// TestGaps checks the first and the last age at which a row is partial.
func TestGaps(t *testing.T) {
	const s15 = 15 * time.Second
	restarted := &scrapes{labels: of("a"), interval: s15, phase: 4 * time.Second, from: 30 * time.Minute, missed: between(10*time.Minute, 8*time.Minute)}
	pods := func(n int, with func(i int, s *scrapes)) []*scrapes {
		all := make([]*scrapes, n)
		for i := range all {
			all[i] = &scrapes{labels: of(fmt.Sprint("p", i)), interval: s15, phase: time.Duration(i*7%15) * time.Second, from: 30 * time.Minute}
			with(i, all[i])
		}
		return all
	}
	for _, test := range []struct {
		name   string
		query  plan.Query
		series []*scrapes
		// from and to are the first and the last age at which a known value is partial; 0 for never.
		from, to time.Duration
		reason   string
	}{
		{"no scrape missed", byPod, []*scrapes{{labels: of("a"), interval: s15, from: 30 * time.Minute}}, 0, 0, ""},
		{"Prometheus down for 2m", byPod, []*scrapes{restarted}, 590 * time.Second, 360 * time.Second, "range of 2m0s spans a gap in 1 of 1 series"},
		{
			"one scrape missed", byPod,
			[]*scrapes{{labels: of("a"), interval: s15, phase: time.Second, from: 30 * time.Minute, missed: between(600*time.Second, 590*time.Second)}},
			590 * time.Second, 480 * time.Second, "range of 2m0s spans a gap in 1 of 1 series",
		},
		{
			"a target down for 1m, marked stale", byPod,
			[]*scrapes{{labels: of("a"), interval: s15, phase: time.Second, from: 30 * time.Minute, ends: true, missed: between(600*time.Second, 540*time.Second)}},
			590 * time.Second, 420 * time.Second, "",
		},
		{
			"3 targets of 12", whole, pods(12, func(i int, s *scrapes) {
				if i < 3 {
					s.missed = between(10*time.Minute, 8*time.Minute)
				}
			}), 580 * time.Second, 360 * time.Second, "range of 2m0s spans a gap in 3 of 12 series",
		},
		{
			"an intermittent target among 100", whole, pods(100, func(i int, s *scrapes) {
				if i == 0 {
					s.missed = func(age time.Duration) bool { return int(age.Minutes())%3 == 0 }
				}
			}), 0, 0, "",
		},
		{
			"pods removed by a scale-in", whole, pods(12, func(i int, s *scrapes) {
				if i < 6 {
					s.missed, s.ends = func(age time.Duration) bool { return age < 10*time.Minute }, true
				}
			}), 0, 0, "",
		},
		{
			"a new label among others", whole, pods(12, func(i int, s *scrapes) {
				if i < 6 {
					s.from, s.phase = 10*time.Minute, 0
				}
			}), 0, 0, "",
		},
		{
			"all data lost", whole, pods(12, func(_ int, s *scrapes) { s.from, s.phase = 10*time.Minute, 0 }),
			580 * time.Second, 490 * time.Second, "no series covers the whole range of 2m0s",
		},
		{"a recent range with an offset", plan.Query{Text: `sum(rate(x[2m] offset 1m))`}, []*scrapes{restarted}, 530 * time.Second, 300 * time.Second, ""},
		{"an average over a range", plan.Query{Text: `sum(avg_over_time(x[2m]))`}, []*scrapes{restarted}, 590 * time.Second, 360 * time.Second, ""},
		{"a subquery", plan.Query{Text: `max_over_time(sum(rate(x[1m]))[1m:15s])`}, []*scrapes{restarted}, 590 * time.Second, 360 * time.Second, ""},
		{"the longer of two ranges", plan.Query{Text: `sum(rate(x[1m])) / sum(rate(x[2m]))`}, []*scrapes{restarted}, 590 * time.Second, 360 * time.Second, ""},
		{"the newest sample of a range", plan.Query{Text: `sum(last_over_time(x[2m]))`}, []*scrapes{restarted}, 0, 0, ""},
		{"an instant", plan.Query{Text: `sum(x)`}, []*scrapes{restarted}, 0, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := promtest.New()
			for _, s := range test.series {
				s.write(server)
			}
			var from, to time.Duration
			reasons := map[string]bool{}
			var trace strings.Builder
			refreshes(t, server, test.query, 20*time.Minute, 0, func(age time.Duration, table *plan.Table) {
				for i := range table.Rows() {
					row := &table.Rows()[i]
					reason := table.PartialReason(row)
					if reason == "" {
						continue
					}
					fmt.Fprintf(&trace, "%s: %.3g %s\n", age, row.Value, reason)
					reasons[reason] = true
					if from == 0 {
						from = age
					}
					to = age
				}
			})
			if from != test.from || to != test.to || test.reason != "" && !reasons[test.reason] {
				t.Errorf("partial from %s to %s because %v, want from %s to %s because %q", from, to, reasons, test.from, test.to, test.reason)
				t.Log(trace.String())
			}
		})
	}
}

// TestLowRateIsPartial: a rate that is too low because of missed scrapes is partial; a rate without missed scrapes never is.
func TestLowRateIsPartial(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	low, clean, marked := 0, 0, 0
	for range 60 {
		length := []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute}[r.IntN(3)]
		samples := []time.Duration{4, 8, 10, 12, 20}[r.IntN(5)]
		interval := length / samples
		// rate() itself reads lower by 0.6 intervals as soon as the newest sample is late; that is looked for a 32nd of the range
		// later, and 5% of the samples may be missing.
		right := 1 - 0.62/float64(samples) - 1.0/32 - 0.05
		start := time.Duration(5+r.IntN(4)) * length
		gap := interval + time.Duration(r.Int64N(int64(length)))
		one := &scrapes{labels: of("a"), interval: interval, phase: time.Duration(r.Int64N(int64(interval))), from: 12 * length, ends: r.IntN(2) == 0}
		one.jitter = func() time.Duration { return time.Duration(r.Int64N(int64(4*time.Millisecond))) - 2*time.Millisecond } // as Prometheus'
		missing := between(start, start-gap)
		if r.IntN(3) == 0 {
			missing = nil // no scrape is missed
		}
		one.missed = missing
		server := promtest.New()
		one.write(server)
		q := plan.Query{Text: fmt.Sprintf(`sum by (namespace, pod) (rate(x[%s]))`, length), Namespace: "namespace", Object: "pod"}
		refreshes(t, server, q, 10*length, 0, func(age time.Duration, table *plan.Table) {
			v := table.Merge(table.Object("shop", "a"), plan.All, expr.Sum)
			switch {
			case v.State != plan.Known:
			case missing == nil:
				clean++
				if v.Partial != "" {
					t.Fatalf("each %s over %s, no scrape missed: %s ago the rate is %g, and %s", interval, length, age, v.Number, v.Partial)
				}
			case v.Number < right:
				low++
				if v.Partial == "" {
					t.Fatalf("each %s over %s, scrapes from %s to %s missed, stale %t: %s ago the rate is %g and not partial",
						interval, length, start, start-gap, one.ends, age, v.Number)
				}
			case v.Partial != "":
				marked++
				if age < start-gap-length-length/8-2*interval {
					t.Fatalf("each %s over %s, scrapes from %s to %s missed: still %s ago, %s", interval, length, start, start-gap, age, v.Partial)
				}
			}
		})
	}
	t.Logf("%d low, %d clean, %d right and partial", low, clean, marked)
	if low < 200 || clean < 1000 {
		t.Errorf("only %d low rates and %d complete ones were looked at", low, clean)
	}
}
