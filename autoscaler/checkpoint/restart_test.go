package checkpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// life is an autoscaler with a random spec, decided twice: by a process that never ends, and by processes that end after a
// random number of ticks, so that the next one has only what the one before has saved.
type life struct {
	random   *rand.Rand
	spec     *engine.Spec
	replicas int32
	now      time.Time

	living, restarted engine.State
}

// TestARestartChangesNoDecision compares the decisions of both. At each tick, every fourth autoscaler has a new process.
func TestARestartChangesNoDecision(t *testing.T) {
	lives := make([]*life, 300)
	for seed := range lives {
		random := rand.New(rand.NewPCG(uint64(seed), 3))
		lives[seed] = &life{random: random, spec: randomSpec(random), replicas: int32(1 + random.IntN(20)), now: noon}
	}
	rescales, held, planned := 0, 0, 0
	for tick := range 80 {
		restart(t, lives)
		for seed, l := range lives {
			l.now = l.now.Add(time.Duration(1+l.random.IntN(40_000)) * time.Millisecond)
			observation := &engine.Observation{SpecReplicas: l.replicas, StatusReplicas: l.replicas, Readings: randomReadings(l.random)}
			observeBatch(l.random, l.spec, observation, l.now)
			var first, second engine.Decision
			first, l.living = engine.Decide(l.spec, l.living, observation, l.now)
			second, l.restarted = engine.Decide(l.spec, l.restarted, observation, l.now)
			if !reflect.DeepEqual(first, second) {
				t.Fatalf("seed %d, tick %d: the decision differs (-living +restarted):\n%s", seed, tick, cmp.Diff(first, second))
			}
			if first.AbleToScale.Reason == engine.ReasonScaleDownStabilized {
				held++
			}
			if len(first.Batches) > 0 {
				planned++
			}
			if first.Desired != first.Current && l.random.IntN(10) > 0 {
				l.living = engine.RecordScale(l.living, &first, l.now)
				l.restarted = engine.RecordScale(l.restarted, &second, l.now)
				l.replicas = first.Desired
				rescales++
			}
		}
	}
	if rescales < 1000 || held < 1000 || planned < 1000 {
		t.Errorf("got %d rescales, %d holds and %d plans, want 1000 of each: the decisions hardly depend on their states", rescales, held, planned)
	}
}

// restart saves the states of every fourth autoscaler, and restores them as another process does.
func restart(t *testing.T, lives []*life) {
	t.Helper()
	storage := &shelf{saved: map[int][]byte{}}
	first, second := New(storage, 1, time.Minute), New(storage, 1, time.Minute)
	restarting := map[types.UID]*life{}
	for i, l := range lives {
		if l.random.IntN(4) == 0 {
			uid := types.UID(strconv.Itoa(i))
			restarting[uid] = l
			first.Save(uid, &l.restarted, false)
		}
	}
	if err := errors.Join(first.Flush(t.Context()), second.Load(t.Context())); err != nil {
		t.Fatal(err)
	}
	for uid, l := range restarting {
		restored, found := second.Restore(uid)
		if !found {
			t.Fatalf("the state of %s was not saved", uid)
		}
		l.restarted = restored
	}
}

// randomSpec has windows and periods that are longer than a few ticks, so that memory matters.
func randomSpec(random *rand.Rand) *engine.Spec {
	rules := func() engine.Rules {
		r := engine.Rules{Select: engine.PolicySelect(1 + random.IntN(2)), Tolerance: 0.1, Stabilization: time.Duration(random.IntN(300)) * time.Second}
		for range 1 + random.IntN(2) {
			r.Policies = append(r.Policies, engine.RatePolicy{
				Percent: random.IntN(2) == 0, Value: int32(1 + random.IntN(60)), Period: time.Duration(1+random.IntN(120)) * time.Second,
			})
		}
		return r
	}
	s := &engine.Spec{MinReplicas: int32(random.IntN(3)), MaxReplicas: 60, HasBehavior: random.IntN(3) > 0, Up: rules(), Down: rules()}
	for i := range 2 {
		s.Metrics = append(s.Metrics, engine.Metric{
			Type: engine.External, Name: fmt.Sprint("queue-", i), TargetType: engine.AverageValue, Target: 1000,
		})
	}
	if random.IntN(3) == 0 {
		addBatch(random, s)
	}
	if random.IntN(2) == 0 {
		s.Damping, s.Down.Stabilization = new(damping.Balanced()), 0
	}
	if random.IntN(2) == 0 {
		s.Fallback = &engine.Fallback{After: time.Minute, Replicas: 5, Behavior: engine.FallbackBehavior(1 + random.IntN(4))}
	}
	return s
}

func randomReadings(random *rand.Rand) []engine.Reading {
	readings := make([]engine.Reading, 2)
	for i := range readings {
		readings[i].Value = random.Int64N(30_000)
		if random.IntN(3) == 0 {
			readings[i] = engine.Reading{Problem: "down"}
		}
	}
	return readings
}

// addBatch adds a batch window that opens and closes while the test runs, so that some deadlines are missed.
func addBatch(random *rand.Rand, s *engine.Spec) {
	w, err := schedule.Compile("work", schedule.Timing{
		Start: fmt.Sprintf("*/%d * * * *", 10+random.IntN(20)), Duration: time.Duration(3+random.IntN(12)) * time.Minute,
	})
	if err != nil {
		panic(err)
	}
	s.Windows = append(s.Windows, w)
	s.Batches = []engine.Batch{{
		Window: len(s.Windows) - 1, Backlog: engine.Metric{Type: engine.External, Name: "backlog"},
		Plan: batch.Spec{Source: batch.Source(1 + 2*random.IntN(2)), Rate: 0.1 + random.Float64(), Margin: 0.2},
	}}
}

// observeBatch has as many pods as replicas, some of which have just become ready, and some work that is left.
func observeBatch(random *rand.Rand, spec *engine.Spec, seen *engine.Observation, now time.Time) {
	if len(spec.Batches) == 0 {
		return
	}
	for range seen.SpecReplicas {
		ready := now.Add(-time.Duration(random.IntN(60_000)) * time.Millisecond)
		seen.Pods = append(seen.Pods, engine.Pod{
			Phase: engine.Running, Readiness: engine.Ready, ReadySince: ready, Started: ready.Add(-time.Duration(random.IntN(90)) * time.Second),
		})
	}
	r := engine.Reading{Value: int64(random.IntN(5_000_000)), Time: now.Add(-time.Duration(random.IntN(20_000)) * time.Millisecond)}
	switch random.IntN(10) {
	case 0:
		r = engine.Reading{Problem: "made up"}
	case 1:
		r.Value = 0
	}
	seen.Batches = []engine.BatchReading{{Backlog: r}}
}
