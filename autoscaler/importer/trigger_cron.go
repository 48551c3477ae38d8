package importer

import (
	"strconv"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// readCron imports a cron trigger as a floor. KEDA's HPA takes the largest of all metrics, and never less than
// minReplicaCount or more than maxReplicaCount.
func (so *scaledObject) readCron(t trigger) {
	startField, endField := t.metadata.child("start"), t.metadata.child("end")
	start, end := standardLine(startField.textOr("")), standardLine(endField.textOr(""))
	zoneField, size := t.metadata.child("timezone"), t.metadata.child("desiredReplicas")
	zone := zoneField.textOr("")
	if kind := t.child("metricType").textOr("AverageValue"); kind != string(autoscalingv2.AverageValueMetricType) {
		t.leftOut("metricType %s multiplies the current replicas by desiredReplicas at each sync of KEDA's HPA, which no window does: use AverageValue", kind)
		return
	}
	text, _ := size.text()
	replicas, err := strconv.ParseInt(text, 10, 32)
	if err != nil || replicas < 0 {
		size.leftOut("must be a whole number of replicas")
		t.leftOut(notImported)
		return
	}
	if zone == "" {
		zone = so.im.TimeZone
		zoneField.changed("KEDA refuses a cron trigger without a timezone; %s is taken, and --time-zone sets another", zone)
	}
	count := so.clamp(size, int32(replicas))
	w := v1alpha1.Window{Start: new(v1alpha1.CronLine(start)), End: new(v1alpha1.CronLine(end)), TimeZone: zone, MinReplicas: &count}
	if err := checkWindow("window", v1alpha1.WindowTarget{Kind: "HorizontalAutoscaler", Name: "a"}, w); err != nil {
		t.leftOut("%v", err)
		return
	}
	so.windows = append(so.windows, scheduledFloor{t.node, so.windowName(t.child("name").textOr("cron")), w})
	so.compareCron(t, &w)
}

// standardLine has * for ?, which robfig/cron takes for the same.
func standardLine(line string) string { return strings.ReplaceAll(line, "?", "*") }

// clamp puts a size between the object's own bounds, as KEDA's HPA does, and reports a size beyond them.
func (so *scaledObject) clamp(size node, count int32) int32 {
	switch {
	case count < so.min:
		size.changed("below spec.minReplicaCount (%d); KEDA takes the larger of the two, and so the window's minReplicas is %d", so.min, so.min)
		return so.min
	case count > so.max:
		size.changed("above spec.maxReplicaCount (%d), which holds in KEDA, and so the window's minReplicas is %d", so.max, so.max)
		return so.max
	case count == 0:
		size.note("KEDA refuses 0; the window sets no floor, and minReplicas (0) holds")
	}
	return count
}

// compareCron reports where KEDA's cron trigger differs from the window.
func (so *scaledObject) compareCron(t trigger, w *v1alpha1.Window) {
	if *w.MinReplicas >= 10 {
		t.object.changed("%s: the count is a metric of an HPA in KEDA, whose tolerance of 10%% accepts anything within a tenth of %d replicas; a window's floor is exact", t.path, *w.MinReplicas)
	}
	so.compareYear(t, string(*w.Start), string(*w.End), w.TimeZone)
	if next := so.im.clockChange(w.TimeZone); next != "" {
		t.object.changed("%s: when the clocks of %s change, next on %s, KEDA loses a start or an end in the skipped hour, so that the trigger stays on for a day or does not come; the window opens and closes right after the skipped hour",
			t.path, w.TimeZone, next)
	}
}

// compareYear compares the coming year with KEDA's rule, by which a trigger is on while its next end comes before its next
// start.
func (so *scaledObject) compareYear(t trigger, start, end, zone string) {
	compile := func(timing schedule.Timing) schedule.Window {
		w, err := schedule.Compile("w", timing)
		if err != nil {
			return schedule.Window{} // not reached: the window was compiled before
		}
		return w
	}
	window := compile(schedule.Timing{Start: start, End: end, TimeZone: zone})
	starts := compile(schedule.Timing{Start: start, Duration: time.Second, TimeZone: zone})
	ends := compile(schedule.Timing{Start: end, Duration: time.Second, TimeZone: zone})
	const step = 10 * time.Minute
	var first, nextStart, nextEnd time.Time
	different, all, differs := 0, 0, false
	for now := so.im.Now.UTC().Truncate(24 * time.Hour); now.Before(so.im.Now.AddDate(1, 0, 0)); now = now.Add(step) {
		all++
		if !nextStart.After(now) || !nextEnd.After(now) { // nothing changes between
			nextStart, nextEnd = after(&starts, now), after(&ends, now)
			_, open := window.Open(now)
			differs = open != !nextEnd.After(nextStart)
		}
		if !differs {
			continue
		}
		if different++; different == 1 {
			first = now.In(nextStart.Location())
		}
	}
	if different > 0 {
		t.object.changed("%s: KEDA's trigger is on while its next end comes before its next start, which differs from the window for %d%% of the coming year, first on %s",
			t.path, max(1, 100*different/all), first.Format("Mon 2006-01-02 15:04 -07:00"))
	}
}

func after(w *schedule.Window, t time.Time) time.Time {
	o, _ := w.Next(t)
	return o.Start
}
