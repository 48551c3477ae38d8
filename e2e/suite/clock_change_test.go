package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// brief is the duration of the windows that open at the edge.
const brief = 6 * time.Second

// clockChange is an edge of windows on another day, often one on which clocks change.
type clockChange struct {
	edge    string // RFC 3339
	windows []dailyWindow
}

// dailyWindow is a window with minReplicas 7 for an autoscaler of 2 replicas.
type dailyWindow struct {
	name, times string
	// counts are the replicas before the edge, after it, and brief later.
	counts [3]int32
	// since is the start of a window that is open before the edge, as in its events; next is the next start after brief.
	since, next string
}

// Replicas of windows that open, close, or do neither at the edge.
var (
	opens  = [3]int32{2, 7, 2}
	closes = [3]int32{7, 2, 2}
	stays  = [3]int32{2, 2, 2}
)

// events are the starts of the messages of its events, in their order.
func (w *dailyWindow) events() []string {
	closed := "Window " + w.name + " closed; bounds are now 2 to 2 replicas"
	switch w.counts {
	case opens:
		return []string{"Window " + w.name + " opened; bounds are now 7 to 20 replicas", closed}
	case closes:
		return []string{"Window " + w.name + " opened at " + w.since + ", ", closed}
	}
	return nil
}

// TestWindowsAcrossClockChanges runs an autoscaler with another clock through the seconds around an edge of another day. Only
// bounds decide there: by that clock all samples are too old, and unknown.
func TestWindowsAcrossClockChanges(t *testing.T) {
	env := exclusiveEnvironment(t)
	env.withoutNamespace(t).stopAutoscaler()
	t.Cleanup(func() { env.withoutNamespace(t).startAutoscaler() })
	const berlin = ", timeZone: Europe/Berlin"
	briefly := fmt.Sprintf(", duration: %s", brief)
	for name, day := range map[string]clockChange{
		"02:30 does not come, because clocks go from 02:00 to 03:00": {"2027-03-28T01:00:00Z", []dailyWindow{
			{"starts", "start: '30 2 * * *'" + briefly + berlin, opens, "", "2027-03-29T00:30:00Z"},
			{"ends", "start: '0 22 * * *', end: '30 2 * * *'" + berlin, closes, "2027-03-27T22:00:00+01:00", "2027-03-28T20:00:00Z"},
			{"lasts", "start: '0 22 * * *', duration: 4h" + berlin, closes, "2027-03-27T22:00:00+01:00", "2027-03-28T20:00:00Z"},
		}},
		"02:30 comes for the first time, and clocks go back at 03:00": {"2027-10-31T00:30:00Z", []dailyWindow{
			{"starts", "start: '30 2 * * *'" + briefly + berlin, opens, "", "2027-11-01T01:30:00Z"},
			{"ends", "start: '0 22 * * *', end: '30 2 * * *'" + berlin, closes, "2027-10-30T22:00:00+02:00", "2027-10-31T21:00:00Z"},
		}},
		"02:30 comes for the second time": {"2027-10-31T01:30:00Z", []dailyWindow{
			{"starts", "start: '30 2 * * *'" + briefly + berlin, stays, "", "2027-11-01T01:30:00Z"},
			{"lasts", "start: '0 22 * * *', duration: 5h30m" + berlin, closes, "2027-10-30T22:00:00+02:00", "2027-10-31T21:00:00Z"},
			{"elsewhere", "start: '30 1 * * *'" + briefly, opens, "", "2027-11-01T01:30:00Z"},
		}},
		"the 29th of February": {"2028-02-29T00:00:00Z", []dailyWindow{
			{"leaps", "start: '0 0 29 2 *'" + briefly, opens, "", "2032-02-29T00:00:00Z"},
			{"lasts", "start: '0 0 28 2 *', duration: 24h", closes, "2028-02-28T00:00:00Z", "2029-02-28T00:00:00Z"},
			{"first", "start: '0 0 1 3 *'" + briefly, stays, "", "2028-03-01T00:00:00Z"},
		}},
	} {
		t.Run(name, func(t *testing.T) { day.run(t, env) })
	}
}

func (d *clockChange) run(t *testing.T, env *environment) {
	stories := make([]*story, len(d.windows))
	for i, w := range d.windows {
		stories[i] = env.newStory(t)
		stories[i].applyWindow(w)
	}
	edge := time.Now().Add(15 * time.Second)
	autoscaler, err := env.Flyball.Shifted(t.Context(), "autoscaler-shifted", instant(t, d.edge).Sub(edge))
	if err != nil {
		t.Fatal(err)
	}
	if err := autoscaler.Start("--period=10s", "--leader-elect=false"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		autoscaler.Stop(context.WithoutCancel(t.Context()))
		if t.Failed() {
			t.Logf("end of its log:\n%s", autoscaler.LogEnd(30))
		}
	})
	for i, w := range d.windows {
		stories[i].waitBefore(w)
	}
	if late := time.Since(edge); late > 0 {
		t.Fatalf("the autoscaler had decided about all objects only %s after the edge", late)
	}
	d.check(stories, 0, edge)
	for i, w := range d.windows {
		stories[i].checkOpen(w, instant(t, d.edge).Add(brief))
	}
	d.check(stories, 1, edge.Add(brief))
	for i, w := range d.windows {
		stories[i].checkClosed(w)
	}
}

