package peers

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// TestWatermarks: the README's examples, https://github.com/DataDog/watermarkpodautoscaler/blob/main/README.md.
func TestWatermarks(t *testing.T) {
	w := NewWatermarks(goal(Rate))
	w.UpLimit = 30
	if got := w.limited(10, 14); got != 13 { // section Velocity: 30 % of 10 replicas, 14 recommended
		t.Errorf("current 10, recommended 14, allowed %d", got)
	}
	w.UpLimit, w.DownLimit = 29, 29
	if got := w.limited(10, 13); got != 12 {
		t.Errorf("current 10, recommended 13, allowed %d", got)
	}
	if got := w.limited(10, 7); got != 8 {
		t.Errorf("current 10, recommended 7, allowed %d", got)
	}
	if got := w.limited(2, 1); got != 1 { // at least one is added or taken away
		t.Errorf("current 2, recommended 1, allowed %d", got)
	}
	// Section Lifecycle of the controller, where 8 ready pods have 33959m, the low watermark is 35 and the tolerance 1 %: 7 replicas.
	w.Low, w.High, w.Tolerance = 35, 70, 0.01
	if got := w.recommend(8, 33.959); got != 7 {
		t.Errorf("below the low watermark: %d", got)
	}
	// Section The algorithm: between 60 and 80 % nothing changes, and 85 % scales up.
	w.Low, w.High, w.Tolerance = 60, 80, 0.01
	for usage, want := range map[float64]int32{60: 0, 70: 0, 80: 0, 85: 11, 45: 7} {
		if got := w.recommend(10, usage); got != want {
			t.Errorf("at %g the recommendation is %d, want %d", usage, got, want)
		}
	}
}

// TestWatermarksDelays: by the README's section Cooldown periods both count from the last change in either direction, and by the
// section Scaling Delay a watermark must stay crossed.
func TestWatermarksDelays(t *testing.T) {
	w := NewWatermarks(goal(Rate))
	w.UpForbidden, w.DownForbidden, w.UpDelay = 30*time.Second, time.Minute, 30*time.Second
	w.Applied(noon)
	for _, step := range []struct {
		after time.Duration
		want  int32
		given int32
	}{
		{15 * time.Second, 6, 5},  // above for no time yet
		{30 * time.Second, 6, 5},  // above for 15 s
		{45 * time.Second, 4, 5},  // below, within the minute
		{60 * time.Second, 4, 4},  // the minute is over
		{75 * time.Second, 6, 5},  // above once more, for no time
		{105 * time.Second, 6, 6}, // for 30 s
	} {
		if got := w.allowed(5, step.want, noon.Add(step.after)); got != step.given {
			t.Errorf("after %s, recommended %d, allowed %d, want %d", step.after, step.want, got, step.given)
		}
	}
}

// TestKnative: https://knative.dev/docs/serving/autoscaling/kpa-specific/ and, of the arithmetic,
// https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/enable-automatic-scaling-for-pods-based-on-the-number-of-requests/.
func TestKnative(t *testing.T) {
	k := NewKnative(goal(Rate))
	recommendation := func(stable, panicking float64, ready int32, after time.Duration) int32 {
		return k.recommend(stable, panicking, ready, noon.Add(after))
	}
	// 100 requests at a time, pods that take 10 and a utilization of 70 % are 15 pods.
	if got := recommendation(100/(10*0.7), 100/(10*0.7), 10, 0); got != 15 {
		t.Errorf("the recommendation is %d", got)
	}
	// max-scale-down-rate 2: from N at most to N/2.
	if got := recommendation(0, 0, 10, 0); got != 5 {
		t.Errorf("10 pods without work become %d", got)
	}
	// panic-threshold-percentage 200: twice the target of the ready pods. Then it follows the panic window, and does not
	// scale in until a stable window has passed.
	for _, step := range []struct {
		after             time.Duration
		stable, panicking float64
		want              int32
	}{
		{0, 10, 19, 10},
		{time.Second, 10, 19.5, 20},
		{10 * time.Second, 12, 5, 20},
		{61 * time.Second, 9, 5, 20},
		{62 * time.Second, 9, 5, 9},
	} {
		if got := recommendation(step.stable, step.panicking, 10, step.after); got != step.want {
			t.Errorf("after %s: the recommendation is %d, want %d", step.after, got, step.want)
		}
	}
}

