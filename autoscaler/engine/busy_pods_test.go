package engine_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// busySpec returns batchSpec with a Busy metric.
func busySpec(t testing.TB) *engine.Spec {
	s := batchSpec(t)
	s.Batches[0].Busy = engine.Metric{Type: engine.Pods, Name: "jobs_in_progress", MaxAge: time.Minute}
	return s
}

// overstaffed returns a state with a plan of two replicas, which suffice.
func overstaffed(s *engine.Spec) engine.State {
	return engine.State{Batches: []engine.BatchState{{Window: s.BatchIdentity(0), State: batch.State{
		Start: noon, Deadline: noon.Add(time.Hour), Backlog: 1100, At: noon, Planned: 2, Aim: noon.Add(50 * time.Minute),
	}}}}
}

// TestBusyPodsStay has a case for each effect of busy pods on a decision about ten replicas with a plan of two, a minute after noon.
func TestBusyPodsStay(t *testing.T) {
	type look struct {
		spec *engine.Spec
		seen *engine.Observation
	}
	// ten returns samples of ten pods, 0 by default; a negative value is no sample.
	ten := func(values ...int64) []engine.Sample {
		for len(values) < 10 {
			values = append(values, 0)
		}
		return samples(values...)
	}
	starting := func(l *look, phase engine.Phase, pods ...int) {
		for _, i := range pods {
			l.seen.Pods[i].Phase, l.seen.Pods[i].Readiness = phase, engine.NotReady
		}
	}
	const missing = -1
	for name, tc := range map[string]struct {
		busy    []engine.Sample
		change  func(*look)
		want    int32
		spared  bool
		costs   []int32
		problem string
	}{
		"idle pods are removed": {
			busy: ten(1000, 2000, 3500, 1), want: 4, spared: true, costs: []int32{1, 2, 4, 1, 0, 0, 0, 0, 0, 0},
		},
		"all idle pods beyond the plan are removed": {busy: ten(), want: 2, costs: make([]int32, 10)},
		"the busy pods are as many as planned":      {busy: ten(1000, 1000), want: 2, costs: []int32{1, 1, 0, 0, 0, 0, 0, 0, 0, 0}},
		"a pod without a sample counts as busy": {
			busy: ten(missing, 5000, 1000), want: 3, spared: true, costs: []int32{1, 5, 1, 0, 0, 0, 0, 0, 0, 0},
		},
		"an old sample counts as missing": {
			busy: ten(0, 1000, 1000), want: 3, spared: true, costs: []int32{1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { l.seen.Batches[0].Busy.Pods[0].Time = noon },
		},
		"a negative sample counts as missing": {
			busy: ten(0, 1000, 1000), want: 3, spared: true, costs: []int32{1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { l.seen.Batches[0].Busy.Pods[0].Value = -1 },
		},
		"starting pods are removed, with or without a sample": {
			busy: ten(missing, missing, 0, 0, 1000, 1000, 1000), want: 3, spared: true, costs: []int32{0, 0, 0, 0, 1, 1, 1, 0, 0, 0},
			change: func(l *look) { starting(l, engine.Pending, 0, 2); starting(l, engine.Running, 1, 3) },
		},
		"a busy pod that is not ready is deleted before all ready ones, so they stay": {
			busy: ten(0, 0, 1000), want: 8, spared: true, costs: []int32{0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { starting(l, engine.Pending, 0); starting(l, engine.Running, 1, 2) },
		},
		"terminating pods do not count": {
			busy: ten(1000, 1000, 1000, 1000), want: 3, spared: true, costs: []int32{0, 1, 1, 1, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { l.seen.Pods[0].Deleting = true },
		},
		"without a reading all ready pods stay": {
			want: 9, spared: true, problem: "nobody answers",
			change: func(l *look) {
				l.seen.Batches[0].Busy = engine.Reading{Problem: "nobody answers"}
				starting(l, engine.Running, 9)
			},
		},
		"a reading of other pods is unknown": {busy: samples(0, 0), want: 10, spared: true, problem: "the reading has 2 samples for 10 pods"},
		"a maximum removes busy pods": {
			busy: ten(1000, 1000, 1000, 1000, 1000), want: 4, spared: true, costs: []int32{1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
			change: func(l *look) { l.spec.MaxReplicas = 4 },
		},
		"a huge value is a huge cost": {
			busy: ten(1<<62, 1000, 1000), want: 3, spared: true, costs: []int32{1<<31 - 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
		},
		"by ordinals all pods up to the last busy one stay": {
			busy: ten(0, 0, 0, 0, 0, 0, 1000), want: 7, spared: true,
			change: func(l *look) { l.spec.Batches[0].ByOrdinal = true },
		},
		"a name without an ordinal keeps them all": {
			busy: ten(1000), want: 10, spared: true,
			change: func(l *look) { l.spec.Batches[0].ByOrdinal, l.seen.Pods[0].Name = true, "web" },
		},
		"without a Busy metric the plan applies": {
			busy: ten(1000, 1000, 1000), want: 2,
			change: func(l *look) { l.spec.Batches[0].Busy = engine.Metric{} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := noon.Add(time.Minute)
			l := look{busySpec(t), left(10, 1000, now)}
			for i := range l.seen.Pods {
				l.seen.Pods[i].Name = fmt.Sprintf("web-%d", i)
			}
			for i := range tc.busy {
				tc.busy[i].Time = now
			}
			l.seen.Batches[0].Busy.Pods = tc.busy
			if tc.change != nil {
				tc.change(&l)
			}
			d, _ := engine.Decide(l.spec, overstaffed(l.spec), l.seen, now)
			p := d.Batches[0]
			if d.Desired != tc.want || p.HeldBusy != tc.spared || p.BusyProblem != tc.problem {
				t.Errorf("%d replicas, spared %t, problem %q; want %d, %t, %q", d.Desired, p.HeldBusy, p.BusyProblem, tc.want, tc.spared, tc.problem)
			}
			if diff := gocmp.Diff(tc.costs, d.Costs); diff != "" && len(tc.costs)+len(d.Costs) > 0 {
				t.Errorf("costs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBusyPodsDoNotStayAfterTheWindow: after the window only the bounds apply.
func TestBusyPodsDoNotStayAfterTheWindow(t *testing.T) {
	s, now := busySpec(t), noon.Add(2*time.Hour)
	state := overstaffed(s)
	state.Batches[0].DrainedSince = noon.Add(30 * time.Minute)
	seen := left(10, 0, now)
	seen.Batches[0].Busy.Pods = samples(1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000)
	if d, _ := engine.Decide(s, state, seen, now); d.Desired != 0 || len(d.Costs) > 0 {
		t.Errorf("%d replicas, by the costs %v", d.Desired, d.Costs)
	}
}

// TestIdlePodsOfAnOlderSampleStay: once the backlog is 0, or fewer replicas suffice, only a sample from after that shows that a pod is
// idle. After an older sample, the pod can have started an item.
func TestIdlePodsOfAnOlderSampleStay(t *testing.T) {
	now := noon.Add(10 * time.Minute)
	for name, tc := range map[string]struct {
		left        int64
		remembered  func(*batch.State, time.Time)
		older, want int32
		without     int32 // where the idle samples are newer
	}{
		"the backlog is 0": {0, func(s *batch.State, start time.Time) { s.DrainedSince = start }, 3, 3, 0},
		"fewer suffice":    {20, func(s *batch.State, start time.Time) { s.FewerSince, s.Fewer = start, 1 }, 3, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := busySpec(t)
			s.Batches[0].Busy.MaxAge = 0
			since := now.Add(-5 * time.Minute)
			decide := func(start time.Time) int32 {
				state := overstaffed(s)
				state.Batches[0].Planned = 10
				tc.remembered(&state.Batches[0].State, since)
				seen := left(10, tc.left*1000, now)
				seen.Batches[0].Busy.Pods = samples(make([]int64, 10)...)
				for i := range seen.Batches[0].Busy.Pods {
					seen.Batches[0].Busy.Pods[i].Time = now
					if i < int(tc.older) {
						seen.Batches[0].Busy.Pods[i].Time = start
					}
				}
				d, _ := engine.Decide(s, state, seen, now)
				return d.Desired
			}
			if got := decide(since.Add(-time.Second)); got != tc.want {
				t.Errorf("%d replicas, want %d, one for each pod with an older sample", got, tc.want)
			}
			if got := decide(since); got != tc.without {
				t.Errorf("with newer samples %d replicas, want %d", got, tc.without)
			}
		})
	}
}

// TestCostsOfTwoBatches: the cost of a pod is the highest of its batches.
func TestCostsOfTwoBatches(t *testing.T) {
	s, now := busySpec(t), noon.Add(time.Minute)
	other, err := schedule.Compile("bills", schedule.Timing{Start: "0 12 * * *", Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s.Windows, s.Batches = append(s.Windows, other), append(s.Batches, s.Batches[0])
	s.Batches[1].Window = 1
	seen := left(3, 1000, now)
	seen.Batches = append(seen.Batches, seen.Batches[0])
	seen.Batches[0].Busy.Pods, seen.Batches[1].Busy.Pods = samples(1000, 0, 2000), samples(0, 0, 7000)
	for i := range 3 {
		seen.Batches[0].Busy.Pods[i].Time, seen.Batches[1].Busy.Pods[i].Time = now, now
	}
	if d, _ := engine.Decide(s, engine.State{}, seen, now); !slices.Equal(d.Costs, []int32{1, 0, 7}) {
		t.Errorf("costs %v", d.Costs)
	}
}

// TestNoBusyPodIsDeleted compares decisions for random pods with a simulated ReplicaSet controller, which deletes pods in the order of
// the real one, and with the plan: no busy pod is deleted, and no pod stays without need.
func TestNoBusyPodIsDeleted(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 9))
	s, now := busySpec(t), noon.Add(time.Minute)
	for range 5000 {
		n := 2 + dice.IntN(12)
		seen := left(int32(n), 1000, now)
		read := make([]engine.Sample, n)
		for i := range seen.Pods {
			pod := &seen.Pods[i]
			switch dice.IntN(6) {
			case 0:
				pod.Phase, pod.Readiness = engine.Pending, engine.NotReady
			case 1:
				pod.Readiness = engine.NotReady
			}
			read[i] = engine.Sample{Known: dice.IntN(8) > 0, Value: int64(max(0, dice.IntN(6)-3) * 1000), Time: now}
		}
		seen.Batches[0].Busy.Pods = read
		d, _ := engine.Decide(s, overstaffed(s), seen, now)

		works := func(i int) bool {
			return read[i].Known && read[i].Value > 0 || !read[i].Known && seen.Pods[i].Phase == engine.Running && seen.Pods[i].Readiness == engine.Ready
		}
		order := dice.Perm(n)
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Or(
				cmp.Compare(seen.Pods[a].Phase, seen.Pods[b].Phase), // Pending before Running
				cmp.Compare(readiness(&seen.Pods[a]), readiness(&seen.Pods[b])),
				cmp.Compare(d.Costs[a], d.Costs[b]),
			)
		})
		goes := n - int(d.Desired)
		if i := slices.IndexFunc(order[:goes], works); i >= 0 {
			t.Fatalf("%d of %d pods stay, and busy pod %d is deleted: %+v %+v, costs %v", d.Desired, n, order[i], seen.Pods, read, d.Costs)
		}
		if d.Desired > 2 && !works(order[goes]) {
			t.Fatalf("%d of %d pods stay, and pod %d could be deleted too: %+v %+v", d.Desired, n, order[goes], seen.Pods, read)
		}
	}
}

func readiness(p *engine.Pod) int {
	if p.Readiness == engine.Ready {
		return 1
	}
	return 0
}
