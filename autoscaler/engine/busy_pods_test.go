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

// busySpec is batchSpec with a metric of what pods work on.
func busySpec(t testing.TB) *engine.Spec {
	s := batchSpec(t)
	s.Batches[0].Busy = engine.Metric{Type: engine.Pods, Name: "jobs_in_progress", MaxAge: time.Minute}
	return s
}

// overstaffed is a state in which two replicas are planned and will do.
func overstaffed(s *engine.Spec) engine.State {
	return engine.State{Batches: []engine.BatchState{{Window: s.BatchIdentity(0), State: batch.State{
		Start: noon, Deadline: noon.Add(time.Hour), Backlog: 1100, At: noon, Planned: 2, Aim: noon.Add(50 * time.Minute),
	}}}}
}

// TestBusyPodsAreSpared has a case for each way in which what pods work on enters a decision. A look is at ten replicas of which two are
// planned, at noon and a minute.
func TestBusyPodsAreSpared(t *testing.T) {
	type look struct {
		spec *engine.Spec
		seen *engine.Observation
	}
	// ten have, of so many, a value each; a negative one is no sample.
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
		busy   []engine.Sample
		change func(*look)
		want   int32
		spared bool
		costs  []int32
		// problem of the reading, as it is told.
		problem string
	}{
		"those that do nothing go": {
			busy: ten(1000, 2000, 3500, 1), want: 4, spared: true, costs: []int32{1, 2, 4, 1, 0, 0, 0, 0, 0, 0},
		},
		"all go that are not needed where none works": {busy: ten(), want: 2, costs: make([]int32, 10)},
		"as many as work are planned":                 {busy: ten(1000, 1000), want: 2, costs: []int32{1, 1, 0, 0, 0, 0, 0, 0, 0, 0}},
		"one without a sample is taken to work": {
			busy: ten(missing, 5000, 1000), want: 3, spared: true, costs: []int32{1, 5, 1, 0, 0, 0, 0, 0, 0, 0},
		},
		"a sample that is too old is none": {
			busy: ten(0, 1000, 1000), want: 3, spared: true, costs: []int32{1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { l.seen.Batches[0].Busy.Pods[0].Time = noon },
		},
		"nor is a negative one": {
			busy: ten(0, 1000, 1000), want: 3, spared: true, costs: []int32{1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { l.seen.Batches[0].Busy.Pods[0].Value = -1 },
		},
		"those that start go, with a sample and without": {
			busy: ten(missing, missing, 0, 0, 1000, 1000, 1000), want: 3, spared: true, costs: []int32{0, 0, 0, 0, 1, 1, 1, 0, 0, 0},
			change: func(l *look) { starting(l, engine.Pending, 0, 2); starting(l, engine.Running, 1, 3) },
		},
		"one that works and is not ready goes before all that are, so these stay": {
			busy: ten(0, 0, 1000), want: 8, spared: true, costs: []int32{0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { starting(l, engine.Pending, 0); starting(l, engine.Running, 1, 2) },
		},
		"those that go already are not waited for": {
			busy: ten(1000, 1000, 1000, 1000), want: 3, spared: true, costs: []int32{0, 1, 1, 1, 0, 0, 0, 0, 0, 0},
			change: func(l *look) { l.seen.Pods[0].Deleting = true },
		},
		"unknown, all that are ready stay": {
			want: 9, spared: true, problem: "nobody answers",
			change: func(l *look) {
				l.seen.Batches[0].Busy = engine.Reading{Problem: "nobody answers"}
				starting(l, engine.Running, 9)
			},
		},
		"a reading of other pods is none": {busy: samples(0, 0), want: 10, spared: true, problem: "the reading has 2 samples for 10 pods"},
		"a ceiling takes those that work": {
			busy: ten(1000, 1000, 1000, 1000, 1000), want: 4, spared: true, costs: []int32{1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
			change: func(l *look) { l.spec.MaxReplicas = 4 },
		},
		"a huge value is a huge cost": {
			busy: ten(1<<62, 1000, 1000), want: 3, spared: true, costs: []int32{1<<31 - 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
		},
		"by ordinals all stay up to the last that works": {
			busy: ten(0, 0, 0, 0, 0, 0, 1000), want: 7, spared: true,
			change: func(l *look) { l.spec.Batches[0].ByOrdinal = true },
		},
		"a name without an ordinal keeps them all": {
			busy: ten(1000), want: 10, spared: true,
			change: func(l *look) { l.spec.Batches[0].ByOrdinal, l.seen.Pods[0].Name = true, "web" },
		},
		"where nobody tells, they go": {
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

// TestWorkIsNoReasonOnceTheWindowHasClosed: then the bounds rule again.
func TestWorkIsNoReasonOnceTheWindowHasClosed(t *testing.T) {
	s, now := busySpec(t), noon.Add(2*time.Hour)
	state := overstaffed(s)
	state.Batches[0].DrainedSince = noon.Add(30 * time.Minute)
	seen := left(10, 0, now)
	seen.Batches[0].Busy.Pods = samples(1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000)
	if d, _ := engine.Decide(s, state, seen, now); d.Desired != 0 || len(d.Costs) > 0 {
		t.Errorf("%d replicas, by the costs %v", d.Desired, d.Costs)
	}
}

// TestIdlePodsOfAnOlderSampleAreSpared: once nothing is left, or fewer replicas would do, a pod is idle by a sample of that time
// only. An older sample does not exclude that the pod has begun an item since.
func TestIdlePodsOfAnOlderSampleAreSpared(t *testing.T) {
	now := noon.Add(10 * time.Minute)
	for name, tc := range map[string]struct {
		left        int64
		remembered  func(*batch.State, time.Time)
		older, want int32
		without     int32 // where the idle samples are newer
	}{
		"nothing is left":   {0, func(s *batch.State, at time.Time) { s.DrainedSince = at }, 3, 3, 0},
		"fewer replicas do": {20, func(s *batch.State, at time.Time) { s.FewerSince, s.Fewer = at, 1 }, 3, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := busySpec(t)
			s.Batches[0].Busy.MaxAge = 0
			since := now.Add(-5 * time.Minute)
			decide := func(at time.Time) int32 {
				state := overstaffed(s)
				state.Batches[0].Planned = 10
				tc.remembered(&state.Batches[0].State, since)
				seen := left(10, tc.left*1000, now)
				seen.Batches[0].Busy.Pods = samples(make([]int64, 10)...)
				for i := range seen.Batches[0].Busy.Pods {
					seen.Batches[0].Busy.Pods[i].Time = now
					if i < int(tc.older) {
						seen.Batches[0].Busy.Pods[i].Time = at
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

// TestCostsOfTwoBatches: a pod costs as much as the one says for which it does more.
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

// TestNoPodThatWorksIsTakenAway holds what is decided for random pods against a controller of a ReplicaSet that takes pods
// away one by one, as the real one orders them, and against the plan: no pod that works is taken, and no other stays for
// nothing.
func TestNoPodThatWorksIsTakenAway(t *testing.T) {
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
			t.Fatalf("%d of %d stay, and pod %d goes, which works: %+v %+v, costs %v", d.Desired, n, order[i], seen.Pods, read, d.Costs)
		}
		if d.Desired > 2 && !works(order[goes]) {
			t.Fatalf("%d of %d stay, and pod %d could go, too: %+v %+v", d.Desired, n, order[goes], seen.Pods, read)
		}
	}
}

func readiness(p *engine.Pod) int {
	if p.Readiness == engine.Ready {
		return 1
	}
	return 0
}
