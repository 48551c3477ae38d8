package controller

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// floors is a ScaleWindow with a floor of 10 from 00:07 for ten minutes of each hour; edits are lines of its spec.
func floors(t testing.TB, name, targets string, edits ...string) *v1alpha1.ScaleWindow {
	t.Helper()
	w := &v1alpha1.ScaleWindow{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "w-1", Generation: 1}}
	spec := "targets: " + targets + "\n"
	if len(edits) == 0 {
		edits = []string{"start: '7 * * * *'", "duration: 10m", "minReplicas: 10"}
	}
	if err := yaml.UnmarshalStrict([]byte(spec+strings.Join(edits, "\n")), &w.Spec); err != nil {
		t.Fatal(err)
	}
	return w
}

const (
	byName  = "[{kind: HorizontalAutoscaler, name: web}]"
	byLabel = "[{kind: HorizontalAutoscaler, selector: {matchLabels: {tier: front}}}]"
)

// nimble scales in at once.
func nimble(spec *v1alpha1.HorizontalAutoscalerSpec) {
	zero := int32(0)
	spec.Behavior = &v1alpha1.Behavior{ScaleDown: &v1alpha1.ScalingRules{StabilizationWindowSeconds: &zero}}
}

func labelled(labels map[string]string) *v1alpha1.HorizontalAutoscaler {
	autoscaler := web(nimble)
	autoscaler.Labels = labels
	return autoscaler
}