// TestKnativeWindows: the averages are over 60 and 6 seconds.
func TestKnativeWindows(t *testing.T) {
	k := NewKnative(goal(Rate))
	var desired int32
	for i := range 40 {
		value := int64(10 * 7000) // ten pods' work
		if i >= 30 {
			value = 5 * 7000
		}
		desired = k.Decide(observed(10, value), noon.Add(time.Duration(2*i)*time.Second)).Desired
	}
	// Ten of the thirty that the window holds are of five pods: (20·10 + 10·5)/30.
	if desired != 9 {
		t.Errorf("it recommends %d", desired)
	}
}

// TestAzure: https://learn.microsoft.com/en-us/azure/azure-monitor/autoscale/autoscale-best-practices, in the section on thresholds.
func TestAzure(t *testing.T) {
	a := NewAzure(goal(Rate))
	for name, tc := range map[string]struct {
		in, out, usage float64
		by             int32
		current, want  int32
	}{
		"the same thresholds, 575 threads":       {600, 600, 575, 20, 3, 3},
		"the same thresholds, 625 threads":       {600, 600, 625, 20, 2, 3},
		"80 percent":                             {60, 80, 80, 20, 2, 3},
		"60 percent, 90 of the two left":         {60, 80, 60, 20, 3, 3},
		"50 percent, 75 of the two left":         {60, 80, 50, 20, 3, 2},
		"between the thresholds":                 {60, 80, 70, 20, 3, 3},
		"fewer than the rule says, if that does": {60, 80, 55, 50, 10, 7},
	} {
		t.Run(name, func(t *testing.T) {
			a.In, a.Out, a.By = tc.in, tc.out, tc.by
			if got := a.recommend(tc.current, tc.usage); got != tc.want {
				t.Errorf("%d become %d, want %d", tc.current, got, tc.want)
			}
		})
	}
}

// TestTracking: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html describes
// the cooldowns; API_StepScalingPolicyConfiguration.html has the example: 2 are added, and when 3 would be added
// within the cooldown, 1 more.
func TestTracking(t *testing.T) {
	tr := NewTracking(goal(Rate))
	apply := func(from, to int32, after time.Duration) {
		tr.last = engine.Decision{Current: from, Desired: to}
		tr.Applied(noon.Add(after))
	}
	if got := tr.out(10, 1.2, noon); got != 12 {
		t.Fatalf("10 at 1.2 of the target become %d", got)
	}
	apply(10, 12, 0)
	if got := tr.out(12, 1.2, noon.Add(time.Minute)); got != 12 {
		t.Errorf("in the cooldown the same once more makes %d", got)
	}
	if got := tr.out(12, 1.3, noon.Add(2*time.Minute)); got != 13 {
		t.Errorf("in the cooldown a larger scale-out makes %d", got)
	}
	apply(12, 13, 2*time.Minute)
	if got := tr.out(13, 1.2, noon.Add(8*time.Minute)); got != 16 {
		t.Errorf("after the cooldown it makes %d", got)
	}
	apply(13, 10, 10*time.Minute)
	if got := tr.in(10, 0.5, noon.Add(14*time.Minute)); got != 10 {
		t.Errorf("in the cooldown of a scale-in, it scales in to %d", got)
	}
	if got := tr.out(10, 1.5, noon.Add(14*time.Minute)); got != 15 {
		t.Errorf("in the cooldown of a scale-in, it scales out to %d", got)
	}
	if got := tr.in(10, 0.55, noon.Add(15*time.Minute)); got != 6 {
		t.Errorf("after the cooldown it scales in to %d", got)
	}
}

// TestTrackingAlarms: three minutes above the target, or fifteen below nine tenths of it.
func TestTrackingAlarms(t *testing.T) {
	tr := NewTracking(goal(Rate))
	instant := noon
	minutes := func(value int64) (n int) {
		for n = 1; n < 30; n++ {
			instant = instant.Add(time.Minute)
			if d := tr.Decide(observed(10, value), instant); d.Desired != d.Current {
				return n
			}
		}
		return n
	}
	if n := minutes(12 * 7000); n != 3 {
		t.Errorf("it scales out after %d minutes", n)
	}
	if n := minutes(8 * 7000); n != 15 {
		t.Errorf("it scales in after %d minutes", n)
	}
	if n := minutes(9500 * 7); n != 30 {
		t.Errorf("it scales at 0.95 of the target after %d minutes", n)
	}
}

