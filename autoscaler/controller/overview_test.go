package controller

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/summary"
)

// TestDetailHasTheHistory: the points of all decisions, the steps of those that differ from the one before, and the last decision.
func TestDetailHasTheHistory(t *testing.T) {
	live(t, func(w *world) {
		w.pass(2 * period)
		w.readings.set(900, "")
		w.pass(period)
		scaled := w.readings.last()
		w.pass(2 * period)
		d := w.controller.Detail("shop", "web", scaled)
		if !d.Memory || d.Page == nil || d.Row.Desired != 20 || len(d.Samples) != 1 || d.Samples[0].Value != "56.25" {
			t.Errorf("got %+v with samples %+v", d.Row, d.Samples)
		}
		var desired []int32
		for _, p := range d.Points {
			desired = append(desired, p.Desired)
		}
		if got := fmt.Sprint(slices.Compact(desired)); got != "[4 8 16 20]" {
			t.Errorf("points of %s replicas", got)
		}
		if d.Chosen == nil || d.Chosen.Page.Desired != 8 || !strings.Contains(d.Chosen.Page.Reason, "scale out from 4 to 8") {
			t.Errorf("the decision of %s is %+v", scaled, d.Chosen)
		}
		if d.ChosenPoint == nil || d.ChosenPoint.Desired != 8 {
			t.Errorf("its figures are %+v", d.ChosenPoint)
		}
		if w.controller.Detail("shop", "other", time.Time{}) != nil || w.controller.Detail("bank", "web", time.Time{}) != nil {
			t.Error("an autoscaler that does not exist has a detail")
		}
	}, web())
}

// TestLinkToAShownDecisionStaysValid although the decision does not differ from the one before.
func TestLinkToAShownDecisionStaysValid(t *testing.T) {
	live(t, func(w *world) {
		w.pass(5 * period)
		shown := *w.controller.Detail("shop", "web", time.Time{}).Row.Time
		w.pass(5 * period)
		if d := w.controller.Detail("shop", "web", shown); d.Chosen == nil || len(d.Chosen.Page.Steps) == 0 || len(d.Decisions) != 1 {
			t.Errorf("got %+v beside %d stored decisions", d.Chosen, len(d.Decisions))
		}
		if d := w.controller.Detail("shop", "web", shown.Add(period)); d.Chosen != nil || d.ChosenPoint == nil {
			t.Errorf("got %+v and %+v of a decision that nobody has seen", d.Chosen, d.ChosenPoint)
		}
	}, web())
}

// TestUndecidedTimeIsUnknown in the history.
func TestUndecidedTimeIsUnknown(t *testing.T) {
	live(t, func(w *world) {
		w.pass(2 * period)
		w.scale.fail(fmt.Errorf("no scale today"))
		w.pass(2 * period)
		points := w.controller.Detail("shop", "web", time.Time{}).Points
		if last := points[len(points)-1]; last.Decided || !points[0].Decided {
			t.Errorf("got %+v", points)
		}
		if e, _ := w.controller.Entry("shop", "web"); !slices.Equal(e.Troubles.List(), []summary.Trouble{summary.Unreadable}) {
			t.Errorf("the troubles are %v", e.Troubles.List())
		}
	}, web())
}

// TestStandbyHasTheStatuses, and says that they are no figures of its own.
func TestStandbyHasTheStatuses(t *testing.T) {
	a := web()
	a.Status.DesiredReplicas = 7
	w := newWorld(t, period, a)
	_, startInformers := w.build()
	startInformers(t.Context())
	cache.WaitForCacheSync(t.Context().Done(), w.controller.deps.Autoscalers.Informer().HasSynced)
	entries := w.controller.Entries("")
	d := w.controller.Detail("shop", "web", time.Time{})
	if len(entries) != 1 || entries[0].Memory || entries[0].Desired != 7 || d.Memory || d.Row.Min != nil || d.PodsKnown || len(d.Points) != 0 {
		t.Errorf("got %+v and %+v", entries, d)
	}
	if names := w.controller.Namespaces(); !slices.Equal(names, []string{"shop"}) {
		t.Errorf("namespaces %v", names)
	}
}

// TestDetailsDuringTicks is for the race detector.
func TestDetailsDuringTicks(t *testing.T) {
	live(t, func(w *world) {
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				for range 50 {
					w.controller.Entries("")
					if d := w.controller.Detail("shop", "web", time.Time{}); d.Page != nil {
						_ = d.Page.String()
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
