package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
)

// referenceSample is the newest sample of a series of the metric x.
type referenceSample struct {
	namespace, pod, code string
	value                float64
	age                  time.Duration
}

// reference computes the sum or the largest value over codes, and its age, from the series of each object. It uses no queries,
// tables, shards or sample times.
type reference struct {
	series []referenceSample
	// back is the lookback of a sample.
	back time.Duration
	// most is the highest number of rows of a namespace in an answer.
	most int
}

func (w *reference) value(namespace, pod string, largest bool, maxAge time.Duration) plan.Value {
	if w.rows(namespace) > w.most {
		return plan.Value{State: plan.Unknown}
	}
	v, oldest := plan.Value{}, time.Duration(0)
	for _, s := range w.series {
		if s.namespace != namespace || s.pod != pod || s.age >= w.back {
			continue
		}
		switch {
		case v.State == plan.Absent:
			v = plan.Value{State: plan.Known, Number: s.value}
		case largest:
			v.Number = max(v.Number, s.value)
		default:
			v.Number += s.value
		}
		oldest = max(oldest, s.age)
	}
	if v.State == plan.Known {
		v.Time = time.Now().Add(-oldest)
	}
	if oldest > maxAge {
		return plan.Value{State: plan.Unknown, Stale: true}
	}
	return v
}

// rows returns the number of elements of a namespace in an answer.
func (w *reference) rows(namespace string) int {
	seen := map[[2]string]bool{}
	for _, s := range w.series {
		if s.namespace == namespace && s.age < w.back {
			seen[[2]string{s.pod, s.code}] = true
		}
	}
	return len(seen)
}

func (w *reference) all() int {
	n := 0
	for _, namespace := range w.namespaces() {
		n += w.rows(namespace)
	}
	return n
}

func (w *reference) namespaces() []string {
	var names []string
	for _, s := range w.series {
		names = append(names, s.namespace)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func randomReference(r *rand.Rand, p *fakePrometheus) *reference {
	w := &reference{back: 5 * time.Minute, most: 5 + r.IntN(30)}
	hostile := []string{"a", "b", "a|b", ".*", `c"}) or x#`, "shop", "bank", "team-1", "team-10"}
	for _, namespace := range hostile[:1+r.IntN(len(hostile))] {
		for pod := range r.IntN(12) {
			for _, code := range []string{"200", "404", "500"}[:1+r.IntN(3)] {
				s := referenceSample{namespace, fmt.Sprintf("web-%d", pod), code, float64(r.IntN(1000)), time.Duration(r.IntN(360)) * time.Second}
				w.series = append(w.series, s)
				p.Add(time.Now().Add(-s.age-15*time.Second), -1, s.labels()...)
				p.Add(time.Now().Add(-s.age), s.value, s.labels()...)
			}
		}
	}
	return w
}

func (s referenceSample) labels() []string {
	return []string{"__name__", "x", "namespace", s.namespace, "pod", s.pod, "code", s.code, "instance", s.pod + s.code}
}

// TestValuesMatchReference reads random series from a server with a low limit of series, and compares the value of every object
// with the value that the reference computes from its series.
func TestValuesMatchReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	states := map[plan.State]int{}
	sharded := 0
	for range 80 {
		synctest.Test(t, func(t *testing.T) {
			p := newFakePrometheus()
			w := randomReference(r, p)
			names := append(w.namespaces(), "empty")
			p.most = w.most
			if r.IntN(3) == 0 {
				w.most = max(w.all(), 1) // enough for all
				p.most = w.most
			}
			largest, operation, fold := r.IntN(2) == 0, "sum", expr.Sum
			if largest {
				operation, fold = "max", expr.Max
			}
			q := plan.Query{Text: operation + ` by (code, namespace, pod) (x)`, Namespace: "namespace", Object: "pod"}
			s := open(t, p, func(o *Options) { o.MaxSlow = 1 + r.IntN(3) })
			answer := s.Read(t.Context(), []plan.Request{{Query: q, Namespaces: names}})[0]
			if len(s.Entries()[0].Shards) > 1 {
				sharded++
			}
			maxAge := time.Duration(1+r.IntN(400)) * time.Second
			for _, namespace := range names {
				table, err := answer.ForNamespace(namespace).Fresh(time.Now(), maxAge)
				for pod := range 12 {
					name := fmt.Sprintf("web-%d", pod)
					got := plan.Value{State: plan.Unknown}
					if err == nil {
						got = table.Merge(table.Object(namespace, name), plan.All, fold)
					}
					want := w.value(namespace, name, largest, maxAge)
					if got.State != want.State || got.Number != want.Number || got.Stale != want.Stale || !got.Time.Equal(want.Time) {
						t.Fatalf("%s/%s at most %s old is\n%+v, want\n%+v (%v)", namespace, name, maxAge, got, want, err)
					}
					states[got.State]++
				}
			}
		})
	}
	for _, state := range []plan.State{plan.Known, plan.Absent, plan.Unknown} {
		if states[state] < 300 {
			t.Errorf("only %d objects were of state %d", states[state], state)
		}
	}
	if sharded < 20 {
		t.Errorf("only %d queries were split", sharded)
	}
}
