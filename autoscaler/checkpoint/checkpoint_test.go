package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func example() engine.State {
	return engine.State{
		Recommendations: []engine.Recommendation{{Replicas: 5, Time: noon}, {Replicas: 7, Time: noon.Add(-time.Minute)}, {Replicas: 0, Time: noon.Add(1)}},
		Ups:             []engine.ScaleEvent{{Change: 4, Time: noon.Add(-time.Hour), Outdated: true}},
		Downs:           []engine.ScaleEvent{{Change: 1, Time: noon}, {Change: 2, Time: noon.Add(time.Second)}},
		Outages:         []engine.Outage{{Metric: 1<<64 - 1, Since: noon.Add(-time.Minute)}},
		ScaledToZero:    true,
		Ready:           []engine.ReadyCount{{Time: noon.Add(-time.Hour), Ready: 3}, {Time: noon, Ready: 4}},
		Observed:        noon,
		ScaledIn:        engine.ReadyCount{Time: noon.Add(-time.Second), Ready: 2},
		Samples: []engine.SampleAge{
			{Metric: 1<<64 - 1, Newest: noon.Add(-20 * time.Second), Since: noon, Ticks: 3, Cadence: 15 * time.Second},
			{Metric: 1, Newest: noon.Add(-time.Minute), Since: noon, Digest: 1<<64 - 1, Read: noon},
		},
		StartUp: engine.StartUp{Seconds: 41.5, Pods: 7, Until: noon},
		Batches: []engine.BatchState{{Window: 1<<64 - 1, State: batch.State{
			Start: noon.Add(-time.Hour), Deadline: noon.Add(time.Hour), Backlog: 1234.5, At: noon, Arrivals: 0.25, Watched: noon,
			Ready: 12, Steady: noon.Add(-time.Minute), Planned: 15, Aim: noon.Add(time.Minute), FewerSince: noon.Add(-time.Second), Fewer: 9,
			DrainedSince: noon, AtRisk: true, Missed: true, Left: 3,
			Rate: batch.Rate{
				Guess: 1, Faith: 0.5, Work: 2, Seconds: 3, Squares: 4, Blocks: 5, BlockWork: -6, BlockSeconds: 7, Block: time.Minute, Most: 8,
			},
		}}, {Window: 1}},
		Damping: damping.State{
			Time: noon, ConfirmedLoad: 11, SurgeSince: noon.Add(-time.Second), Level: 1.5, Trend: -0.25, Noise: 2, SquaredShortfall: 3, UnforeseenShare: 0.125, UsualLoad: 10, LogPeakRatio: 0.5, Direction: -1,
			Reversals: 4.5, LoadDirection: 1, LoadExtreme: 12, LoadReversals: 1.5, PodSeconds: 5, HPAPodSeconds: 6, HPAReplicas: 7, Replicas: 9,
			Forecasts:       []damping.Forecast{{Time: noon.Add(time.Minute), Load: 1.25}},
			Requirements:    []damping.Requirement{{Time: noon, Replicas: 2.5}},
			HPARequirements: []damping.Requirement{{Time: noon, Replicas: 3}, {Time: noon.Add(time.Second), Replicas: 2}},
		},
	}
}

// TestAStateOfFormat1IsRead: before there were batches, nothing followed the outages.
func TestAStateOfFormat1IsRead(t *testing.T) {
	old := example()
	old.Batches, old.StartUp, old.Damping = nil, engine.StartUp{}, damping.State{}
	old.Ready, old.Observed, old.ScaledIn, old.Samples = nil, time.Time{}, engine.ReadyCount{}, nil
	shard := packShard(map[types.UID][]byte{"a": packState(nil, &old)})
	shard[0] = oldestFormat
	states, err := unpackShard(shard)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpackState(states["a"])
	if err != nil || len(got.Outages) != 1 || len(got.Batches) != 0 {
		t.Errorf("a state of format 1 came back as %+v (%v)", got, err)
	}
	shard[0] = format + 1
	if _, err := unpackShard(shard); err == nil {
		t.Error("a shard of a later format was read")
	}
}

