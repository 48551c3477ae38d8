package controller

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/summary"
)

func (w *world) rows(namespace string) []summary.Row {
	w.t.Helper()
	rows, err := w.controller.Rows(namespace, labels.Everything())
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.Collect(rows.Each)
}

// TestRowsHaveValuesOfLastDecision, which the status does not: a value that moves by less than its tolerance is not written.
func TestRowsHaveValuesOfLastDecision(t *testing.T) {
	live(t, func(w *world) {
		w.pass(2 * period)
		w.readings.set(104, "")
		w.pass(period)
		last := w.readings.last()
		want := []summary.Row{{
			Namespace: "shop", Name: "web", Reference: "Deployment/web", Mode: "Enforce", Current: 4, Desired: 4, Proposed: new(int32(4)), Min: new(int32(2)), Max: new(int32(20)),
			Targets: "query: 26/25", SampleTime: &last, Time: &last,
		}}
		if diff := cmp.Diff(want, w.rows("shop")); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if status := w.autoscaler().Status; status.Targets != "query: 25/25" {
			t.Errorf("the status has %q", status.Targets)
		}
		w.readings.set(900, "")
		w.pass(period)
		scaled := w.readings.last()
		row := w.rows("")[0]
		if row.Desired != 8 || row.Limit != "ScaleUpLimit" || row.LastScaleTime == nil || !row.LastScaleTime.Equal(scaled) {
			t.Errorf("after a scale-out: %+v, want 8 replicas by the limit ScaleUpLimit since %s", row, scaled)
		}
		if got := w.rows("bank"); len(got) != 0 {
			t.Errorf("another namespace has %+v", got)
		}
	}, web())
}

// TestRowsOfASelector: the total counts those that match.
func TestRowsOfASelector(t *testing.T) {
	labeled := web()
	labeled.Labels = map[string]string{"team": "shop"}
	live(t, func(w *world) {
		w.pass(period)
		for text, want := range map[string]int{"team=shop": 1, "team!=shop": 0, "": 1} {
			selector, err := labels.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := w.controller.Rows("", selector)
			if err != nil || rows.Total != want || len(slices.Collect(rows.Each)) != want {
				t.Errorf("%q: %+v, %v, want %d", text, rows, err, want)
			}
		}
	}, labeled)
}

// TestRowsOfAutoscalersThatDoNotDecide have the reason, and no figures of an earlier decision.
func TestRowsOfAutoscalersThatDoNotDecide(t *testing.T) {
	other := func(name string, edit func(spec *v1alpha1.HorizontalAutoscalerSpec)) *v1alpha1.HorizontalAutoscaler {
		a := web(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.ScaleTargetRef.Name = name }, edit)
		a.Name, a.UID = name, types.UID(name)
		return a
	}
	refused := other("refused", func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Damping = &v1alpha1.Damping{Profile: "Wild"} })
	live(t, func(w *world) {
		check := func(want ...string) {
			t.Helper()
			var got []string
			for _, row := range w.rows("shop") {
				got = append(got, fmt.Sprintf("%s %d %s %q", row.Name, row.Desired, row.Limit, row.Targets))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		}
		w.pass(period)
		check(`refused 0 InvalidSpec ""`, `web 4  "query: 25/25"`)
		w.scale.fail(errors.New("no scale today"))
		w.pass(period)
		check(`refused 0 InvalidSpec ""`, `web 4 FailedGetScale "query: 25/25"`)
		w.scale.fail(nil)
		w.readings.set(0, "Prometheus does not answer")
		w.pass(period)
		check(`refused 0 InvalidSpec ""`, `web 4 FailedGetPrometheusMetric "query: <unknown>/25"`)
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModePaused })
		w.pass(period)
		check(`refused 0 InvalidSpec ""`, `web 4 Paused ""`)
	}, []runtime.Object{web(), refused}...)
}

// TestStandbyHasNoRows: an empty list would look like a cluster without autoscalers.
func TestStandbyHasNoRows(t *testing.T) {
	w := newWorld(t, period, web())
	w.build()
	if rows, err := w.controller.Rows("", labels.Everything()); err == nil {
		t.Errorf("got %+v from a process that does not decide", rows)
	}
}

// TestShardedRowsAreThoseOfHeldShards: another process has the other rows.
func TestShardedRowsAreThoseOfHeldShards(t *testing.T) {
	const n = 8
	liveShards(t, n, func(first, second *world, _ *fleet) {
		defer first.hold(0)()
		defer second.hold(1)()
		first.pass(period)
		one, err := first.controller.Rows("", labels.Everything())
		if err != nil {
			t.Fatal(err)
		}
		own, others := slices.Collect(one.Each), second.rows("")
		if !one.Sharded || one.Total != n || len(own) == 0 || len(others) == 0 || len(own)+len(others) != n {
			t.Errorf("%d and %d rows of %d, want %d; sharded: %t", len(own), len(others), one.Total, n, one.Sharded)
		}
	})
}

// TestRowsDuringTicks is for the race detector.
func TestRowsDuringTicks(t *testing.T) {
	live(t, func(w *world) {
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				for range 50 {
					w.rows("")
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

// TestReversals counts changes against the one before, whatever the decisions between them.
func TestReversals(t *testing.T) {
	l := lastDecision{}
	for _, direction := range []int{1, 1, -1, -1, 1, -1} {
		l.addChange(direction)
	}
	if l.reversals != 3 {
		t.Errorf("got %d reversals, want 3", l.reversals)
	}
}
