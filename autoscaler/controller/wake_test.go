package controller

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// scraped is a source that reads a Prometheus which scrapes one target.
type scraped struct {
	source.Source
	server *promtest.Server

	mu      sync.Mutex
	queries int // without those for sample times
}

// decisions returns the number of decisions that had a replica count.
func (w *world) decisions() float64 {
	all := w.controller.deps.Telemetry.decisions
	return testutil.ToFloat64(all.WithLabelValues("unchanged")) + testutil.ToFloat64(all.WithLabelValues("rescaled"))
}

func (s *scraped) Query(ctx context.Context, r prom.Request) (prom.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.Contains(r.Query, "timestamp(") {
		s.queries++
	}
	return s.server.Query(ctx, r)
}

func (s *scraped) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries
}

// wakes returns the number of wakes. The first value after the start is one, where it comes after the first decision.
func (w *world) wakes() float64 { return testutil.ToFloat64(w.controller.deps.Telemetry.wakes) }

// scrape adds the load of a function every interval for a time.
func (s *scraped) scrape(interval, length time.Duration, load func(after time.Duration) float64) {
	for after := time.Duration(0); after < length; after += interval {
		s.server.Add(midnight.Add(after), load(after), "__name__", "queue_length", "namespace", "shop")
	}
}

// liveOn is live with a source that refreshes its queries once per scrape, in a period of minutes.
func liveOn(t *testing.T, period time.Duration, story func(w *world, s *scraped), edits ...func(*v1alpha1.HorizontalAutoscalerSpec)) {
	t.Helper()
	s := &scraped{server: promtest.New()}
	liveWith(t, period, func(w *world) func() {
		var direct *source.Direct
		answers := store.New(s, store.Options{
			Period: period, FollowScrapes: true, Idle: time.Hour,
			Observe: func(r store.Refresh) { direct.HasRefreshed(r.Query) },
		})
		direct = source.NewDirect(new(rule.Set), answers, policy.StandardDefaults().NamespaceLabel)
		w.source = source.New(direct, nil)
		return answers.Close
	}, func(w *world) { story(w, s) }, web(edits...))
}

func TestStepIsDecidedAfterNextScrape(t *testing.T) {
	const interval = 5 * time.Second
	liveOn(t, 5*time.Minute, func(w *world, s *scraped) {
		step := 32*time.Minute + 7*time.Second
		s.scrape(interval, time.Hour, func(after time.Duration) float64 {
			if after < step {
				return 100
			}
			return 200
		})
		w.pass(step - 2*time.Second - time.Since(midnight))
		if w.scale.now() != 4 {
			t.Fatalf("before the step there are %d replicas", w.scale.now())
		}
		before := w.wakes()
		w.pass(2*time.Second + interval + 1500*time.Millisecond)
		if w.scale.now() != 8 {
			t.Errorf("%s after the step, there are %d replicas, want 8", interval, w.scale.now())
		}
		if n := w.wakes() - before; n != 1 {
			t.Errorf("%g wakes, want 1", n)
		}
	})
}

func TestNoiseWakesNobody(t *testing.T) {
	const interval, length = 5 * time.Second, 2 * time.Hour
	liveOn(t, 5*time.Minute, func(w *world, s *scraped) {
		s.scrape(interval, length, func(after time.Duration) float64 { return 100 + 2*math.Sin(after.Seconds()) })
		w.pass(time.Hour)
		decisions, queries, before := w.decisions(), s.count(), w.wakes()
		w.pass(time.Hour - time.Minute)
		if n := w.decisions() - decisions; n < 11 || n > 12 {
			t.Errorf("in 12 periods there are %g decisions", n)
		}
		if n := w.wakes() - before; n != 0 {
			t.Errorf("%g wakes", n)
		}
		if n := s.count() - queries; n < 700 || n > 720+720/16 {
			t.Errorf("720 scrapes cause %d queries", n)
		}
	})
}

