package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	flyballfake "flyball.dev/flyball/autoscaler/client/clientset/versioned/fake"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestValuesWithinToleranceAreNotWritten: an autoscaler whose metric moves by 2 % writes nothing, however long that lasts, and
// neither does its next leader.
func TestValuesWithinToleranceAreNotWritten(t *testing.T) {
	live(t, func(w *world) {
		w.pass(2 * period)
		before := w.statusWrites()
		for i := range 2 * 240 { // two hours
			if i == 240 {
				w.stop()
				w.start()
			}
			w.readings.set(98+int64(i%5), "")
			w.pass(period)
		}
		if got := w.statusWrites() - before; got != 0 {
			t.Errorf("%d status writes in two hours", got)
		}
	}, web())
}

// TestMovedValuesWaitForStatusPeriod: at the maximum of replicas only the value changes. It is written at most once in the
// period and half of it, which differs by autoscaler.
func TestMovedValuesWaitForStatusPeriod(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(1000, "")
		w.pass(5 * time.Minute)
		before := w.statusWrites()
		for i := range 40 * 4 {
			w.readings.set(1000+int64(i%2)*1000*int64(1+i%3), "")
			w.pass(period)
		}
		if got := w.statusWrites() - before; got < 40*60/75 || got > 40*60/40 {
			t.Errorf("%d status writes in 40 minutes, want one each 40 s to 75 s", got)
		}
		w.readings.set(1500, "")
		w.pass(2 * time.Minute)
		if got := w.autoscaler().Status.Targets; got != "query: 75/25" {
			t.Errorf("the targets are %q", got)
		}
	}, web())
}

// TestValuesAreWrittenOnceAfterAScale: a new count changes the value per replica, which the status has a minute later.
func TestValuesAreWrittenOnceAfterAScale(t *testing.T) {
	live(t, func(w *world) {
		w.pass(10 * time.Minute)
		w.readings.set(200, "")
		w.pass(period)
		before := w.statusWrites()
		w.pass(10 * time.Minute)
		if got := w.statusWrites() - before; got > 2 { // AbleToScale is no longer SucceededRescale; the value
			t.Errorf("%d status writes after the scale", got)
		}
		if got := w.autoscaler().Status; got.Targets != "query: 25/25" || got.CurrentReplicas != 8 {
			t.Errorf("the status has %q at %d replicas", got.Targets, got.CurrentReplicas)
		}
	}, web())
}

// TestStatusPatchHasOnlyWhatChanged: with the version that it was computed from.
func TestStatusPatchHasOnlyWhatChanged(t *testing.T) {
	live(t, func(w *world) {
		w.pass(2 * period)
		w.client.ClearActions()
		w.readings.set(200, "")
		w.pass(period)
		var patches []string
		for _, action := range w.client.Actions() {
			if patch, ok := action.(clienttesting.PatchAction); ok {
				patches = append(patches, string(patch.GetPatch()))
			}
		}
		if len(patches) == 0 || !strings.Contains(patches[0], `"desiredReplicas":8`) || !strings.Contains(patches[0], `"uid":"web-1"`) ||
			!strings.Contains(patches[0], `"resourceVersion":`) || strings.Contains(patches[0], `"reference"`) ||
			strings.Contains(patches[0], "currentReplicas") {
			t.Errorf("the patches are %q", patches)
		}
	}, web())
}

// TestStatusOfAnotherLeaderIsReplaced: the last leader wrote after the informer's version. The patch conflicts and is made
// again from the newest version, so that no field of the other one stays.
func TestStatusOfAnotherLeaderIsReplaced(t *testing.T) {
	current, late := web(), web()
	current.ResourceVersion, late.ResourceVersion = "8", "9"
	late.Status.DesiredReplicas = 17
	late.Status.Shadow = &v1alpha1.ShadowStatus{DesiredReplicas: 17}
	var sent []string
	client := flyballfake.NewSimpleClientset()
	client.PrependReactor("patch", "horizontalautoscalers", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := string(action.(clienttesting.PatchAction).GetPatch())
		sent = append(sent, patch)
		if strings.Contains(patch, `"resourceVersion":"8"`) {
			return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "horizontalautoscalers"}, "web", errors.New("newer"))
		}
		return true, late, nil
	})
	client.PrependReactor("get", "horizontalautoscalers", func(clienttesting.Action) (bool, runtime.Object, error) { return true, late, nil })
	s := newStatusWriter(client, fixedLister{current}, func() { t.Error("a conflict is no failure") })
	defer s.queue.ShutDown()
	key := cache.ObjectName{Namespace: "shop", Name: "web"}
	s.put(key, "web-1", &v1alpha1.HorizontalAutoscalerStatus{CurrentReplicas: 3})
	s.writeNext(t.Context(), t.Context(), key)
	if len(sent) != 2 || !strings.Contains(sent[1], `"resourceVersion":"9"`) || !strings.Contains(sent[1], `"desiredReplicas":0`) ||
		!strings.Contains(sent[1], `"shadow":null`) {
		t.Errorf("sent %q", sent)
	}
	s.put(key, "web-2", &v1alpha1.HorizontalAutoscalerStatus{CurrentReplicas: 4})
	s.writeNext(t.Context(), t.Context(), key)
	if len(sent) != 2 {
		t.Errorf("the status of another UID was sent: %q", sent[2:])
	}
}

