package controller

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// reports has a backlog with a deadline at 06:00, and no metric. A replica processes 36 items an hour.
func reports(edits ...func(spec *v1alpha1.HorizontalAutoscalerSpec)) *v1alpha1.HorizontalAutoscaler {
	start, night, rate := v1alpha1.CronLine("0 0 * * *"), v1alpha1.Duration("6h"), quantity("10m")
	batch := func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		zero := int32(0)
		spec.MinReplicas, spec.Metrics = &zero, nil
		spec.Windows = []v1alpha1.InlineWindow{{Name: "reports", Window: v1alpha1.Window{
			Start: &start, Duration: &night,
			Batch: &v1alpha1.Batch{
				Backlog: v1alpha1.MetricSpec{Type: v1alpha1.PrometheusMetric, Prometheus: &v1alpha1.PrometheusMetricSource{
					Query: "sum(queue_length)", Target: v1alpha1.MetricTarget{Type: "Value", Value: &rate},
				}},
				ThroughputPerReplica: v1alpha1.Throughput{Quantity: &rate},
			},
		}}}
	}
	return web(append([]func(*v1alpha1.HorizontalAutoscalerSpec){batch}, edits...)...)
}

func (w *world) newEventOf(reason string) string {
	w.t.Helper()
	events := w.newEvents()
	i := slices.IndexFunc(events, func(event string) bool { return strings.Contains(event, " "+reason+" ") })
	if i < 0 {
		w.t.Errorf("no event %s among %q", reason, events)
		return ""
	}
	return events[i]
}

func TestBatchScalesOutAndReportsItsDeadline(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(2000, "")
		w.pass(2 * period)
		if got := w.scale.now(); got < 10 || got > 14 {
			t.Errorf("2000 left in six hours at 36 an hour each need about 11 and a margin, got %d", got)
		}
		if got := w.condition(v1alpha1.ConditionDeadlineAtRisk); got.Status != metav1.ConditionFalse || !strings.Contains(got.Message, "deadline 2000-01-01T06:00:00Z; expected finish ") {
			t.Errorf("the condition is %+v", got)
		}
		status := w.autoscaler().Status.Batches
		if len(status) != 1 || status[0].Window != "reports" || status[0].Phase != "OnTime" || status[0].Backlog.Value() != 2000 ||
			status[0].ThroughputPerReplica.String() != "10m" || status[0].Deadline.Hour() != 6 || status[0].Finish == nil {
			t.Errorf("the status is %+v", status)
		}

		w.newEvents()
		w.readings.set(8000, "") // 20 replicas take 11 hours for it
		w.pass(period)
		if got := w.scale.now(); got != 20 {
			t.Errorf("%d replicas while the deadline is at risk", got)
		}
		if got := w.condition(v1alpha1.ConditionDeadlineAtRisk); got.Status != metav1.ConditionTrue || got.Reason != v1alpha1.ReasonDeadlineAtRisk {
			t.Errorf("the condition is %+v", got)
		}
		if got := w.newEventOf("DeadlineAtRisk"); !strings.HasPrefix(got, "Warning ") || !strings.Contains(got, "at risk; expected finish 2000-01-01T11:0") ||
			!strings.Contains(got, " late; backlog 8000") {
			t.Errorf("got events %q", got)
		}
		w.pass(period)
		if again := w.newEvents(); len(again) > 0 {
			t.Errorf("told again: %q", again)
		}

		w.readings.set(900, "")
		w.pass(period)
		w.newEventOf("DeadlineSafe")
		w.readings.set(0, "")
		w.pass(period)
		if got := w.newEventOf("BacklogDrained"); !strings.Contains(got, "before deadline 2000-01-01T06:00:00Z") {
			t.Errorf("got events %q", got)
		}
		w.pass(15 * time.Minute)
		if got := w.scale.now(); got != 0 {
			t.Errorf("%d replicas a quarter of an hour after the last item", got)
		}
	}, reports())
}

func TestMissedDeadlineStaysInStatusUntilNextOccurrence(t *testing.T) {
	liveAt(t, 3*time.Minute, func(w *world) {
		w.readings.set(50, "")
		w.until(6*time.Hour + w.period)
		if got := w.newEventOf("DeadlineMissed"); !strings.Contains(got, "missed with backlog 50") {
			t.Errorf("got events %q", got)
		}
		gauges := w.controller.deps.Telemetry.batches
		if got := testutil.CollectAndCount(gauges); got != len(gauges.gauges) {
			t.Errorf("%d gauges", got)
		}
		w.readings.set(0, "")
		w.until(12 * time.Hour)
		if got := w.condition(v1alpha1.ConditionDeadlineAtRisk); got.Status != metav1.ConditionTrue || got.Reason != v1alpha1.ReasonDeadlineMissed {
			t.Errorf("at noon the condition is %+v", got)
		}
		w.newEvents()
		before := w.readings.count()
		w.until(23 * time.Hour)
		if got := w.readings.count(); got != before {
			t.Errorf("a backlog that nobody works for was read %d times", got-before)
		}
		status := w.autoscaler().Status.Batches
		if len(status) != 1 || !status[0].Missed || status[0].Left == nil || status[0].Left.Value() != 50 || status[0].Phase != "Drained" {
			t.Errorf("the status is %+v", status)
		}
		w.until(24*time.Hour + w.period)
		if got := w.condition(v1alpha1.ConditionDeadlineAtRisk); got.Status != metav1.ConditionFalse {
			t.Errorf("in the next night the condition is %+v", got)
		}
		gauges.set(cache.ObjectName{Namespace: "shop", Name: "web"}, nil)
		if got := testutil.CollectAndCount(gauges); got != 0 {
			t.Errorf("%d gauges of an autoscaler that is gone", got)
		}
	}, reports())
}

// TestUnknownBacklogDoesNotScaleIn: the window is open while Prometheus is down.
func TestUnknownBacklogDoesNotScaleIn(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(2000, "")
		w.pass(2 * period)
		planned := w.scale.now()
		w.readings.set(0, "Prometheus does not answer")
		w.pass(time.Hour)
		if got := w.scale.now(); got < planned {
			t.Errorf("%d replicas of %d are left", got, planned)
		}
		if got := w.autoscaler().Status.Batches[0].Unknown; got != "Prometheus does not answer" {
			t.Errorf("the status says %q", got)
		}
	}, reports())
}