func TestPausedAutoscalerIsNotWoken(t *testing.T) {
	liveOn(t, 5*time.Minute, func(w *world, s *scraped) {
		s.scrape(5*time.Second, time.Hour, func(after time.Duration) float64 {
			if after < 40*time.Minute {
				return 100
			}
			return 400
		})
		w.pass(38 * time.Minute)
		before := w.wakes()
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModePaused })
		w.pass(10 * time.Minute)
		if n := w.wakes() - before; n != 0 || len(w.controller.wakes.byQuery) != 0 {
			t.Errorf("%g wakes, and %d queries have dependents", n, len(w.controller.wakes.byQuery))
		}
	})
}

// TestAnswerDuringDecisionIsJudged: an answer that arrives after a metric is read and before its decision is recorded is not lost.
func TestAnswerDuringDecisionIsJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, answers := dependents(1)
		var woken []cache.ObjectName
		d.wakes.wake = func(name cache.ObjectName) { woken = append(woken, name) }
		d.record(midnight)
		time.Sleep(time.Second)
		answers.set(200)
		d.wakes.add(d.query())
		j := judge{wakes: d.wakes, reread: d.wakes.source.Reread()}
		for range 2 {
			j.judgeAll()
			if len(woken) != 1 {
				t.Fatalf("woken: %v", woken)
			}
		}
		d.record(midnight) // the tick began before the answer
		if j.judgeAll(); len(woken) != 2 {
			t.Errorf("after a decision by the previous answer, woken: %v", woken)
		}
		d.record(time.Now())
		if j.judgeAll(); len(woken) != 2 {
			t.Errorf("after a decision by this answer, woken: %v", woken)
		}
	})
}

// fixedAnswer is an answer to every query.
type fixedAnswer struct{ answer store.Answer }

func (a *fixedAnswer) Read(context.Context, []plan.Request) []store.Answer { return nil }
func (a *fixedAnswer) Peek(plan.Query) store.Answer                        { return a.answer }

func (a *fixedAnswer) set(value float64) {
	server := promtest.New()
	server.Add(time.Now(), value, "__name__", "queue_length", "namespace", "shop")
	answer, err := server.Query(context.Background(), prom.Request{Query: "sum(queue_length)", Time: time.Now()})
	if err != nil {
		panic(err)
	}
	a.answer = store.Answer{Table: plan.NewTable(plan.Query{}, answer.Vector, ""), Time: time.Now()}
}

// recorded are objects of one query.
type recorded struct {
	wakes   *wakes
	objects []*object
}

func (r *recorded) record(now time.Time) {
	for _, o := range r.objects {
		o.decision.Time = now
		r.wakes.record(o, o.requests)
	}
}

func (r *recorded) query() source.QueryID {
	return r.wakes.source.QueryOf(&r.objects[0].requests[0]).ID()
}

// dependents returns n autoscalers with a decision on a load of 100, which is that of their 4 replicas.
func dependents(n int) (*recorded, *fixedAnswer) {
	answers := &fixedAnswer{}
	answers.set(100)
	direct := source.NewDirect(new(rule.Set), answers, policy.StandardDefaults().NamespaceLabel)
	r := &recorded{wakes: newWakes(source.New(direct, nil), time.Minute, time.Now, func(cache.ObjectName) {})}
	compiled, err := policy.Compile(web(), policy.StandardDefaults())
	if err != nil {
		panic(err)
	}
	for i := range n {
		o := &object{key: cache.NewObjectName("shop", fmt.Sprintf("web-%d", i)), autoscaler: web(), policy: compiled}
		o.observation = engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Readings: []engine.Reading{{Value: 100_000, Time: time.Now()}}}
		o.decision, o.state = engine.Decide(&compiled.Spec, o.state, &o.observation, time.Now())
		o.requests = []source.Request{{Namespace: "shop", Metric: &compiled.Spec.Metrics[0]}}
		r.objects = append(r.objects, o)
	}
	return r, answers
}

// BenchmarkWakes judges n autoscalers after a refresh of their query, whose value has moved by 2 %.
func BenchmarkWakes(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("autoscalers=%d", n), func(b *testing.B) {
			r, answers := dependents(n)
			r.record(time.Now())
			query := r.query()
			answers.set(102)
			j := judge{wakes: r.wakes, reread: r.wakes.source.Reread()}
			b.ReportAllocs()
			for b.Loop() {
				r.wakes.add(query)
				j.judgeAll()
			}
		})
	}
}
