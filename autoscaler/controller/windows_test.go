package controller

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/scalewindow"
)

// TestAYearOfClockChanges: the loop, which looks once an hour, meets each edge at its very instant over leap day, the night
// in which clocks are put forward and the start does not exist, and the night in which it comes twice. In the months between
// no loop runs.
func TestAYearOfClockChanges(t *testing.T) {
	nights := floors(t, "nights", byName, "start: '30 2 * * *'", "end: '0 4 * * *'", "timeZone: Europe/Berlin", "minReplicas: 10",
		"only: [2000-02-29, 2000-03-25/2000-03-27, 2000-10-28/2000-10-30]")
	liveAt(t, time.Hour, func(w *world) {
		for _, night := range [][2]string{
			{"2000-02-29T01:30:00Z", "2000-02-29T03:00:00Z"},
			{"2000-03-25T01:30:00Z", "2000-03-25T03:00:00Z"},
			{"2000-03-26T01:00:00Z", "2000-03-26T02:00:00Z"}, // 02:30 is skipped: it happens at 03:00
			{"2000-03-27T00:30:00Z", "2000-03-27T02:00:00Z"},
			{"2000-10-28T00:30:00Z", "2000-10-28T02:00:00Z"},
			{"2000-10-29T00:30:00Z", "2000-10-29T03:00:00Z"}, // from the first 02:30 on, an hour longer
			{"2000-10-30T01:30:00Z", "2000-10-30T03:00:00Z"},
		} {
			for i, edge := range night {
				before, after := int32(4), int32(10)
				if i == 1 {
					before, after = after, before
				}
				instant, err := time.Parse(time.RFC3339, edge)
				if err != nil {
					t.Fatal(err)
				}
				if time.Until(instant) > 48*time.Hour {
					w.stop()
					w.pass(time.Until(instant) - 5*time.Hour)
					w.start()
				}
				w.pass(time.Until(instant) - time.Nanosecond)
				w.wantReplicas("before "+edge, before)
				w.pass(time.Nanosecond)
				w.wantReplicas("at "+edge, after)
				if got := w.edges(); len(got) != 1 || strings.Contains(got[0], "before this event") {
					t.Errorf("at %s the events are %q, want one", edge, got)
				}
			}
		}
	}, web(nimble), nights)
}

// TestBoundsOfAWindow that is open from 00:07 to 00:17.
func TestBoundsOfAWindow(t *testing.T) {
	for name, tc := range map[string]struct {
		bounds            []string
		load              int64
		before, in, after int32
		early, atItsStart int32
	}{
		"an exact count, a little beside the metric":  {[]string{"replicas: 5"}, 98, 4, 5, 4, 4, 5},
		"an exact count that the metric is far above": {[]string{"replicas: 5"}, 400, 16, 5, 16, 16, 5},
		"a ceiling below the own floor":               {[]string{"maxReplicas: 1"}, 100, 4, 1, 4, 4, 1},
		"zero is allowed inside":                      {[]string{"minReplicas: 0"}, 0, 2, 0, 2, 2, 0},
		"a lead opens the floor alone":                {[]string{"minReplicas: 9", "lead: 2m"}, 100, 4, 9, 4, 9, 9},
		"a ramp moves by whole replicas":              {[]string{"minReplicas: 12", "ramp: 5m"}, 100, 4, 12, 11, 4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			liveAt(t, time.Minute, func(w *world) {
				w.readings.set(tc.load, "")
				w.until(4 * time.Minute)
				w.wantReplicas("long before", tc.before)
				w.until(7*time.Minute - time.Nanosecond)
				w.wantReplicas("just before", tc.early)
				w.pass(time.Nanosecond)
				w.wantReplicas("at its start", tc.atItsStart)
				w.until(17*time.Minute - time.Nanosecond)
				w.wantReplicas("before its end", tc.in)
				w.until(17*time.Minute + 30*time.Second)
				w.wantReplicas("after its end", tc.after)
			}, web(nimble), floors(t, "rush", byName, append(tc.bounds, "start: '7 * * * *'", "duration: 10m")...))
		})
	}
}

// TestEdgeHasOneEventWhenStatusUpdatesFail: the loop stores which edges have an event.
func TestEdgeHasOneEventWhenStatusUpdatesFail(t *testing.T) {
	live(t, func(w *world) {
		var failing atomic.Bool
		failing.Store(true)
		w.stop() // to change its client
		w.client.PrependReactor("update", "horizontalautoscalers", func(action clienttesting.Action) (bool, runtime.Object, error) {
			return failing.Load() && action.GetSubresource() == "status", nil, errors.New("etcd is full")
		})
		w.start()
		w.until(9 * time.Minute)
		failing.Store(false)
		w.until(10 * time.Minute)
		if got := w.edges(); len(got) != 1 || !strings.Contains(got[0], "WindowOpened") {
			t.Errorf("events are %q", got)
		}
	}, web(nimble), floors(t, "rush", byName))
}

