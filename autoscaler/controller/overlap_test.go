package controller

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/klog/v2/ktesting"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// TestHangingWriteDelaysOnlyItsObject: the others are evaluated and scaled in time. The object itself is not evaluated before the
// result, has one write for each evaluation, and is scaled once the API server answers again.
func TestHangingWriteDelaysOnlyItsObject(t *testing.T) {
	liveFleet(t, 10, func(w *world, f *fleet) {
		w.until(period)
		for i := range 10 {
			f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.load, t.hangsWrite, t.evaluations = 200, i == 0, 0 })
		}
		w.pass(period)
		for i := 1; i < 10; i++ {
			if got := f.get(fmt.Sprint("w", i)); got.replicas != 8 || got.evaluations != 1 || got.writes != 1 {
				t.Errorf("w%d has %d replicas after %d evaluations and %d writes", i, got.replicas, got.evaluations, got.writes)
			}
		}
		w.pass(10 * period)
		if got := f.get("w1"); got.evaluations != 11 || got.writes != 1 {
			t.Errorf("%d evaluations of another one in 11 periods, and %d writes", got.evaluations, got.writes)
		}
		if got := f.get("w0"); got.replicas != 4 || got.evaluations != got.writes || got.writes < 10 {
			t.Errorf("w0 has %d writes and %d evaluations in 11 periods", got.writes, got.evaluations)
		}
		f.change("w0", func(t *fleetTarget) { t.hangsWrite = false })
		w.pass(2 * period)
		if got := f.get("w0"); got.replicas != 8 || len(got.written) != 1 {
			t.Errorf("w0 has %d replicas after %d writes", got.replicas, len(got.written))
		}
	})
}

// rush is a window of at least 10 replicas at minute 7, of autoscaler 0.
func rush(i int, spec *v1alpha1.HorizontalAutoscalerSpec) {
	if i == 0 {
		start, ten, span := v1alpha1.CronLine("7 * * * *"), int32(10), v1alpha1.Duration("10m")
		spec.Windows = []v1alpha1.InlineWindow{{Name: "rush", Window: v1alpha1.Window{Start: &start, Duration: &span, MinReplicas: &ten}}}
	}
}

// TestEdgeWaitsForNoOther: a window opens at its second while the writes of others hang, and while the read of another's scale
// does.
func TestEdgeWaitsForNoOther(t *testing.T) {
	for name, hang := range map[string]func(t *fleetTarget){
		"writes": func(t *fleetTarget) { t.hangsWrite, t.load = true, 200 },
		"reads":  func(t *fleetTarget) { t.hangsRead = true },
	} {
		t.Run(name, func(t *testing.T) {
			liveFleet(t, 40, func(w *world, f *fleet) {
				w.until(6 * time.Minute)
				for i := 1; i < 40; i++ {
					f.change(fmt.Sprint("w", i), hang)
				}
				w.until(8 * time.Minute)
				if got := f.get("w0").written; len(got) != 1 || got[0].Sub(midnight.Add(7*time.Minute)) > edgeCheckDelay {
					t.Errorf("written at %v", got)
				}
			}, rush)
		})
	}
}

// TestWriteOfAnEdgeIsTheOnlyOne: while the write of an edge, which was found during the slow read of another object, hangs, the
// object falls due by its period and by its edge. It has one write at a time.
func TestWriteOfAnEdgeIsTheOnlyOne(t *testing.T) {
	liveFleet(t, 8, func(w *world, f *fleet) {
		w.until(6*time.Minute + 50*time.Second)
		f.change("w0", func(t *fleetTarget) { t.hangsWrite = true })
		for i := 1; i < 8; i++ {
			f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.hangsRead = true })
		}
		w.until(7*time.Minute + time.Second)
		for i := 1; i < 8; i++ {
			f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.hangsRead = false })
		}
		for range 180 {
			w.controller.Wake(nameOf("w0"))
			w.pass(time.Second)
		}
		if got := f.get("w0"); got.most != 1 || got.writes < 10 || got.replicas != 4 {
			t.Errorf("%d writes, %d at a time, and %d replicas", got.writes, got.most, got.replicas)
		}
		f.change("w0", func(t *fleetTarget) { t.hangsWrite = false })
		w.pass(2 * writeTimeout)
		if got := f.get("w0"); got.most != 1 || len(got.written) != 1 || got.replicas != 10 {
			t.Errorf("%d successful writes, %d at a time, and %d replicas", len(got.written), got.most, got.replicas)
		}
	}, rush)
}

