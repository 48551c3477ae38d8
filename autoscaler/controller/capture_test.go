package controller

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// replayed captures the last decision, takes it through a file, and decides again.
func (w *world) replayed() (decided, again int32, b *bundle.Bundle) {
	w.t.Helper()
	captured, err := w.controller.Bundle("shop", "web")
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := bundle.Marshal(captured)
	if err != nil {
		w.t.Fatal(err)
	}
	if b, err = bundle.Unmarshal(text); err != nil {
		w.t.Fatalf("%v\n%s", err, text)
	}
	d, _, err := bundle.Replay(b)
	if err != nil {
		w.t.Fatal(err)
	}
	return b.Decided.Desired, d.Desired, b
}

// TestCapturedDecisionReplaysToSameReplicas, through a rise, a fall that stabilization holds, an outage and a restart:
// each of them depends on another part of what is captured.
func TestCapturedDecisionReplaysToSameReplicas(t *testing.T) {
	live(t, func(w *world) {
		check := func(when string, want int32) {
			t.Helper()
			decided, again, b := w.replayed()
			if decided != want || again != want {
				t.Errorf("%s: decided %d, replayed %d, want %d", when, decided, again, want)
			}
			if b.Decided.Reason == "" {
				t.Errorf("%s: no reason in %+v", when, b.Decided)
			}
		}
		check("at first", 4)
		w.readings.set(200, "")
		w.pass(period)
		check("after a rise", 8)
		w.readings.set(100, "")
		w.pass(2 * period)
		check("after a fall", 8) // held by the state before: without it, 4
		w.readings.set(0, "Prometheus does not answer")
		w.pass(period)
		check("in an outage", 8)
		w.stop()
		w.readings.set(100, "")
		w.start()
		check("after a restart", 8)
		w.until(6*time.Minute + 3*period)
		check("once the window has passed", 4)
	}, web())
}

// TestCopyStateCopiesEveryField and shares no memory with the original.
func TestCopyStateCopiesEveryField(t *testing.T) {
	full := engine.State{
		Recommendations: []engine.Recommendation{{Replicas: 1}}, Ups: []engine.ScaleEvent{{Change: 2}}, Downs: []engine.ScaleEvent{{Change: 3}},
		Outages: []engine.Outage{{Metric: 4}}, ScaledToZero: true, Batches: []engine.BatchState{{Window: 5}}, StartUp: engine.StartUp{Pods: 6},
		Ready: []engine.ReadyCount{{Ready: 8}}, Observed: time.Unix(9, 0), ScaledIn: engine.ReadyCount{Ready: 10}, Samples: []engine.SampleAge{{Metric: 11}},
		Activated: time.Unix(14, 0), BlockedSince: time.Unix(12, 0), QuotaProbe: 15, Surged: time.Unix(13, 0),
		Damping: damping.State{Level: 7, Forecasts: []damping.Forecast{{Load: 9}}, Requirements: []damping.Requirement{{Replicas: 1}}, HPARequirements: []damping.Requirement{{Replicas: 2}}, HPACounts: []damping.Requirement{{Replicas: 3}}, Counts: []damping.Requirement{{Replicas: 4}}},
	}
	for i := range reflect.TypeFor[engine.State]().NumField() {
		if reflect.ValueOf(full).Field(i).IsZero() {
			t.Fatalf("the test says nothing about %s", reflect.TypeFor[engine.State]().Field(i).Name)
		}
	}
	var into engine.State
	for range 2 {
		into.Copy(&full)
		if diff := cmp.Diff(full, into); diff != "" {
			t.Errorf("copied otherwise (-want +got):\n%s", diff)
		}
	}
	full.Damping.Requirements[0].Replicas, full.Batches[0].Window = 0, 0
	if into.Damping.Requirements[0].Replicas != 1 || into.Batches[0].Window != 5 {
		t.Errorf("the copy changes with what it was copied from: %+v", into)
	}
}

