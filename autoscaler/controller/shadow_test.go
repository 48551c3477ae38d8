package controller

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// TestShadowIsComparedWithTheTarget: the target follows a rise of the load four periods late, over a restart of the loop.
func TestShadowIsComparedWithTheTarget(t *testing.T) {
	live(t, func(w *world) {
		w.pass(4 * period)
		w.readings.set(200, "") // requires 8
		w.pass(6 * period)
		before := *w.rows("shop")[0].Shadow.Comparison
		if before.Differences != 1 || len(before.Causes) != 1 || before.Causes[0].Name != "Recommendation" || before.Causes[0].Largest != 4 {
			t.Errorf("beside a target that does not follow: %+v", before)
		}
		if short := before.Target.ShortPodSeconds; short != 4*before.Target.ShortSeconds || short == 0 || before.Autoscaler.ShortPodSeconds != 0 {
			t.Errorf("a target with 4 of 8 was short of %d pod-seconds in %ds, the decisions of %d", short, before.Target.ShortSeconds, before.Autoscaler.ShortPodSeconds)
		}
		if diff := before.AgreedSeconds + before.Causes[0].Seconds - before.ObservedSeconds; diff < -1 || diff > 1 {
			t.Errorf("%d s agreed and %d s explained of %d s", before.AgreedSeconds, before.Causes[0].Seconds, before.ObservedSeconds)
		}
		w.pass(4 * period) // past the next write of the status
		w.stop()
		w.scale.set(8)
		w.start()
		w.pass(8 * period)
		after := w.rows("shop")[0].Shadow.Comparison
		if after.Since.Unix() != before.Since.Unix() || after.ObservedSeconds < before.ObservedSeconds+8*15 || after.Differences > 2 {
			t.Errorf("after a restart: %+v, before: %+v", after, before)
		}
		if got := w.rows("shop")[0].Shadow.Comparison; got.AgreedSeconds < before.AgreedSeconds+6*15 {
			t.Errorf("equal counts do not agree: %+v", got)
		}
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.MaxReplicas = 19 })
		if got := w.rows("shop")[0].Shadow.Comparison; got.ObservedSeconds != 0 || got.Differences != 0 {
			t.Errorf("the comparison of another spec goes on: %+v", got)
		}
		if len(w.scale.written()) != 0 {
			t.Errorf("a shadow wrote %v", w.scale.written())
		}
	}, web(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModeShadow }))
}

// TestShadowCountsChangesOfOthers: its rate policy allows 2 pods in 10 minutes, which another controller has just added.
func TestShadowCountsChangesOfOthers(t *testing.T) {
	live(t, func(w *world) {
		w.pass(4 * period)
		w.scale.set(6)
		w.readings.set(500, "") // requires 20
		w.pass(2 * period)
		if shadow := w.autoscaler().Status.Shadow; shadow.DesiredReplicas != 6 {
			t.Errorf("the shadow decides %d beside 6, want 6 by its rate policy", shadow.DesiredReplicas)
		}
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = v1alpha1.ModeEnforce })
		w.pass(10 * period)
		if len(w.scale.written()) != 0 {
			t.Errorf("Enforce wrote %v within the period of the policy", w.scale.written())
		}
		w.pass(10 * time.Minute)
		if got := w.scale.now(); got != 8 {
			t.Errorf("%d replicas after the period, want 8", got)
		}
	}, web(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.Mode = v1alpha1.ModeShadow
		spec.Behavior = &v1alpha1.Behavior{ScaleUp: &v1alpha1.ScalingRules{Policies: []v1alpha1.ScalingPolicy{{Type: "Pods", Value: 2, PeriodSeconds: 600}}}}
	}))
}
