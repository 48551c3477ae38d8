package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// settled is the time after which the samples of a period ago have the share of every pod.
const settled = 24 * time.Second

// TestWindows runs at a period of ten seconds, so that a change within a second shows that an event has woken the loop.
func TestWindows(t *testing.T) {
	env := exclusiveEnvironment(t)
	env.withoutNamespace(t).restartAutoscaler("--period=10s")
	t.Cleanup(func() { env.withoutNamespace(t).restartAutoscaler() })
	t.Run("side by side", func(t *testing.T) {
		for name, run := range map[string]func(s *story){
			"a floor opens within a second with pods ready at the start": aFloorOpensWithPodsReady,
			"a ScaleWindow holds for those with the labels":              aScaleWindowHoldsForThoseWithTheLabels,
			"two windows in conflict":                                    twoWindowsInConflict,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				run(env.newStory(t))
			})
		}
	})
	t.Run("the loop is down across the edges", func(t *testing.T) { theLoopIsDownAcrossTheEdges(env.newStory(t)) })
}

func aFloorOpensWithPodsReady(s *story) {
	const lead = 6 * time.Second
	s.deploy("web", 2)
	s.load("web", requests(17))
	from := inSeconds(lead + 8*time.Second)
	to := from.Add(settled)
	s.apply(plain("web", fmt.Sprintf("windows: [{name: rush, minReplicas: 7, lead: 6s, %s}]", between(from, to))))

	s.changesTo("web", 2, 7, from.Add(-lead))
	time.Sleep(time.Until(from))
	if _, ready := s.replicas("web"); ready != 7 {
		s.t.Errorf("%d pods are ready at the window's start, want its floor of 7", ready)
	}
	s.hasEvent(v1alpha1.EventWindowOpened, "Window rush opened; bounds are now 7 to 20 replicas")
	s.eventually(fmt.Sprintf("status.windows with rush open until %s", to), func() (bool, string) { // it follows the event
		windows := s.autoscaler("web").Status.Windows
		return len(windows.Open) == 1 && windows.Next != nil && windows.Next.End != nil && windows.Next.End.Time.Equal(to), fmt.Sprintf("%+v", windows)
	})
	s.changesTo("web", 7, 2, to)
	s.hasEvent(v1alpha1.EventWindowClosed, "Window rush closed; bounds are now 1 to 20 replicas")
	s.hasEventOnce(v1alpha1.EventWindowOpened, v1alpha1.EventWindowClosed)
}

func aScaleWindowHoldsForThoseWithTheLabels(s *story) {
	names := []string{"one", "two", "three"}
	for _, name := range names {
		s.deploy(name, 2)
		s.load(name, requests(17))
		s.apply(strings.Replace(plain(name, ""), "metadata: {", "metadata: {labels: {tier: batch}, ", 1))
		s.decided(name)
	}
	s.apply(`
kind: ScaleWindow
metadata: {name: rush}
spec: {targets: [{kind: HorizontalAutoscaler, selector: {matchLabels: {tier: batch}}}], minReplicas: 5, ` +
		between(inSeconds(-time.Minute), inSeconds(time.Hour)) + "}")
	written := time.Now()
	for _, name := range names {
		s.changesTo(name, 2, 5, written)
	}
	s.eventually("the window's columns", func() (bool, string) {
		out, err := s.kubectl("get", "sw", "rush")
		return err == nil && strings.Contains(strings.Join(strings.Fields(out), " "), "NAME OPEN TARGETS NEXT ACCEPTED AGE rush true 3 2"), out
	})
	for _, name := range names {
		s.scalesTo(name, 5)
	}
	s.eventually("the window in the reason", func() (bool, string) {
		reason := s.autoscaler("two").Status.Decision.Reason
		return strings.Contains(reason, "window ScaleWindow/rush: at least 5 replicas"), reason
	})
	time.Sleep(settled)
	if out, err := s.kubectl("label", "ha", "two", "tier=front", "--overwrite"); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	s.changesTo("two", 5, 2, time.Now())
	s.eventually("the targets without it", func() (bool, string) {
		window := s.window("rush")
		return window.Status.Targets != nil && *window.Status.Targets == 2, fmt.Sprintf("%+v", window.Status)
	})
	if out, err := s.kubectl("delete", "sw", "rush"); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	deleted := time.Now()
	s.changesTo("one", 5, 2, deleted)
	s.changesTo("three", 5, 2, deleted)
}

func twoWindowsInConflict(s *story) {
	s.deploy("web", 2)
	s.load("web", requests(37))
	s.apply(plain("web", ""))
	now := between(inSeconds(-time.Minute), inSeconds(time.Hour))
	window := func(name, spec string) string {
		return "kind: ScaleWindow\nmetadata: {name: " + name + "}\nspec: {targets: [{kind: HorizontalAutoscaler, name: web}], " + spec + ", " + now + "}"
	}
	s.apply(window("floor", "minReplicas: 6"))
	s.scalesTo("web", 6)
	s.apply(window("ceiling", "maxReplicas: 3"))
	for _, name := range []string{"floor", "ceiling"} {
		s.eventually("conflict in "+name, func() (bool, string) {
			got := meta.FindStatusCondition(s.window(name).Status.Conditions, v1alpha1.ConditionConflicting)
			return got != nil && got.Status == metav1.ConditionTrue &&
				strings.Contains(got.Message, "minReplicas 6 of ScaleWindow/floor is above maxReplicas 3 of ScaleWindow/ceiling"), fmt.Sprint(got)
		})
	}
	s.staysAt(6, 2*second)
	s.apply(window("ceiling", "maxReplicas: 3, priority: 1"))
	s.changesTo("web", 6, 3, time.Now())
	s.eventually("end of the conflict", func() (bool, string) {
		got := meta.FindStatusCondition(s.window("floor").Status.Conditions, v1alpha1.ConditionConflicting)
		return got != nil && got.Status == metav1.ConditionFalse, fmt.Sprint(got)
	})
}