func (w *world) window(name string) *v1alpha1.ScaleWindow {
	w.t.Helper()
	got, err := w.client.AutoscalingV1alpha1().ScaleWindows("shop").Get(w.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func (w *world) windowCondition(name, kind string) metav1.Condition {
	w.t.Helper()
	condition := meta.FindStatusCondition(w.window(name).Status.Conditions, kind)
	if condition == nil {
		w.t.Fatalf("there is no condition %s in %+v", kind, w.window(name).Status)
	}
	return *condition
}

// rewindow edits a ScaleWindow as a user would.
func (w *world) rewindow(name string, edit func(spec *v1alpha1.ScaleWindowSpec)) {
	w.t.Helper()
	changed := w.window(name)
	edit(&changed.Spec)
	changed.Generation++
	if _, err := w.client.AutoscalingV1alpha1().ScaleWindows("shop").Update(w.t.Context(), changed, metav1.UpdateOptions{}); err != nil {
		w.t.Fatal(err)
	}
}

// relabel changes the labels of the autoscaler, which does not change its generation.
func (w *world) relabel(labels map[string]string) {
	w.t.Helper()
	changed := w.autoscaler()
	changed.Labels = labels
	if _, err := w.client.AutoscalingV1alpha1().HorizontalAutoscalers("shop").Update(w.t.Context(), changed, metav1.UpdateOptions{}); err != nil {
		w.t.Fatal(err)
	}
}

// edges are the events about windows since it was last asked.
func (w *world) edges() []string {
	return slices.DeleteFunc(w.newEvents(), func(event string) bool { return !strings.Contains(event, " Window") })
}

func (w *world) wantReplicas(when string, want int32) {
	w.t.Helper()
	if got := w.scale.now(); got != want {
		w.t.Errorf("%s: %d replicas, want %d", when, got, want)
	}
}

func TestScaleWindowOpensAndClosesOnTime(t *testing.T) {
	for name, targets := range map[string]string{"by name": byName, "by label": byLabel} {
		t.Run(name, func(t *testing.T) {
			live(t, func(w *world) {
				w.until(7*time.Minute - time.Nanosecond)
				w.wantReplicas("before the window", 4)
				if s := w.window("rush").Status; s.Open == nil || *s.Open || *s.Targets != 1 || !s.NextChange.Equal(&metav1.Time{Time: midnight.Add(7 * time.Minute)}) {
					t.Errorf("before the window its status is %+v", s)
				}
				w.pass(time.Nanosecond)
				w.wantReplicas("at its start", 10)
				status := w.autoscaler().Status
				if got := status.Windows; !slices.Equal(got.Open, []string{"ScaleWindow/rush"}) ||
					got.Next == nil || got.Next.Start != nil || !got.Next.End.Equal(&metav1.Time{Time: midnight.Add(17 * time.Minute)}) {
					t.Errorf("windows are %+v, next %+v", got, got.Next)
				}
				if !strings.Contains(status.Decision.Reason, "window ScaleWindow/rush: at least 10 replicas") {
					t.Errorf("the reason is %q", status.Decision.Reason)
				}
				if s := w.window("rush").Status; !*s.Open || !s.NextChange.Equal(&metav1.Time{Time: midnight.Add(17 * time.Minute)}) {
					t.Errorf("in the window its status is %+v", s)
				}
				w.pass(10 * time.Minute)
				w.wantReplicas("at its end", 4)
				w.until(30 * time.Minute)
				if got := w.edges(); len(got) != 2 || got[0] != "Normal WindowOpened Window ScaleWindow/rush opened; bounds are now 10 to 20 replicas" ||
					got[1] != "Normal WindowClosed Window ScaleWindow/rush closed; bounds are now 2 to 20 replicas" {
					t.Errorf("events are %q", got)
				}
			}, labelled(map[string]string{"tier": "front"}), floors(t, "rush", targets))
		})
	}
}

// TestChangedScaleWindowAppliesAtOnce: it is created, edited, suspended and deleted inside its occurrence.
func TestChangedScaleWindowAppliesAtOnce(t *testing.T) {
	live(t, func(w *world) {
		client := w.client.AutoscalingV1alpha1().ScaleWindows("shop")
		w.until(10 * time.Minute)
		w.wantReplicas("without a window", 4)
		if _, err := client.Create(t.Context(), floors(t, "rush", byLabel), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
		w.wantReplicas("created", 10)
		w.rewindow("rush", func(spec *v1alpha1.ScaleWindowSpec) { spec.MinReplicas = new(int32(12)) })
		w.pass(0)
		w.wantReplicas("edited", 12)
		w.rewindow("rush", func(spec *v1alpha1.ScaleWindowSpec) { spec.Suspend = true })
		w.pass(0)
		w.wantReplicas("suspended", 4)
		w.rewindow("rush", func(spec *v1alpha1.ScaleWindowSpec) { spec.Suspend = false })
		w.pass(0)
		w.wantReplicas("resumed", 12)
		w.relabel(map[string]string{"tier": "back"})
		w.pass(0)
		w.wantReplicas("relabelled", 4)
		w.relabel(map[string]string{"tier": "front"})
		w.pass(0)
		w.wantReplicas("relabelled back", 12)
		if err := client.Delete(t.Context(), "rush", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
		w.wantReplicas("deleted", 4)
		want := []string{
			"opened at 2000-01-01T00:07:00Z, 3m0s before this event;", "closed, because it is suspended;",
			"opened at 2000-01-01T00:07:00Z, 3m0s before this event;", "closed, because it no longer applies to this autoscaler;",
			"opened at 2000-01-01T00:07:00Z, 3m0s before this event;", "closed, because it no longer applies to this autoscaler;",
		}
		got := w.edges()
		if len(got) != len(want) {
			t.Fatalf("events are %q", got)
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("event %d is %q, want %q", i, got[i], want[i])
			}
		}
	}, labelled(map[string]string{"tier": "front"}))
}

// TestEdgeDuringDowntimeIsAppliedLateOnce, and its event has the time of the edge.
func TestEdgeDuringDowntimeIsAppliedLateOnce(t *testing.T) {
	live(t, func(w *world) {
		w.until(5 * time.Minute)
		w.stop()
		w.until(9 * time.Minute)
		w.start()
		w.wantReplicas("back in the window", 10)
		if got := w.edges(); len(got) != 1 || !strings.Contains(got[0], "opened at 2000-01-01T00:07:00Z, 2m0s before this event") {
			t.Errorf("events are %q", got)
		}
		w.stop()
		w.until(12 * time.Minute)
		w.start()
		w.wantReplicas("another leader", 10)
		w.pass(period)
		if got := w.edges(); len(got) != 0 {
			t.Errorf("another leader told %q", got)
		}
		w.stop()
		w.until(20 * time.Minute)
		w.start()
		w.wantReplicas("back after the window", 4)
		if got := w.edges(); len(got) != 1 || !strings.Contains(got[0], "closed at 2000-01-01T00:17:00Z, 3m0s before this event") {
			t.Errorf("events are %q", got)
		}
	}, web(nimble), floors(t, "rush", byName))
}

// TestMissedWindowHasAnEvent: it opened and closed while no loop ran. A window that was created later has none.
func TestMissedWindowHasAnEvent(t *testing.T) {
	live(t, func(w *world) {
		w.until(5 * time.Minute)
		w.stop()
		w.until(20 * time.Minute)
		young := floors(t, "young", byName)
		young.CreationTimestamp = metav1.Now()
		if _, err := w.client.AutoscalingV1alpha1().ScaleWindows("shop").Create(t.Context(), young, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.pass(2 * period)
		const want = "Warning WindowMissed Window ScaleWindow/rush was open from 2000-01-01T00:07:00Z to 2000-01-01T00:17:00Z, while no autoscaler ran: its bounds were not applied"
		if got := w.edges(); !slices.Equal(got, []string{want}) {
			t.Errorf("events are %q", got)
		}
		w.stop()
		w.start()
		if got := w.edges(); len(got) != 0 {
			t.Errorf("another leader told %q", got)
		}
	}, web(nimble), floors(t, "rush", byName))
}

// TestConflictingWindows: the window of higher priority applies without an event; with equal priority minReplicas applies, and both windows report it.
func TestConflictingWindows(t *testing.T) {
	ceiling := func(priority int) *v1alpha1.ScaleWindow {
		return floors(t, "cap", byName, "start: '5 * * * *'", "duration: 30m", "maxReplicas: 3", fmt.Sprint("priority: ", priority))
	}
	for name, tc := range map[string]struct {
		priority int
		want     int32
		status   metav1.ConditionStatus
	}{"equal": {0, 10, "True"}, "the ceiling is higher": {1, 3, "False"}, "the floor is higher": {-1, 10, "False"}} {
		t.Run(name, func(t *testing.T) {
			live(t, func(w *world) {
				w.until(8 * time.Minute)
				w.wantReplicas("in both", tc.want)
				for _, window := range []string{"rush", "cap"} {
					got := w.windowCondition(window, v1alpha1.ConditionConflicting)
					if got.Status != tc.status || (tc.status == "True") != strings.Contains(got.Message, "minReplicas 10 of ScaleWindow/rush is above maxReplicas 3 of ScaleWindow/cap") {
						t.Errorf("%s: %+v", window, got)
					}
				}
				events := strings.Count(strings.Join(w.newEvents(), "\n"), "Warning FloorAboveCeiling")
				if want := map[metav1.ConditionStatus]int{"True": 2}[tc.status]; events != want {
					t.Errorf("got %d events of the conflict, want %d", events, want)
				}
			}, web(nimble), floors(t, "rush", byName), ceiling(tc.priority))
		})
	}
}

// TestStatusHasNextChangeOfSeveralWindows: the first of them. A window that both names and selects an autoscaler applies once.
func TestStatusHasNextChangeOfSeveralWindows(t *testing.T) {
	both := "[{kind: HorizontalAutoscaler, name: web}, {kind: HorizontalAutoscaler, selector: {matchLabels: {tier: front}}}]"
	live(t, func(w *world) {
		for _, tc := range []struct {
			late       time.Duration
			open, next string
		}{
			{0, "[]", "ScaleWindow/rush opens 00:07:00"},
			{7 * time.Minute, "[ScaleWindow/rush]", "ScaleWindow/late opens 00:09:00"},
			{9 * time.Minute, "[ScaleWindow/late ScaleWindow/rush]", "ScaleWindow/rush closes 00:17:00"},
			{17 * time.Minute, "[ScaleWindow/late]", "ScaleWindow/late closes 00:39:00"},
			{39 * time.Minute, "[]", "ScaleWindow/rush opens 01:07:00"},
		} {
			if tc.late > 0 {
				w.until(tc.late)
			}
			windows := w.autoscaler().Status.Windows
			next := ""
			switch {
			case windows.Next.Start != nil && windows.Next.End == nil:
				next = windows.Next.Name + " opens " + windows.Next.Start.UTC().Format(time.TimeOnly)
			case windows.Next.End != nil && windows.Next.Start == nil:
				next = windows.Next.Name + " closes " + windows.Next.End.UTC().Format(time.TimeOnly)
			}
			if got := fmt.Sprint(windows.Open); got != tc.open || next != tc.next {
				t.Errorf("at %s %s are open, and %s; want %s, and %s", tc.late, got, next, tc.open, tc.next)
			}
		}
	}, labelled(map[string]string{"tier": "front"}), floors(t, "rush", both),
		floors(t, "late", byName, "start: '9 * * * *'", "duration: 30m", "minReplicas: 5"))
}

// TestBundleHasScaleWindows and replays to the same replicas.
func TestBundleHasScaleWindows(t *testing.T) {
	live(t, func(w *world) {
		w.until(8 * time.Minute)
		decided, again, b := w.replayed()
		if decided != 10 || again != 10 || b.Decided.Min != 10 || len(b.Windows) != 1 || b.Windows[0].Name != "rush" {
			t.Errorf("decided %d, replayed %d with %+v", decided, again, b.Windows)
		}
	}, web(nimble), floors(t, "rush", byName), floors(t, "else", "[{kind: HorizontalAutoscaler, name: other}]"))
}