// TestFullSlotsDelayNoEvaluation: with more hanging writes than slots, what needs no write is evaluated in time, the writes in
// flight are bounded, and a decision that waits too long is made again instead of written.
func TestFullSlotsDelayNoEvaluation(t *testing.T) {
	const n = 2 * writesInFlight
	liveFleet(t, n+1, func(w *world, f *fleet) {
		w.until(2 * period)
		for i := range n {
			f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.load, t.hangsWrite = 200, true })
		}
		idle := fmt.Sprint("w", n)
		before := f.get(idle).evaluations
		w.pass(10 * period)
		if got := f.get(idle).evaluations - before; got != 10 {
			t.Errorf("%d evaluations in 10 periods", got)
		}
		if f.most > writesInFlight {
			t.Errorf("%d writes in flight", f.most)
		}
		for i := range n {
			f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.load, t.hangsWrite = 300, false })
		}
		w.pass(4 * period)
		for i := range n {
			if got := f.get(fmt.Sprint("w", i)); got.replicas != 12 || len(got.written) > 2 {
				t.Errorf("w%d has %d replicas after %d writes", i, got.replicas, len(got.written))
			}
		}
	})
}

// TestWokenDuringAWriteIsEvaluatedAfterIt: at once, and not before.
func TestWokenDuringAWriteIsEvaluatedAfterIt(t *testing.T) {
	liveFleet(t, 1, func(w *world, f *fleet) {
		f.change("w0", func(t *fleetTarget) { t.load, t.hangsWrite = 200, true })
		w.pass(period)
		before := f.get("w0")
		w.controller.Wake(w.controller.objects[nameOf("w0")].key)
		w.pass(time.Second)
		if got := f.get("w0").evaluations; got != before.evaluations {
			t.Errorf("evaluated %d times during the write", got-before.evaluations)
		}
		f.change("w0", func(t *fleetTarget) { t.hangsWrite = false })
		w.pass(writeTimeout)
		if got := f.get("w0"); got.evaluations != before.evaluations+1 || got.replicas != 8 {
			t.Errorf("%d replicas after %d evaluations", got.replicas, got.evaluations-before.evaluations)
		}
	})
}

// TestStopUnderLoadIsClean: the loop ends within its time although writes hang, logs no error, reports no failure, and saves the
// state of what was written.
func TestStopUnderLoadIsClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
		f, w := newFleet(t, 2*writesInFlight)
		w.logger = &logger
		w.start()
		w.until(2 * period)
		for name, target := range f.targets {
			f.change(name, func(*fleetTarget) { target.load, target.hangsWrite = 200, true })
		}
		w.pass(period)
		w.newEvents()
		start := time.Now()
		w.stop()
		if took := time.Since(start); took > endTimeout+time.Second {
			t.Errorf("the loop ended after %s", took)
		}
		underlier, _ := logger.GetSink().(ktesting.Underlier)
		for line := range strings.SplitSeq(underlier.GetBuffer().String(), "\n") {
			if strings.HasPrefix(line, "ERROR") {
				t.Error(line)
			}
		}
		for _, event := range w.newEvents() {
			if strings.HasPrefix(event, "Warning") {
				t.Error(event)
			}
		}
	})
}

// TestStopRecordsWritesThatFinish: a write that ends within the time after the end of the loop is in the saved state.
func TestStopRecordsWritesThatFinish(t *testing.T) {
	liveFleet(t, 1, func(w *world, f *fleet) {
		f.change("w0", func(t *fleetTarget) { t.load, t.slow = 200, time.Second })
		w.pass(period + 500*time.Millisecond)
		for f.get("w0").writes == 0 {
			w.pass(100 * time.Millisecond)
		}
		w.stop()
		w.start()
		if got := f.get("w0"); got.replicas != 8 || len(got.written) != 1 {
			t.Errorf("%d replicas after %d writes", got.replicas, len(got.written))
		}
		if ups := w.controller.objects[nameOf("w0")].state.Ups; len(ups) != 1 {
			t.Errorf("the next leader has the scale events %v", ups)
		}
	}, func(_ int, spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.Behavior = &v1alpha1.Behavior{ScaleUp: &v1alpha1.ScalingRules{Policies: []v1alpha1.ScalingPolicy{{Type: "Pods", Value: 100, PeriodSeconds: 600}}}}
	})
}

// TestHealthNoticesALateLoop: a loop that hangs is unhealthy after ten periods; one that does not run never is.
func TestHealthNoticesALateLoop(t *testing.T) {
	d := newDueTimes()
	c := &Controller{config: Config{Period: period}, dueTimes: d}
	now := midnight
	c.deps.Now = func() time.Time { return now }
	d.add(nameOf("w0"), now)
	now = now.Add(time.Hour)
	if err := c.Healthy(); err != nil {
		t.Errorf("a standby is unhealthy: %v", err)
	}
	d.start(now)
	now = now.Add(10 * period)
	if err := c.Healthy(); err != nil {
		t.Errorf("after ten periods: %v", err)
	}
	now = now.Add(time.Second)
	if err := c.Healthy(); err == nil || !strings.Contains(err.Error(), "HorizontalAutoscaler shop/w0 has been due for 2m31s, more than 10 periods (2m30s)") {
		t.Errorf("after more than ten periods: %v", err)
	}
	if late, due := d.remove(nameOf("w0"), now); !due || late != 10*period+time.Second {
		t.Errorf("it is %s late", late)
	}
	if err := c.Healthy(); err != nil {
		t.Errorf("after the evaluation: %v", err)
	}
}