// TestAStateOfFormat3IsRead: what damping had remembered is passed over, and everything else is there.
func TestAStateOfFormat3IsRead(t *testing.T) {
	undamped := example()
	undamped.Damping = damping.State{}
	packed := packState(nil, &undamped)
	want, err := unpackState(packed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpackState(append(packed, 1, 2, 3))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestNothingIsForgotten: a field that damping came to remember, and that is not packed, would change decisions after a restart.
func TestNothingIsForgotten(t *testing.T) {
	remembered := reflect.ValueOf(example().Damping)
	for i := range remembered.NumField() {
		if remembered.Field(i).IsZero() {
			t.Errorf("%s is not packed, or not in the example", remembered.Type().Field(i).Name)
		}
	}
}

func TestAStateComesBackAsItWas(t *testing.T) {
	for name, want := range map[string]engine.State{"all of it": example(), "a new one": {}} {
		t.Run(name, func(t *testing.T) {
			for i := range want.Recommendations {
				want.Recommendations[i].Time = want.Recommendations[i].Time.Truncate(time.Millisecond)
			}
			got, err := unpackState(packState(nil, &want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("state (-saved +restored):\n%s", diff)
			}
		})
	}
}

func TestOfEqualRecommendationsTheLatestIsKept(t *testing.T) {
	s := engine.State{Recommendations: []engine.Recommendation{
		{Replicas: 5, Time: noon},
		{Replicas: 7, Time: noon.Add(15 * time.Second)},
		{Replicas: 5, Time: noon.Add(30 * time.Second)},
		{Replicas: 7, Time: noon.Add(-time.Minute)},
	}}
	got, err := unpackState(packState(nil, &s))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Recommendations[1:3], got.Recommendations); diff != "" {
		t.Errorf("recommendations (-want +got):\n%s", diff)
	}
}

// FuzzUnpack: what is in a ConfigMap may have been edited by hand.
func FuzzUnpack(f *testing.F) {
	s := example()
	f.Add(packShard(map[types.UID][]byte{"a": packState(nil, &s), "b": packState(nil, &engine.State{})}))
	f.Add([]byte{format, 1, 'a', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, in []byte) {
		states, err := unpackShard(in)
		if err != nil {
			return
		}
		for _, packed := range states {
			state, err := unpackState(packed)
			if err != nil {
				continue
			}
			again, err := unpackState(packState(nil, &state))
			if err != nil {
				t.Fatalf("%+v cannot be packed: %v", state, err)
			}
			state.Recommendations = latestOfEach(state.Recommendations)
			if len(again.Recommendations) != len(state.Recommendations) || len(again.Ups) != len(state.Ups) {
				t.Errorf("%+v came back as %+v", state, again)
			}
		}
	})
}

// shelf is a Storage in memory.
type shelf struct {
	mu    sync.Mutex
	saved map[int][]byte
	saves []int
	fail  error
}

func (s *shelf) Load(_ context.Context, shard int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saved[shard], s.fail
}

func (s *shelf) Save(_ context.Context, shard int, packed []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.saved[shard] = packed
		s.saves = append(s.saves, shard)
	}
	return s.fail
}

func (s *shelf) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *shelf) writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.saves)
}

func TestAnotherLeaderRestoresState(t *testing.T) {
	store := &shelf{saved: map[int][]byte{}}
	first := New(store, 4, time.Minute)
	want := example()
	for i := range want.Recommendations {
		want.Recommendations[i].Time = want.Recommendations[i].Time.Truncate(time.Millisecond)
	}
	for i := range 20 {
		first.Save(types.UID(fmt.Sprint(i)), &want, false)
	}
	first.Delete("7")
	first.Retain(func(uid types.UID) bool { return uid != "8" })
	if err := first.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := New(store, 7, time.Minute) // the number of shards may change
	store.saved[5] = []byte("no shard at all")
	if err := second.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, known := second.Restore("3")
	if diff := cmp.Diff(want, got); diff != "" || !known {
		t.Errorf("known %t, state (-saved +restored):\n%s", known, diff)
	}
	for _, gone := range []types.UID{"7", "8", "20"} {
		if _, known := second.Restore(gone); known {
			t.Errorf("%s has a state", gone)
		}
	}
}

