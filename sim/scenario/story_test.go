package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/scenario"
)

// parse gives the blocks of a story that is right.
func parse(t *testing.T, story string) []scenario.Block {
	t.Helper()
	blocks, err := scenario.Parse(story)
	if err != nil {
		t.Fatalf("%v in\n%s", err, story)
	}
	return blocks
}

// TestFormat: files are divided as datadriven divides them, and expected outputs are passed over.
func TestFormat(t *testing.T) {
	blocks := parse(t, strings.Join([]string{
		"# A comment.", "", "story of two halves", "----", "",
		"spec", "# In between.", "", "metric queue External average 10", "----", "An output", "of two lines.", "",
		`tick \`, `  replicas=4 \`, "  after=1m", "queue 40", "----", "----", "An output", "", "----", "tick", "", "----", "----", "",
		"tick", "----", "spec", "nonsense", "",
		"restart\r", "----\r", "\r",
		"recreate", "----",
	}, "\n"))
	var got []string
	for _, b := range blocks {
		got = append(got, string(b.Command)+b.Title)
	}
	if diff := cmp.Diff([]string{"storyof two halves", "spec", "tick", "tick", "restart", "recreate"}, got); diff != "" {
		t.Error(diff)
	}
	var lines []int
	for _, b := range blocks {
		lines = append(lines, b.Line)
	}
	if diff := cmp.Diff([]int{3, 6, 14, 28, 33, 36}, lines); diff != "" {
		t.Error(diff)
	}
	if tick := blocks[2].Tick; tick.After != time.Minute || *tick.Replicas != 4 || len(tick.Readings) != 1 {
		t.Errorf("the tick in three lines is %+v", tick)
	}
}

func TestSpec(t *testing.T) {
	got := parse(t, `spec
bounds 0 20
metric cpu/app ContainerResource utilization 80
metric queue Prometheus average 500m activation 2 maxAge 2m
behavior
up tolerance 0.2
up stabilization 1m
up select min
down policies
down policy 10 percent 1m
fallback after 3m replicas 7 behavior CurrentReplicasIfHigher
without NoReadyPods StrayPods
----
`)[0].Spec
	want := &engine.Spec{
		MinReplicas: 0, MaxReplicas: 20, HasBehavior: true,
		Metrics: []engine.Metric{
			{Name: "cpu", Container: "app", Type: engine.ContainerResource, TargetType: engine.Utilization, Target: 80},
			{Name: "queue", Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 500, Activation: 2000, MaxAge: 2 * time.Minute},
		},
		Up: engine.Rules{
			Tolerance: 0.2, Stabilization: time.Minute, Select: engine.SelectMin,
			Policies: []engine.RatePolicy{{Value: 4, Period: 15 * time.Second}, {Percent: true, Value: 100, Period: 15 * time.Second}},
		},
		Down: engine.Rules{
			Tolerance: 0.1, Stabilization: 5 * time.Minute, Select: engine.SelectMax,
			Policies: []engine.RatePolicy{{Percent: true, Value: 10, Period: time.Minute}},
		},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
		Fallback: &engine.Fallback{After: 3 * time.Minute, Replicas: 7, Behavior: engine.FallbackCurrentIfHigher},
		Without:  engine.NoReadyPods | engine.StrayPods,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestWindow: the engine opens a window at the time that its line states, with the bounds of the line.
func TestWindow(t *testing.T) {
	player := scenario.NewPlayer()
	var evaluation *scenario.Evaluation
	for _, b := range parse(t, `spec
window day "30 7 * * 1" 1h min 3 max 5 priority 2 timeZone America/New_York
----

tick after=30m
----
`) {
		evaluation = player.Play(&b)
	}
	if d := evaluation.Decision; d.Min != 3 || d.Max != 5 || len(d.OpenWindows) != 1 {
		t.Errorf("at half past twelve in Greenwich the bounds are [%d, %d], the open windows %v", d.Min, d.Max, d.OpenWindows)
	}
}

func TestObserve(t *testing.T) {
	blocks := parse(t, `spec
metric cpu Resource utilization 80
metric queue External value 10
metric rps Pods average 10
----

tick replicas=4 pending=1 ending=1 status=9
pods 1 unready age 5m since 1m old 20s
cpu 54.9 old 10s stray 300 requests unknown no request
queue 500m old 30s
----
`)
	now := scenario.Start
	got := blocks[1].Tick.Observe(blocks[0].Spec, 0, now)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	hour, tenSeconds := ago(time.Hour), ago(10*time.Second)
	used := func(instant time.Time) engine.Sample {
		return engine.Sample{Known: true, Value: 549, Time: instant, Window: 30 * time.Second}
	}
	want := &engine.Observation{
		SpecReplicas: 4, StatusReplicas: 9,
		Pods: []engine.Pod{
			{Phase: engine.Running, Readiness: engine.Ready, Started: hour, ReadySince: hour},
			{Phase: engine.Running, Readiness: engine.Ready, Started: hour, ReadySince: hour},
			{Phase: engine.Pending, Readiness: engine.NotReady, Started: tenSeconds, ReadySince: tenSeconds},
			{Phase: engine.Running, Readiness: engine.Ready, Started: hour, ReadySince: hour, Deleting: true},
			{Phase: engine.Running, Readiness: engine.NotReady, Started: ago(5 * time.Minute), ReadySince: ago(time.Minute)},
		},
		Readings: []engine.Reading{
			{
				Pods:     []engine.Sample{used(tenSeconds), used(tenSeconds), {}, used(tenSeconds), used(ago(30 * time.Second))},
				Requests: []int64{1000, 1000, 1000, 1000, 1000}, RequestsProblem: "no request", Strays: []int64{3000},
			},
			{Value: 500, Time: ago(30 * time.Second)},
			{Problem: "the story has no value"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLargeQuantities: a value that cannot be held is unknown, or what upstream's conversion makes of it.
func TestLargeQuantities(t *testing.T) {
	blocks := parse(t, "spec\nmetric queue External average 10\n----\n\ntick\nqueue 10P\n----\n")
	corrected, upstreams := *blocks[0].Spec, *blocks[0].Spec
	upstreams.Without = engine.LargeQuantities
	if r := blocks[1].Tick.Observe(&corrected, 1, scenario.Start).Readings[0]; r.Problem == "" {
		t.Errorf("with the correction the reading is %+v", r)
	}
	tenP := resource.MustParse("10P")
	if r := blocks[1].Tick.Observe(&upstreams, 1, scenario.Start).Readings[0]; r.Problem != "" || r.Value != tenP.MilliValue() {
		t.Errorf("without it the reading is %+v, want %d", r, tenP.MilliValue())
	}
}