// TestSlowStatusWritesDelayNothing: while the API server answers no status update, autoscalers are decided and scaled, and only
// the newest status is written in the end.
func TestSlowStatusWritesDelayNothing(t *testing.T) {
	live(t, func(w *world) {
		hangs, release := true, make(chan struct{})
		var sent []string
		w.client.PrependReactor("patch", "horizontalautoscalers", func(action clienttesting.Action) (bool, runtime.Object, error) {
			if hangs {
				<-release
				return true, nil, errors.New("no answer")
			}
			sent = append(sent, string(action.(clienttesting.PatchAction).GetPatch()))
			return false, nil, nil
		})
		for _, want := range []int32{6, 8, 10, 12, 14, 17, 20} {
			w.readings.set(int64(25*want), "")
			w.pass(period)
			if got := w.scale.now(); got != want {
				t.Errorf("%d replicas, want %d", got, want)
			}
		}
		hangs = false
		close(release)
		w.pass(time.Minute)
		if len(sent) > 2 || w.autoscaler().Status.DesiredReplicas != 20 {
			t.Errorf("%d updates after the pause, and the status has %d replicas", len(sent), w.autoscaler().Status.DesiredReplicas)
		}
	}, web())
}

func TestNumbersInMessagesMakeNoDifference(t *testing.T) {
	for _, pair := range [][2]string{
		{"newest sample is 35s old: timeout", "newest sample is 1m5s old: timeout"},
		{"no usable samples from 2 pods: 2 not ready", "no usable samples from 11 pods: 9 not ready"},
		{"dial tcp 127.0.0.1:4210->127.0.0.1:9090: refused", "dial tcp 127.0.0.1:51012->127.0.0.1:9090: refused"},
	} {
		if a, b := appendWords(nil, pair[0]), appendWords(nil, pair[1]); string(a) != string(b) {
			t.Errorf("%q and %q", a, b)
		}
	}
	if a, b := appendWords(nil, "pod a2 failed"), appendWords(nil, "pod b2 failed"); string(a) == string(b) {
		t.Errorf("%q is both", a)
	}
}

// TestFactsHaveAllOfTheEssence: two ticks with equal facts never have statuses that differ in their essence.
func TestFactsHaveAllOfTheEssence(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	autoscaler := web(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		start, hour, ten := v1alpha1.CronLine("7 * * * *"), v1alpha1.Duration("10m"), int32(10)
		spec.Metrics = append(spec.Metrics, spec.Metrics[0])
		spec.Windows = []v1alpha1.InlineWindow{
			{Name: "rush", Window: v1alpha1.Window{Start: &start, Duration: &hour, MinReplicas: &ten}},
			{Name: "work", Window: v1alpha1.Window{Start: &start, Duration: &hour, MinReplicas: &ten}},
		}
	})
	compiled, err := policy.Compile(autoscaler, policy.StandardDefaults())
	if err != nil {
		t.Fatal(err)
	}
	compiled.Spec.Batches = []engine.Batch{{Window: 1}}
	o := &object{autoscaler: autoscaler, policy: compiled, generation: 1, status: &v1alpha1.HorizontalAutoscalerStatus{}}
	same := 0
	for range 20_000 {
		now := midnight.Add(time.Duration(random.IntN(100)) * time.Second)
		o.randomTick(random)
		facts := string(o.appendFacts(nil, now))
		o.batches = batchStatuses(o.batches, &compiled.Spec, &o.decision)
		before := o.nextStatus(now)
		o.status = before
		now = now.Add(time.Duration(random.IntN(100)) * time.Second)
		o.randomTick(random)
		o.batches = batchStatuses(o.batches, &compiled.Spec, &o.decision)
		after := o.nextStatus(now)
		if string(o.appendFacts(nil, now)) != facts {
			continue
		}
		same++
		if changed(before, after) {
			a, _ := json.Marshal(essence(before))
			b, _ := json.Marshal(essence(after))
			t.Fatalf("equal facts %q of\n%s\n%s", facts, a, b)
		}
	}
	if same < 200 {
		t.Errorf("only %d pairs had equal facts", same)
	}
}

// randomTick makes a decision of few different facts, and of many different figures.
func (o *object) randomTick(random *rand.Rand) {
	rarely := func() bool { return random.IntN(12) == 0 }
	o.outcome = outcome{decided: !rarely()}
	o.scale.Err = fmt.Errorf("no answer in %d s", random.IntN(9))
	d := engine.Decision{Desired: 4, Current: 4, HighestMetric: -1, HighestBatch: -1, MinWindow: -1, MaxWindow: -1, Proposals: make([]engine.Proposal, 2)}
	for _, v := range []*engine.Verdict{&d.AbleToScale, &d.ScalingActive, &d.ScalingLimited, &d.ScaledToZero, &d.MetricsStale, &d.CapacityLimited, &d.DeadlineAtRisk} {
		*v = engine.Verdict{Status: engine.True, Reason: "Fine", Message: fmt.Sprintf("at %d", random.IntN(9))}
		if rarely() {
			v.Status = engine.Status(random.IntN(3))
		}
		if rarely() {
			v.Reason = "Other"
		}
	}
	for i := range d.Proposals {
		d.Proposals[i] = engine.Proposal{Known: true, Current: random.Int64N(1e6), Time: midnight}
		if rarely() {
			d.Proposals[i] = engine.Proposal{Problem: fmt.Sprintf("none of %d pods", random.IntN(9))}
		}
	}
	if rarely() {
		d.Desired++
	}
	if rarely() {
		d.Stale = []engine.StaleMetric{{Index: random.IntN(2), Age: time.Duration(random.IntN(100)) * time.Second}}
	}
	if rarely() {
		d.OpenWindows = []int{random.IntN(2)}
	}
	if random.IntN(2) == 0 {
		d.Batches = []engine.BatchPlan{{Plan: batch.Plan{
			Phase: batch.Phase(random.IntN(2)), Backlog: random.Float64(), Start: midnight, Deadline: midnight, Missed: rarely(),
			Left: float64(random.IntN(2)),
		}}}
	}
	o.decision = d
}