// TestWritesAreBounded: however often states are saved, a shard is written once an interval; soon after a change to a
// target; not at all while nothing happens; and at the end.
func TestWritesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{saved: map[int][]byte{}}
		m := New(store, 1, 15*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		go m.Run(ctx)
		note := func(changed bool) { m.Save("a", &engine.State{}, changed) }
		expect := func(when string, want int) {
			t.Helper()
			synctest.Wait()
			if got := store.writes(); got != want {
				t.Errorf("%s: %d writes, want %d", when, got, want)
			}
		}
		for range 14 {
			note(false)
			time.Sleep(time.Second)
		}
		expect("after 14 s", 0)
		time.Sleep(2 * time.Second)
		expect("after 16 s", 1)
		time.Sleep(time.Hour)
		expect("after an hour without a note", 1)
		note(true)
		note(true)
		time.Sleep(1100 * time.Millisecond)
		expect("after a change", 2)
		store.failWith(errors.New("no API server"))
		note(true)
		time.Sleep(30 * time.Second)
		store.failWith(nil)
		time.Sleep(16 * time.Second)
		expect("once the API server is back", 3)
		note(false)
		cancel()
		expect("at the end", 4)
	})
}

// TestAFormerLeaderCannotWriteOver: the version it knows is not the newest.
func TestAFormerLeaderCannotWriteOver(t *testing.T) {
	client := fake.NewClientset()
	version := 0
	// The fake does not count versions; the real one does, and refuses others.
	client.PrependReactor("update", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
		object := action.(clienttesting.UpdateAction).GetObject().(*corev1.ConfigMap)
		if object.ResourceVersion != fmt.Sprint(version) {
			return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "configmaps"}, object.Name, errors.New("older"))
		}
		version++
		object.ResourceVersion = fmt.Sprint(version)
		return true, object, client.Tracker().Update(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, object, "flyball")
	})
	client.PrependReactor("create", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
		version++
		action.(clienttesting.CreateAction).GetObject().(*corev1.ConfigMap).ResourceVersion = fmt.Sprint(version)
		return false, nil, nil
	})
	former := NewConfigMaps(client.CoreV1().ConfigMaps("flyball"), "state")
	next := NewConfigMaps(client.CoreV1().ConfigMaps("flyball"), "state")
	save := func(c *ConfigMaps, text string) error { return c.Save(t.Context(), 2, []byte(text)) }
	if err := save(former, "one"); err != nil {
		t.Fatal(err)
	}
	if got, err := next.Load(t.Context(), 2); err != nil || string(got) != "one" {
		t.Fatalf("read %q, %v", got, err)
	}
	if err := save(next, "two"); err != nil {
		t.Fatal(err)
	}
	if err := save(former, "three"); !apierrors.IsConflict(err) {
		t.Errorf("the former leader's write gave %v, want a conflict", err)
	}
	if got, err := next.Load(t.Context(), 2); err != nil || string(got) != "two" {
		t.Errorf("read %q, %v, want what the next leader wrote", got, err)
	}
	if got, err := next.Load(t.Context(), 3); err != nil || got != nil {
		t.Errorf("a shard that was never saved gives %q, %v", got, err)
	}
}

func BenchmarkSave(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("autoscalers=%d", n), func(b *testing.B) {
			m := New(&shelf{saved: map[int][]byte{}}, 16, time.Minute)
			var s engine.State
			for i := range 20 {
				s.Recommendations = append(s.Recommendations, engine.Recommendation{Replicas: int32(i % 4), Time: noon.Add(time.Duration(i) * 15 * time.Second)})
			}
			uids := make([]types.UID, n)
			for i := range uids {
				uids[i] = types.UID(fmt.Sprintf("3f2b%08d-aaaa-bbbb-cccc-0123456789ab", i))
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, uid := range uids {
					m.Save(uid, &s, false)
				}
				if err := m.Flush(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			_, bytes := m.Written()
			b.ReportMetric(float64(bytes)/float64(b.N)/float64(n), "B/autoscaler")
		})
	}
}
