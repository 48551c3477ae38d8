package controller

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

func quantity(s string) v1alpha1.Quantity {
	return v1alpha1.Quantity{Quantity: resource.MustParse(s)}
}

func TestNewAutoscalerIsEvaluatedAtOnce(t *testing.T) {
	live(t, func(w *world) {
		if got := w.scale.now(); got != 4 {
			t.Fatalf("100 at 25 for each replica keeps 4, got %d", got)
		}
		status := w.autoscaler().Status
		if status.CurrentReplicas != 4 || status.DesiredReplicas != 4 || status.Reference != "Deployment/web" {
			t.Errorf("status is %+v", status)
		}
		for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionAbleToScale, v1alpha1.ConditionScalingActive} {
			if got := w.condition(kind); got.Status != metav1.ConditionTrue || got.ObservedGeneration != 1 {
				t.Errorf("condition %s is %+v", kind, got)
			}
		}
	}, web())
}

func TestHigherLoadScalesOutWithinAPeriod(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(200, "")
		w.pass(period)
		if got := w.scale.now(); got != 8 {
			t.Fatalf("200 at 25 for each replica needs 8, got %d", got)
		}
		events := w.newEvents()
		if len(events) != 1 || !strings.HasPrefix(events[0], "Normal SuccessfulRescale New size: 8; reason: ") {
			t.Errorf("events are %q", events)
		}
		status := w.autoscaler().Status
		if status.LastScaleTime == nil || status.Decision == nil || len(status.Decision.Steps) == 0 {
			t.Errorf("status does not tell the story: %+v", status)
		}
		if got := w.condition(v1alpha1.ConditionAbleToScale).Reason; got != v1alpha1.ReasonSucceededRescale {
			t.Errorf("AbleToScale says %s", got)
		}
	}, web())
}

func TestEachAutoscalerIsEvaluatedOncePerPeriod(t *testing.T) {
	live(t, func(w *world) {
		w.pass(period) // the first answer is at once, the next in the autoscaler's own slot
		before := w.readings.count()
		w.pass(10 * period)
		if got := w.readings.count() - before; got != 10 {
			t.Errorf("%d decisions in 10 periods", got)
		}
	}, web())
}

func TestNewSpecIsEvaluatedAtOnce(t *testing.T) {
	live(t, func(w *world) {
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { six := int32(6); spec.MinReplicas = &six })
		if got := w.scale.now(); got != 6 {
			t.Errorf("the new floor of 6 is not in force: %d replicas", got)
		}
	}, web())
}

func TestInlineWindowOpensAndClosesOnTime(t *testing.T) {
	start, hour, ten := v1alpha1.CronLine("7 * * * *"), v1alpha1.Duration("10m"), int32(10)
	floor := func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		zero := int32(0)
		spec.Behavior = &v1alpha1.Behavior{ScaleDown: &v1alpha1.ScalingRules{StabilizationWindowSeconds: &zero}}
		spec.Windows = []v1alpha1.InlineWindow{{
			Name:   "rush",
			Window: v1alpha1.Window{Start: &start, Duration: &hour, MinReplicas: &ten},
		}}
	}
	live(t, func(w *world) {
		w.until(7*time.Minute - time.Nanosecond)
		if got := w.scale.now(); got != 4 {
			t.Fatalf("%d replicas before the window", got)
		}
		w.pass(time.Nanosecond)
		if got := w.scale.now(); got != 10 {
			t.Errorf("%d replicas at the window's start, want its floor at that very second", got)
		}
		if got := w.autoscaler().Status.Windows.Open; !slices.Equal(got, []string{"rush"}) {
			t.Errorf("open windows are %q", got)
		}
		w.pass(10 * time.Minute)
		if got := w.readings.last(); !got.Equal(midnight.Add(17 * time.Minute)) {
			t.Errorf("the loop last looked at %s, want the window's end", got)
		}
		if got := w.scale.now(); got != 4 {
			t.Errorf("%d replicas once the window closed, want the metric's 4", got)
		}
		opened, closed := 0, 0
		for _, event := range w.newEvents() {
			opened += strings.Count(event, "Normal WindowOpened Window rush")
			closed += strings.Count(event, "Normal WindowClosed Window rush")
		}
		if opened != 1 || closed != 1 {
			t.Errorf("the window was told to open %d times and to close %d times", opened, closed)
		}
	}, web(floor))
}