// TestBundleHasDampingState: a forecast depends on earlier observations.
func TestBundleHasDampingState(t *testing.T) {
	damped := web(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.Damping = &v1alpha1.Damping{Profile: v1alpha1.DampingBalanced}
	})
	live(t, func(w *world) {
		for load := int64(100); load < 400; load += 10 {
			w.readings.set(load, "")
			w.pass(period)
			if decided, again, b := w.replayed(); decided != again || load > 100 && b.State.Damping.Level == 0 {
				t.Fatalf("at a load of %d: decided %d, replayed %d, by %+v", load, decided, again, b.State.Damping)
			}
		}
	}, damped)
}

// TestBundleIsOfLastDecision: a request neither wakes the loop nor waits for it.
func TestBundleIsOfLastDecision(t *testing.T) {
	live(t, func(w *world) {
		w.pass(period)
		reads, last := w.readings.count(), w.readings.last()
		w.readings.set(500, "")
		decided, _, b := w.replayed()
		if decided != 4 || !b.Time.Equal(last) || w.readings.count() != reads {
			t.Errorf("captured a decision for %d at %s, want that for 4 of %s and no other", decided, b.Time, last)
		}
		if b.Autoscaler.Name != "web" || b.Autoscaler.Namespace != "shop" || b.Autoscaler.Generation != 1 || b.Autoscaler.UID != "" {
			t.Errorf("the autoscaler is %+v", b.Autoscaler.ObjectMeta)
		}
		if held := b.State.Recommendations; len(held) == 0 || held[len(held)-1].Time.Equal(b.Time) {
			t.Errorf("the state %+v is not that of before the decision at %s", held, b.Time)
		}
	}, web())
}

func TestBundleWithoutDecisionIsAnError(t *testing.T) {
	paused := web(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModePaused })
	paused.Name, paused.UID = "paused", "paused"
	refused := web(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.Damping, spec.ScaleTargetRef.Name = &v1alpha1.Damping{Profile: "Wild"}, "other"
	})
	refused.Name, refused.UID = "refused", "refused"
	live(t, func(w *world) {
		for name, want := range map[string]string{
			"none":    "HorizontalAutoscaler shop/none not found",
			"paused":  "HorizontalAutoscaler shop/paused is paused",
			"refused": "this process has no decision for HorizontalAutoscaler shop/refused yet",
		} {
			if _, err := w.controller.Bundle("shop", name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error is %v, want %q", name, err, want)
			}
		}
		w.replayed()
		err := w.client.AutoscalingV1alpha1().HorizontalAutoscalers("shop").Delete(t.Context(), "web", metav1.DeleteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.pass(period)
		if b, err := w.controller.Bundle("shop", "web"); err == nil {
			t.Errorf("a deleted autoscaler still has %+v", b)
		}
	}, []runtime.Object{web(), paused, refused}...)
}

// TestBundleDuringTicks is for the race detector.
func TestBundleDuringTicks(t *testing.T) {
	live(t, func(w *world) {
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				for range 50 {
					b, err := w.controller.Bundle("shop", "web")
					if err == nil {
						_, err = bundle.Marshal(b)
					}
					if err != nil {
						t.Error(err)
					}
					time.Sleep(period / 7)
				}
			})
		}
		for i := range int64(8) {
			w.readings.set(100+i*20, "")
			w.pass(period)
		}
		asking.Wait()
	}, web())
}

// BenchmarkLastDecision measures a decision and its capture, to compare with engine.BenchmarkDecideQuery: the state has five
// minutes of recommendations, with a period of 5 s.
func BenchmarkLastDecision(b *testing.B) {
	compiled, err := policy.Compile(web(), policy.StandardDefaults())
	if err != nil {
		b.Fatal(err)
	}
	o := &object{key: cache.ObjectName{Namespace: "shop", Name: "web"}, autoscaler: web(), policy: compiled}
	o.observation = engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Readings: []engine.Reading{{Value: 100_000}}}
	c, now := &Controller{last: newLastDecisions()}, midnight
	for range 60 {
		now = now.Add(5 * time.Second)
		c.decideOne(o, now)
	}
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(5 * time.Second)
		c.decideOne(o, now)
	}
}