// TestKEDA: https://keda.sh/docs/2.15/concepts/scaling-deployments/, in the section on activation.
func TestKEDA(t *testing.T) {
	g := goal(Rate)
	g.Min, g.PodRate, g.Busy = 0, 10, 1
	k := NewKEDA(g)
	k.Activation, k.Cached = 50, false
	instant := noon
	decide := func(pods int32, work int64, after time.Duration) int32 {
		instant = instant.Add(after)
		return k.Decide(observed(pods, 1000*work), instant).Desired
	}
	// The threshold is 10 and the activation 50. Work of 40 requires 4 replicas, but it does not activate, so the replicas stay at 0.
	if got := decide(0, 40, 0); got != 0 {
		t.Errorf("40 activate %d", got)
	}
	if got := decide(0, 50, 30*time.Second); got != 0 { // activates only above 50
		t.Errorf("50 activate %d", got)
	}
	if got := decide(0, 51, 30*time.Second); got != 1 {
		t.Errorf("51 activate %d", got)
	}
	if got := decide(3, 51, 30*time.Second); got != 6 { // autoscaling/v2 scales up to at most double
		t.Errorf("51 make %d of 3", got)
	}
	// cooldownPeriod: five minutes since it was last active.
	if got := decide(3, 40, 300*time.Second); got == 0 {
		t.Error("it goes to none in the cooldown")
	}
	if got := decide(3, 40, 30*time.Second); got != 0 {
		t.Errorf("after the cooldown there are %d", got)
	}
	// A minimum of at least one: the activation is ignored.
	g.Min = 1
	k = NewKEDA(g)
	k.Activation = 50
	if got := decide(4, 40, time.Hour); got != 4 {
		t.Errorf("with a minimum, 40 make %d of 4", got)
	}
}

// TestKEDAPolls: useCachedMetrics of https://keda.sh/docs/2.15/concepts/scaling-deployments/: a value is read once per polling interval.
func TestKEDAPolls(t *testing.T) {
	k := NewKEDA(goal(Rate))
	k.Decide(observed(10, 10*7000), noon)
	if got := k.Decide(observed(10, 20*7000), noon.Add(15*time.Second)).Desired; got != 10 {
		t.Errorf("within the interval it follows, and recommends %d", got)
	}
	if got := k.Decide(observed(10, 20*7000), noon.Add(30*time.Second)).Desired; got != 20 {
		t.Errorf("after it, it recommends %d", got)
	}
}

// TestKEDACron: the example of https://keda.sh/docs/2.15/scalers/cron/: 10 replicas from 6:00 to 20:00 in Kolkata, more
// if another trigger needs them, and none at night, five minutes after the end.
func TestKEDACron(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	window, err := schedule.Compile("day", schedule.Timing{Start: "0 6 * * *", End: "0 20 * * *", TimeZone: "Asia/Kolkata"})
	if err != nil {
		t.Fatal(err)
	}
	g := goal(Rate)
	g.Min = 0
	k := NewKEDA(g, Cron{Window: window, Replicas: 10})
	instant := func(hour, minute int) time.Time { return time.Date(2026, 3, 2, hour, minute, 0, 0, kolkata) }
	for _, step := range []struct {
		now        time.Time
		pods, want int32
		value      int64
	}{
		{instant(5, 59), 0, 0, 0},
		{instant(6, 1), 0, 1, 0},
		{instant(6, 2), 5, 10, 0},
		{instant(12, 0), 10, 14, 14 * 7000},
		{instant(19, 59), 10, 10, 0},
		{instant(20, 4), 10, 10, 0},
		{instant(20, 5), 10, 0, 0},
	} {
		if got := k.Decide(observed(step.pods, step.value), step.now).Desired; got != step.want {
			t.Errorf("at %s %d become %d, want %d", step.now.Format(time.TimeOnly), step.pods, got, step.want)
		}
	}
}

// observed is an observation of a target with ready pods and a metric value in thousandths.
func observed(pods int32, value int64) *engine.Observation {
	o := &engine.Observation{SpecReplicas: pods, StatusReplicas: pods, Readings: []engine.Reading{{Value: value}}}
	for range pods {
		o.Pods = append(o.Pods, engine.Pod{Phase: engine.Running, Readiness: engine.Ready, Started: noon.Add(-time.Hour), ReadySince: noon.Add(-time.Hour)})
	}
	return o
}