// TestStaleMetricHasConditionAndEvent: while the last sample is still valid, a condition and one event report that no newer one arrives.
func TestStaleMetricHasConditionAndEvent(t *testing.T) {
	live(t, func(w *world) {
		w.pass(6 * period)
		if c := meta.FindStatusCondition(w.autoscaler().Status.Conditions, v1alpha1.ConditionMetricsStale); c != nil {
			t.Errorf("while samples come there is a condition: %+v", c)
		}
		w.newEvents()
		w.readings.freeze("connection refused")
		w.pass(2 * period)
		if c := meta.FindStatusCondition(w.autoscaler().Status.Conditions, v1alpha1.ConditionMetricsStale); c != nil {
			t.Errorf("after two periods without a newer sample: %+v", c)
		}
		w.pass(4 * period)
		c := w.condition(v1alpha1.ConditionMetricsStale)
		if c.Status != metav1.ConditionTrue || c.Reason != v1alpha1.ReasonNoNewSample ||
			!strings.HasPrefix(c.Message, "query sum(queue_length): newest sample is ") || !strings.HasSuffix(c.Message, " old: connection refused") {
			t.Errorf("the condition is %+v", c)
		}
		if active := w.condition(v1alpha1.ConditionScalingActive); active.Status != metav1.ConditionTrue {
			t.Errorf("ScalingActive is %+v, and the sample is usable", active)
		}
		if events := w.newEvents(); len(events) != 1 || !strings.HasPrefix(events[0], "Warning MetricsStale query sum(queue_length): newest sample is ") {
			t.Errorf("events are %q", events)
		}
		w.readings.thaw()
		w.pass(2 * period)
		if c := w.condition(v1alpha1.ConditionMetricsStale); c.Status != metav1.ConditionFalse || c.Reason != v1alpha1.ReasonNewSamples {
			t.Errorf("once newer samples come the condition is %+v", c)
		}
		if events := w.newEvents(); len(events) != 1 || !strings.HasPrefix(events[0], "Normal MetricsFresh ") {
			t.Errorf("events are %q", events)
		}
	}, web())
}

func TestUnknownMetricNeverScalesIn(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(0, "Prometheus does not answer")
		w.pass(20 * period)
		if got := w.scale.now(); got != 4 {
			t.Errorf("%d replicas, want the 4 there were", got)
		}
		active := w.condition(v1alpha1.ConditionScalingActive)
		if active.Status != metav1.ConditionFalse || active.Reason != v1alpha1.ReasonFailedGetPrometheusMetric ||
			!strings.Contains(active.Message, "Prometheus does not answer") {
			t.Errorf("ScalingActive is %+v", active)
		}
		if events := w.newEvents(); len(events) != 1 || !strings.HasPrefix(events[0], "Warning FailedGetPrometheusMetric ") {
			t.Errorf("want the outage told once, got %q", events)
		}
	}, web())
}

func TestInvalidSpecDoesNotScale(t *testing.T) {
	horizon := v1alpha1.Duration("soon")
	live(t, func(w *world) {
		w.readings.set(1000, "")
		w.pass(4 * period)
		if got := w.scale.now(); got != 4 {
			t.Errorf("%d replicas, want the target left alone", got)
		}
		accepted := w.condition(v1alpha1.ConditionAccepted)
		if accepted.Reason != v1alpha1.ReasonInvalidSpec || !strings.Contains(accepted.Message, "spec.damping.forecastHorizon") {
			t.Errorf("Accepted is %+v", accepted)
		}
	}, web(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.Damping = &v1alpha1.Damping{ForecastHorizon: &horizon}
	}))
}

func TestShadowModeDecidesAndDoesNotScale(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(200, "")
		w.pass(4 * period)
		if len(w.scale.written()) != 0 {
			t.Errorf("a shadow wrote %v", w.scale.written())
		}
		if shadow := w.autoscaler().Status.Shadow; shadow == nil || shadow.DesiredReplicas != 8 {
			t.Errorf("the shadow's wish is %+v, want 8", shadow)
		}
	}, web(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModeShadow }))
}

