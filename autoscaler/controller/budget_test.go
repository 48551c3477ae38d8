package controller

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubefake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// allocationBudget is the number of allocations per idle evaluation.
const allocationBudget = 45

// TestIdleAutoscalersCostWhatTheirMetricsCost: 1,000 autoscalers with values that move by 2 % are evaluated in each period. They cause
// no request to the API server, and for each distinct metric one query per scrape, and one more for sample times.
func TestIdleAutoscalersCostWhatTheirMetricsCost(t *testing.T) {
	const n, periods = 1000, 2
	for _, test := range []struct {
		metrics       int
		noSampleTimes bool
	}{{metrics: 7}, {metrics: 3, noSampleTimes: true}} {
		t.Run(fmt.Sprintf("%d metrics, without sample times: %t", test.metrics, test.noSampleTimes), func(t *testing.T) {
			liveMetrics(t, n, test.metrics, test.noSampleTimes, func(w *world, f *fleet, s *counted) {
				w.pass(4 * period) // until the store has learned the scrape interval
				w.client.ClearActions()
				w.kube.ClearActions()
				w.newEvents()
				s.newQueries()
				f.resetRequests()
				decisions := w.decisions()
				w.pass(periods * period)
				if got := w.decisions() - decisions; got != n*periods {
					t.Errorf("%g decisions, want %d", got, n*periods)
				}
				times := test.metrics * periods
				if test.noSampleTimes {
					times = 0
				}
				if values, sampleTimes := s.newQueries(); values != test.metrics*periods || sampleTimes != times {
					t.Errorf("%d queries, and %d for sample times, want %d and %d", values, sampleTimes, test.metrics*periods, times)
				}
				if reads, writes := f.requests(); reads != 0 || writes != 0 {
					t.Errorf("%d GETs and %d writes of scales", reads, writes)
				}
				for _, action := range append(w.client.Actions(), w.kube.Actions()...) {
					t.Errorf("%s %s", action.GetVerb(), action.GetResource().Resource)
				}
				if events := w.newEvents(); len(events) != 0 {
					t.Errorf("events %q", events)
				}
			})
		})
	}
}

// liveMetrics runs a story with n autoscalers of so many metrics. Their targets are watched, and a Prometheus has the values.
func liveMetrics(t *testing.T, n, metrics int, noSampleTimes bool, story func(w *world, f *fleet, s *counted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFleet(t, n, func(i int, spec *v1alpha1.HorizontalAutoscalerSpec) {
			spec.Metrics[0].Prometheus.Query = fmt.Sprintf("sum(queue_%d)", i%metrics)
		})
		var deployments []runtime.Object
		for name := range f.targets {
			deployments = append(deployments, &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, ResourceVersion: "1"},
				Spec:       appsv1.DeploymentSpec{Replicas: new(int32(4)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}},
				Status:     appsv1.DeploymentStatus{Replicas: 4},
			})
		}
		// The watch of the fake has room for 100 events, and the first answer of Prometheus changes all statuses.
		w.client.PrependReactor("patch", "horizontalautoscalers", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, &v1alpha1.HorizontalAutoscaler{}, nil
		})
		w.kube, w.watched = kubefake.NewClientset(deployments...), true
		s := &counted{server: promtest.New()}
		for i := range metrics {
			for after := time.Duration(i) * time.Second; after < time.Hour; after += period {
				s.server.Add(midnight.Add(after), float64(98+int(after/period)%5), "__name__", fmt.Sprintf("queue_%d", i), "namespace", "shop")
			}
		}
		var direct *source.Direct
		answers := store.New(s, store.Options{
			Period: period, FollowScrapes: true, NoSampleTimes: noSampleTimes, Idle: time.Hour,
			Observe: func(r store.Refresh) { direct.HasRefreshed(r.Query) },
		})
		direct = source.NewDirect(new(rule.Set), answers, policy.StandardDefaults().NamespaceLabel)
		w.source = source.New(direct, nil)
		w.start()
		story(w, f, s)
		w.stop()
		answers.Close()
	})
}

// counted counts the queries of a Prometheus.
type counted struct {
	server *promtest.Server

	mu          sync.Mutex
	values      int
	sampleTimes int
}

func (s *counted) Query(ctx context.Context, r prom.Request) (prom.Answer, error) {
	s.mu.Lock()
	if strings.Contains(r.Query, "timestamp(") {
		s.sampleTimes++
	} else {
		s.values++
	}
	s.mu.Unlock()
	return s.server.Query(ctx, r)
}

// newQueries returns the number of queries since the last call.
func (s *counted) newQueries() (values, sampleTimes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	values, sampleTimes = s.values, s.sampleTimes
	s.values, s.sampleTimes = 0, 0
	return values, sampleTimes
}

// resetRequests drops the requests so far, and requests returns those since.
func (f *fleet) resetRequests() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.targets {
		t.reads, t.writes = 0, 0
	}
}

func (f *fleet) requests() (reads, writes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.targets {
		reads, writes = reads+t.reads, writes+t.writes
	}
	return reads, writes
}
