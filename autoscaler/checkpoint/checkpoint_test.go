package checkpoint

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"go/token"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
		BlockedSince:    noon.Add(-time.Hour),
		QuotaProbe:      14,
		Activated:       noon.Add(-time.Minute),
		ScaledIn:        engine.ReadyCount{Time: noon.Add(-time.Second), Ready: 2},
		Surged:          noon.Add(-time.Minute),
		Samples: []engine.SampleAge{
			{Metric: 1<<64 - 1, Newest: noon.Add(-20 * time.Second), Since: noon, Ticks: 3, Cadence: 15 * time.Second, FullUse: noon.Add(-time.Minute)},
			{Metric: 1, Newest: noon.Add(-time.Minute), Since: noon, Digest: 1<<64 - 1, Read: noon},
		},
		StartUp: engine.StartUp{Seconds: 41.5, Pods: 7, Spread: 2.5, Until: noon},
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
			HPACounts:       []damping.Requirement{{Time: noon, Replicas: 7}},
			Counts:          []damping.Requirement{{Time: noon, Replicas: 8}},
			DailyLoad:       12, LaterSeconds: -30, ComparedSeconds: 3600, Backlog: 1, HPABacklog: 2, CostLimited: true,
		},
	}
}

// TestEveryFieldIsSaved fails for a field that gob skips, and for one that the example leaves at zero.
func TestEveryFieldIsSaved(t *testing.T) {
	if strings.Contains(","+layout+"}", "{}") {
		t.Errorf("a type without fields in %s", layout)
	}
	for field := range strings.FieldsFuncSeq(layout, func(r rune) bool { return strings.ContainsRune("{},[]", r) }) {
		if name, _, isField := strings.Cut(field, " "); isField && !token.IsExported(name) {
			t.Errorf("%s is not exported", name)
		}
	}
	for _, value := range []reflect.Value{reflect.ValueOf(example()), reflect.ValueOf(example().Damping), reflect.ValueOf(example().Batches[0].State)} {
		for i := range value.NumField() {
			if value.Field(i).IsZero() {
				t.Errorf("the example has no %s", value.Type().Field(i).Name)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	want := map[types.UID]engine.State{"all fields": example(), "new": {}}
	encoded, err := encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(encoded)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, states (-saved +restored):\n%s", err, diff)
	}
}

// TestUnknownShardsAreRejected: a shard of another format or layout is an error, and never read as something else.
func TestUnknownShardsAreRejected(t *testing.T) {
	encoded, err := encode(map[types.UID]engine.State{"a": example()})
	if err != nil {
		t.Fatal(err)
	}
	var renamed bytes.Buffer
	compressed, _ := flate.NewWriter(&renamed, flate.BestSpeed)
	encoder := gob.NewEncoder(compressed)
	if err := errors.Join(encoder.Encode(strings.Replace(layout, "Level", "Mean", 1)), encoder.Encode(map[types.UID]engine.State{}), compressed.Close()); err != nil {
		t.Fatal(err)
	}
	for name, shard := range map[string][]byte{
		"empty": {}, "the format before": append([]byte{5}, encoded[1:]...), "a renamed field": append([]byte{format}, renamed.Bytes()...),
		"half of a shard": encoded[:len(encoded)/2], "text": []byte("no shard"),
	} {
		if states, err := decode(shard); err == nil {
			t.Errorf("%s: read as %v", name, states)
		}
	}
}

// TestShardOfAnEarlierVersion: a state that has gained fields since is read from what was saved without them, also where the fields
// are those of a type within it. One that has lost or renamed a field, or has another type of it, is not.
func TestShardOfAnEarlierVersion(t *testing.T) {
	current := "{Time time.Time,Ups []{Change int32,Time time.Time},Damping {Level float64,Late float64},Ready bool}"
	for saved, want := range map[string]bool{
		current: true,
		"{Time time.Time,Ups []{Change int32},Damping {Level float64}}": true,
		"{Damping {Late float64}}":                                      true,
		"{}":                                                            false, // gob has no type without fields
		"{Ready bool,Time time.Time}":                                   true,
		"{Damping {Mean float64}}":                                      false,
		"{Damping {Level float64,Mean float64}}":                        false,
		"{Ups []{Change int64}}":                                        false,
		"{Ups {Change int32}}":                                          false,
		"{Ready []bool}":                                                false,
		"{Ready int}":                                                   false,
		"Ready bool":                                                    false,
		"":                                                              false,
	} {
		if got := readable(saved, current); got != want {
			t.Errorf("a shard with %s: readable %t, want %t", saved, got, want)
		}
	}

	type earlier struct {
		Damping struct{ Level, PodSeconds float64 }
		Ups     []engine.ScaleEvent
	}
	saved := earlier{Ups: []engine.ScaleEvent{{Change: 3, Time: noon}}}
	saved.Damping.Level, saved.Damping.PodSeconds = 12, 34
	out := bytes.NewBuffer([]byte{format})
	compressed, _ := flate.NewWriter(out, flate.BestSpeed)
	encoder := gob.NewEncoder(compressed)
	err := errors.Join(encoder.Encode(describe(reflect.TypeFor[earlier]())), encoder.Encode(map[types.UID]earlier{"a": saved}), compressed.Close())
	if err != nil {
		t.Fatal(err)
	}
	states, err := decode(out.Bytes())
	want := map[types.UID]engine.State{"a": {Ups: saved.Ups, Damping: damping.State{Level: 12, PodSeconds: 34}}}
	if diff := cmp.Diff(want, states); diff != "" || err != nil {
		t.Errorf("%v, states (-saved +restored):\n%s", err, diff)
	}
}

func TestLatestOfEqualRecommendationsIsSaved(t *testing.T) {
	all := []engine.Recommendation{
		{Replicas: 5, Time: noon},
		{Replicas: 7, Time: noon.Add(15 * time.Second)},
		{Replicas: 5, Time: noon.Add(30 * time.Second)},
		{Replicas: 7, Time: noon.Add(-time.Minute)},
	}
	if diff := cmp.Diff(all[1:3], latestOfEach(nil, all)); diff != "" {
		t.Errorf("recommendations (-want +got):\n%s", diff)
	}
}

// TestLatestOfEachIsThatOfAMap compares random recommendations with the newest of each count in a map.
func TestLatestOfEachIsThatOfAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		all := make([]engine.Recommendation, random.IntN(12))
		newest := map[int32]int{}
		for i := range all {
			all[i] = engine.Recommendation{Replicas: random.Int32N(4), Time: noon.Add(time.Duration(random.IntN(6)) * time.Second)}
			if j, found := newest[all[i].Replicas]; !found || !all[i].Time.Before(all[j].Time) {
				newest[all[i].Replicas] = i
			}
		}
		var want []engine.Recommendation
		for _, i := range slices.Sorted(maps.Values(newest)) {
			want = append(want, all[i])
		}
		if diff := cmp.Diff(want, latestOfEach(nil, all), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("of %v (-want +got):\n%s", all, diff)
		}
	}
}

// FuzzDecode: the content of a ConfigMap may have been edited by hand.
func FuzzDecode(f *testing.F) {
	encoded, err := encode(map[types.UID]engine.State{"a": example(), "b": {}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded)
	f.Add([]byte{format, 1, 'a', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, in []byte) {
		states, err := decode(in)
		if err != nil {
			return
		}
		again, err := encode(states)
		if err != nil {
			t.Fatalf("%+v cannot be encoded: %v", states, err)
		}
		got, err := decode(again)
		if diff := cmp.Diff(states, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" || err != nil {
			t.Errorf("%v, states (-saved +restored):\n%s", err, diff)
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

// TestFormerLeaderGetsConflict: a write of the former leader fails, because its resource version is not the newest.
func TestFormerLeaderGetsConflict(t *testing.T) {
	client := fake.NewClientset()
	version := 0
	// The fake client does not check resource versions. The reactors count them and reject outdated ones, as the API server does.
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