// applyWindow creates an autoscaler and an HPA of two replicas, each with the window: in the spec of the one, as a ScaleWindow
// of the other, which another part of the program applies.
func (s *story) applyWindow(w dailyWindow) {
	s.t.Helper()
	s.applyDeployment("web", 2, "1s")
	bounds := "minReplicas: 7, maxReplicas: 20, " + w.times
	own := fmt.Sprintf("minReplicas: 2\n  windows: [{name: %s, %s}]", w.name, bounds)
	s.apply(strings.Replace(plain("web", own), "maxReplicas: 20\n", "maxReplicas: 2\n", 1))
	s.applyObject(strings.ReplaceAll(fmt.Sprintf(hpa, 2, 2), "name: web", "name: other"))
	s.apply(scaleWindow("{kind: HorizontalPodAutoscaler, name: other}", bounds))
}

// waitBefore waits until the autoscaler has decided, with the replicas of before the edge.
func (s *story) waitBefore(w dailyWindow) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d replicas before the edge, and a decision", w.counts[0]), func() (bool, string) {
		replicas, bounds, decision := s.desired(), s.hpaMinReplicas(), s.autoscaler("web").Status.Decision
		return replicas == w.counts[0] && bounds == w.counts[0] && decision != nil, fmt.Sprint(replicas, bounds, decision)
	})
}

func (s *story) desired() int32 {
	asked, _ := s.replicas("web")
	return asked
}

// hpaMinReplicas is spec.minReplicas of the HPA.
func (s *story) hpaMinReplicas() int32 {
	s.t.Helper()
	got, err := s.Client.AutoscalingV2().HorizontalPodAutoscalers(s.namespace).Get(s.t.Context(), "other", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return *got.Spec.MinReplicas
}

// check watches the change from one of the counts of each window to the next, at the same edge for all.
func (d *clockChange) check(stories []*story, phase int, edge time.Time) {
	type watched struct {
		story      *story
		transition transition
	}
	var all []watched
	for i, w := range d.windows {
		s, before, after := stories[i], w.counts[phase], w.counts[phase+1]
		all = append(all, watched{s, transition{"the Deployment under " + w.name, s.desired, before, after, edge}},
			watched{s, transition{"the HPA under " + w.name, s.hpaMinReplicas, before, after, edge}})
	}
	for len(all) > 0 {
		var left []watched
		for _, one := range all {
			if !one.story.hasChanged(one.transition) {
				left = append(left, one)
			}
		}
		all = left
		time.Sleep(100 * time.Millisecond)
	}
}

// checkOpen checks the end of a window that has opened.
func (s *story) checkOpen(w dailyWindow, end time.Time) {
	s.t.Helper()
	if w.counts != opens {
		return
	}
	s.eventually("the open window's end", func() (bool, string) {
		status := s.autoscaler("web").Status.Windows
		return status != nil && slices.Equal(status.Open, []string{w.name}) && status.Next != nil && status.Next.End != nil &&
			status.Next.End.Time.Equal(end), fmt.Sprintf("%+v", status)
	})
}

// checkClosed checks the events of the window and its next start.
func (s *story) checkClosed(w dailyWindow) {
	s.t.Helper()
	next := instant(s.t, w.next)
	s.eventually("the window's next start at "+w.next, func() (bool, string) {
		status, object := s.autoscaler("web").Status.Windows, s.window("rush").Status
		return status != nil && len(status.Open) == 0 && status.Next != nil && status.Next.Start != nil && status.Next.Start.Time.Equal(next) &&
			object.NextChange != nil && object.NextChange.Time.Equal(next), fmt.Sprintf("%+v, %+v", status, object)
	})
	s.eventually(fmt.Sprintf("the events %q", w.events()), func() (bool, string) {
		got := s.windowEvents()
		return slices.EqualFunc(got, w.events(), strings.HasPrefix), fmt.Sprintf("%q", got)
	})
}

// windowEvents are the messages about windows of web in their order, which is that of their names.
func (s *story) windowEvents() []string {
	s.t.Helper()
	events, err := s.Client.CoreV1().Events(s.namespace).List(s.t.Context(), metav1.ListOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	var edges []string
	for _, event := range events.Items {
		if event.InvolvedObject.Name == "web" && slices.Contains([]string{v1alpha1.EventWindowOpened, v1alpha1.EventWindowClosed, v1alpha1.EventWindowMissed}, event.Reason) {
			edges = append(edges, slices.Repeat([]string{event.Message}, int(max(1, event.Count)))...)
		}
	}
	return edges
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