func TestPausedModeDoesNotScale(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(1000, "")
		w.pass(4 * period)
		if got := w.scale.now(); got != 4 {
			t.Errorf("%d replicas, want 4", got)
		}
		if got := w.condition(v1alpha1.ConditionScalingActive).Reason; got != v1alpha1.ReasonPaused {
			t.Errorf("ScalingActive says %s", got)
		}
	}, web(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModePaused }))
}

func TestUnreadableTargetHasOneEvent(t *testing.T) {
	live(t, func(w *world) {
		w.scale.fail(errors.New("no such thing"))
		w.pass(4 * period)
		if got := w.condition(v1alpha1.ConditionAbleToScale); got.Reason != v1alpha1.ReasonFailedGetScale {
			t.Errorf("AbleToScale is %+v", got)
		}
		if got := w.condition(v1alpha1.ConditionScalingActive); got.Status != metav1.ConditionFalse || got.Reason != v1alpha1.ReasonFailedGetScale {
			t.Errorf("ScalingActive is %+v, want it False while the scale cannot be read", got)
		}
		if events := w.newEvents(); len(events) != 1 || !strings.HasPrefix(events[0], "Warning FailedGetScale ") {
			t.Errorf("events are %q", events)
		}
		w.scale.fail(nil)
		w.pass(period)
		if got := w.condition(v1alpha1.ConditionScalingActive); got.Status != metav1.ConditionTrue {
			t.Errorf("ScalingActive is %+v, want it True again", got)
		}
	}, web())
}

func TestRecreatedAutoscalerInheritsNoState(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(500, "") // 20 replicas, a recommendation for five minutes
		w.pass(period)
		client := w.client.AutoscalingV1alpha1().HorizontalAutoscalers("shop")
		if err := client.Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.scale.set(6)
		w.readings.set(150, "") // what 6 replicas are for
		namesake := web()
		namesake.UID = "web-2"
		if _, err := client.Create(t.Context(), namesake, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(period)
		if got := w.scale.now(); got != 6 {
			t.Errorf("%d replicas: the namesake remembers what its predecessor wished", got)
		}
	}, web())
}

// TestNextLeaderRestoresState: a recommendation from before the change of leaders holds the replicas as
// long as without the change.
func TestNextLeaderRestoresState(t *testing.T) {
	for name, pause := range map[string]time.Duration{"at once": 0, "after two minutes": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			live(t, func(w *world) {
				w.readings.set(200, "") // 8 replicas
				w.pass(period)
				w.readings.set(100, "") // 4
				w.pass(period)
				if got := w.scale.now(); got != 8 {
					t.Fatalf("%d replicas, want the 8 of a moment ago held", got)
				}
				w.stop()
				w.pass(pause)
				w.start()
				w.until(5 * time.Minute)
				if got := w.scale.now(); got != 8 {
					t.Errorf("%d replicas after five minutes, want 8 held by what the first leader had seen", got)
				}
				w.until(5*time.Minute + 3*period)
				if got := w.scale.now(); got != 4 {
					t.Errorf("%d replicas, want 4: without the change of leaders the window would have ended by now", got)
				}
			}, web())
		})
	}
}

// TestConflictingAutoscalersDoNotScale: neither scales the target, not even to its bounds, until one of them is in mode Shadow.
func TestConflictingAutoscalersDoNotScale(t *testing.T) {
	twin := web()
	twin.Name, twin.UID, twin.Spec.MinReplicas = "twin", "twin", new(int32(9))
	live(t, func(w *world) {
		w.readings.set(500, "")
		w.pass(2 * period)
		if got := w.scale.now(); got != 4 {
			t.Errorf("%d replicas, want the 4 there were", got)
		}
		active := w.condition(v1alpha1.ConditionScalingActive)
		if active.Reason != v1alpha1.ReasonAmbiguousSelector || !strings.Contains(active.Message, "HorizontalAutoscaler twin") {
			t.Errorf("ScalingActive is %+v", active)
		}
		if events := w.newEvents(); len(events) != 2 || !strings.Contains(strings.Join(events, " "), "Warning AmbiguousSelector Deployment/web") {
			t.Errorf("want each told once, got %q", events)
		}
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModeShadow })
		w.pass(2 * period)
		if got := w.scale.now(); got < 9 {
			t.Errorf("%d replicas: the other one alone would have at least 9", got)
		}
	}, web(), twin)
}
