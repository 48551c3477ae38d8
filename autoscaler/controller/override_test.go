package controller

import (
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestOverrideHoldsUntilItsEnd: it acts at once, is seen in status and events, and ends to the second, also over a restart.
func TestOverrideHoldsUntilItsEnd(t *testing.T) {
	live(t, func(w *world) {
		w.until(2 * time.Minute)
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
			spec.Override = &v1alpha1.Override{Replicas: 30, Until: metav1.NewTime(midnight.Add(7 * time.Minute))}
		})
		if got := w.scale.now(); got != 20 {
			t.Errorf("%d replicas, want maxReplicas of 20", got)
		}
		if status := w.autoscaler().Status; !slices.Equal(status.Windows.Open, []string{policy.OverrideName}) || status.Windows.Next.End == nil {
			t.Errorf("windows %+v", status.Windows)
		}
		w.stop()
		w.start()
		w.until(7*time.Minute - time.Nanosecond)
		if got := w.scale.now(); got != 20 {
			t.Errorf("%d replicas before the end, want 20", got)
		}
		w.until(20 * time.Minute)
		if got := w.scale.now(); got != 4 {
			t.Errorf("%d replicas after the end and a stabilization window, want those of the metric, 4", got)
		}
		events := strings.Join(w.newEvents(), "\n")
		until := midnight.Add(7 * time.Minute).Format(time.RFC3339)
		for _, want := range []string{
			"WindowOpened Window spec/override opened until " + until + "; bounds are now 20 to 20 replicas", "WindowClosed Window spec/override closed; bounds are now ",
		} {
			if !strings.Contains(events, want) {
				t.Errorf("no event %q in\n%s", want, events)
			}
		}
	}, web())
}