// theLoopIsDownAcrossTheEdges opens a window while no autoscaler runs, restarts the autoscaler inside it without a change or
// an event, and closes it while none runs. Another window opens and closes in that time.
func theLoopIsDownAcrossTheEdges(s *story) {
	s.deploy("web", 2)
	s.load("web", requests(17))
	s.apply(plain("web", ""))
	s.decided("web")
	from := inSeconds(5 * time.Second)
	to := from.Add(50 * time.Second)
	s.apply(`
kind: ScaleWindow
metadata: {name: rush}
spec: {targets: [{kind: HorizontalAutoscaler, name: web}], minReplicas: 6, ` + between(from, to) + "}")
	s.apply(`
kind: ScaleWindow
metadata: {name: flash}
spec: {targets: [{kind: HorizontalAutoscaler, name: web}], minReplicas: 7, ` + between(to.Add(-2*time.Second), to.Add(time.Second)) + "}")
	s.stopAutoscaler()
	s.staysAt(2, time.Until(from.Add(3*time.Second)))
	s.startAutoscaler("--period=10s")
	s.scalesTo("web", 6)
	s.hasEvent(v1alpha1.EventWindowOpened, "Window ScaleWindow/rush opened at "+from.Format(time.RFC3339))

	s.Flyball.Autoscaler.Kill()
	s.startAutoscaler("--period=10s")
	s.eventually("a decision of the next leader", func() (bool, string) { return s.hasDecided(s.Flyball.Autoscaler, "web"), "none" })
	s.staysAt(6, 3*second)
	s.hasEventOnce(v1alpha1.EventWindowOpened)

	s.stopAutoscaler()
	s.staysAt(6, time.Until(to.Add(2*time.Second)))
	s.startAutoscaler("--period=10s")
	s.scalesTo("web", 2)
	s.hasEvent(v1alpha1.EventWindowClosed, "Window ScaleWindow/rush closed at "+to.Format(time.RFC3339))
	s.hasEvent(v1alpha1.EventWindowMissed, "Window ScaleWindow/flash was open from "+to.Add(-2*time.Second).Format(time.RFC3339))
	s.hasEventOnce(v1alpha1.EventWindowOpened, v1alpha1.EventWindowClosed, v1alpha1.EventWindowMissed)
}

// plain is an autoscaler on ten requests a second for each pod that scales in at once; fields are more of its spec.
func plain(name, fields string) string {
	return autoscaler(name, `
  maxReplicas: 20
  metrics: [`+tenRequests+`]
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
  `+fields)
}

// inSeconds is a time from now, rounded up to a whole second.
func inSeconds(d time.Duration) time.Time {
	return time.Now().UTC().Add(d).Truncate(time.Second).Add(time.Second)
}

// between is a window's times, once.
func between(from, to time.Time) string {
	const wall = "2006-01-02T15:04:05"
	return fmt.Sprintf("at: {from: %q, to: %q}", from.UTC().Format(wall), to.UTC().Format(wall))
}

// changesTo checks that spec.replicas of a Deployment has one value until an edge, and another within [onTime] after it.
func (s *story) changesTo(name string, before, after int32, edge time.Time) {
	s.t.Helper()
	for !s.hasChanged(transition{name, func() int32 { asked, _ := s.replicas(name); return asked }, before, after, edge}) {
		time.Sleep(100 * time.Millisecond)
	}
}

// transition is a count that changes at an edge.
type transition struct {
	name          string
	count         func() int32
	before, after int32
	edge          time.Time
}

// onTime is the time after an edge within which a count has changed.
const onTime = time.Second

// hasChanged is true after the edge. It fails once the count is wrong before the edge, or later than onTime.
func (s *story) hasChanged(t transition) bool {
	s.t.Helper()
	got := t.count()
	late := time.Since(t.edge)
	switch {
	case got == t.after && late >= 0:
		if t.before != t.after {
			s.t.Logf("%s went to %d within %s of the edge", t.name, t.after, late.Round(time.Millisecond))
		}
		return true
	case got != t.before:
		s.t.Fatalf("%s went to %d replicas %s after the edge, want %d before it and %d after\n%s", t.name, got, late, t.before, t.after, s.statuses())
	case late > onTime:
		s.t.Fatalf("%s is at %d replicas %s after the edge, want %d\n%s", t.name, got, late, t.after, s.statuses())
	}
	return false
}

// decided waits until the autoscaler has decided about its target.
func (s *story) decided(name string) {
	s.t.Helper()
	s.eventually("a decision about "+name, func() (bool, string) {
		status := s.autoscaler(name).Status
		return status.Decision != nil && meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionScalingActive), fmt.Sprintf("%+v", status)
	})
}

func (s *story) window(name string) *v1alpha1.ScaleWindow {
	s.t.Helper()
	got, err := s.API.AutoscalingV1alpha1().ScaleWindows(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// hasEventOnce checks that web has exactly one event of each of the reasons.
func (s *story) hasEventOnce(reasons ...string) {
	s.t.Helper()
	events, err := s.Client.CoreV1().Events(s.namespace).List(s.t.Context(), metav1.ListOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, reason := range reasons {
		count := 0
		for _, event := range events.Items {
			if event.InvolvedObject.Name == "web" && event.Reason == reason {
				count += int(max(1, event.Count))
			}
		}
		if count != 1 {
			s.t.Errorf("got %d events of %s, want 1", count, reason)
		}
	}
}