// TestEdgesDoNotWaitForMetrics: Prometheus hangs, so that nearly always some batch waits for it, for half a period. Floors and
// ceilings hold at their second all the same, whichever part of a period the edge falls into.
func TestEdgesDoNotWaitForMetrics(t *testing.T) {
	for second := range 15 {
		from := midnight.Add(7*time.Minute + time.Duration(second)*time.Second)
		occurrence := fmt.Sprintf("at: {from: %q, to: '2000-01-01T00:09'}", from.Format("2006-01-02T15:04:05"))
		t.Run(occurrence, func(t *testing.T) {
			live(t, func(w *world) {
				w.pass(2 * period)
				w.readings.hang()
				w.pass(time.Until(from) - time.Nanosecond)
				w.wantReplicas("before the edge", 4)
				w.pass(time.Nanosecond)
				w.wantReplicas("at the edge", 10)
				if got := w.edges(); len(got) != 1 {
					t.Errorf("events are %q", got)
				}
				w.until(9*time.Minute + period)
				w.wantReplicas("once it has closed, and no metric is known", 10)
				if decided, again, _ := w.replayed(); decided != 10 || again != 10 {
					t.Errorf("decided %d, replayed %d", decided, again)
				}
			}, web(nimble), another("web-1"), another("web-2"), another("web-3"), floors(t, "rush", byName, occurrence, "minReplicas: 10"))
		})
	}
}

// TestLoopUsesInjectedClock, which is 90 s before a window's start when the machine's is at midnight: also where it meets
// the edge while metrics hang, and in the window's status.
func TestLoopUsesInjectedClock(t *testing.T) {
	const ahead = 5*time.Minute + 30*time.Second
	for name, hangs := range map[string]bool{"in a tick": false, "while metrics hang": true} {
		t.Run(name, func(t *testing.T) {
			live(t, func(w *world) {
				w.stop()
				w.until(10 * time.Second)
				w.ahead = ahead
				w.start()
				if hangs {
					w.readings.hang()
				}
				w.until(90*time.Second - time.Nanosecond)
				w.wantReplicas("before the edge", 4)
				w.pass(time.Nanosecond)
				w.wantReplicas("at the edge", 10)
				if got := w.edges(); len(got) != 1 || strings.Contains(got[0], "before this event") {
					t.Errorf("events are %q, want one of the edge at its time", got)
				}
				status := w.window("rush").Status
				if next := status.NextChange; next == nil || !next.Time.Equal(midnight.Add(17*time.Minute)) {
					t.Errorf("the window's next change is %s, want its end", next)
				}
			}, web(nimble), another("web-1"), another("web-2"), another("web-3"), floors(t, "rush", byName))
		})
	}
}

// another is an autoscaler of some other target, to fill the loop's batches with.
func another(name string) *v1alpha1.HorizontalAutoscaler {
	autoscaler := web()
	autoscaler.Name, autoscaler.UID = name, types.UID(name)
	autoscaler.Spec.ScaleTargetRef.Name = name
	autoscaler.Spec.Mode = v1alpha1.ModeShadow // all autoscalers have the same scale
	return autoscaler
}

// BenchmarkCompose measures the search for the windows of every autoscaler of a namespace with as many windows as autoscalers,
// after one window has changed.
func BenchmarkCompose(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			own, err := policy.Compile(web(), policy.StandardDefaults())
			if err != nil {
				b.Fatal(err)
			}
			windows, objects := make([]*policy.ScaleWindow, n), make([]*object, n)
			for i := range n {
				name := fmt.Sprint("web-", i)
				targets := "[{kind: HorizontalAutoscaler, name: " + name + "}]"
				if i%1000 == 0 { // ten of ten thousand select by labels
					targets = byLabel
				}
				if windows[i], err = policy.CompileScaleWindow(floors(b, name, targets), "", nil); err != nil {
					b.Fatal(err)
				}
				autoscaler := labelled(map[string]string{"tier": "front"})
				autoscaler.Name = name
				objects[i] = &object{key: cache.MetaObjectToName(autoscaler), autoscaler: autoscaler, own: own}
			}
			b.ReportAllocs()
			for b.Loop() {
				snapshot := scalewindow.NewSnapshot(windows)
				for _, o := range objects {
					o.snapshot = snapshot
					o.compose(false)
				}
			}
			if got := len(objects[n-1].policy.Spec.Windows); got == 0 {
				b.Fatal("got no window")
			}
		})
	}
}
