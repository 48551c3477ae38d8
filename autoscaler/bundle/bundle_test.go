package bundle_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	yamlv2 "go.yaml.in/yaml/v2"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestRoundTrip writes bundles of made-up decisions and reads them back: they replay to what the engine decided in the
// first place, step by step, and are written the same again.
func TestRoundTrip(t *testing.T) {
	moved := 0
	for seed := range uint64(200) {
		g := newGambler(seed)
		ha, windows, defaults := g.autoscaler(), g.windows(), g.defaults()
		compiled := compile(t, ha, windows, defaults)
		state, seen, now := g.state(&compiled.Spec), g.observation(&compiled.Spec), noon.Add(time.Duration(g.IntN(1000))*time.Millisecond)
		want, _ := engine.Decide(&compiled.Spec, state.Clone(), &seen, now)
		if want.Desired != want.Current {
			moved++
		}
		text := marshal(t, bundle.Capture(ha, windows, defaults, state, seen, &want, "made up"))
		b, err := bundle.Unmarshal(text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		for range 2 { // a replay leaves the bundle as it is
			got, _, err := bundle.Replay(b)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("seed %d: the replay decided otherwise (-first +replay):\n%s\n%s", seed, diff, text)
			}
		}
		if *b.Decided != (bundle.Decided{Desired: want.Desired, Min: want.Min, Max: want.Max, Reason: "made up"}) {
			t.Errorf("seed %d: %+v was decided, and the bundle says %+v", seed, want, b.Decided)
		}
		if diff := cmp.Diff(string(text), string(marshal(t, b))); diff != "" {
			t.Fatalf("seed %d: it is written otherwise the second time:\n%s", seed, diff)
		}
	}
	if moved < 50 {
		t.Errorf("only %d of 200 decisions changed a count: the bundles are too alike to show anything", moved)
	}
}

// TestNothingIsLeftBehind: a field that a decision came to be made of, and that bundles do not carry, would make replays
// differ one day. Whoever adds one carries it, and then adds it here. NamespaceLabel and Namespaces are not carried: no decision depends on them.
func TestNothingIsLeftBehind(t *testing.T) {
	for _, tc := range []struct {
		of      any
		carried []string
	}{
		{policy.Defaults{}, []string{"Tolerance", "DownscaleStabilization", "CPUInitializationPeriod", "InitialReadinessDelay", "MaxSampleAge", "NamespaceLabel", "Namespaces", "Without"}},
		{engine.State{}, []string{"Recommendations", "Ups", "Downs", "Outages", "ScaledToZero", "Batches", "StartUp", "Ready", "Observed", "ScaledIn", "Surged", "Samples", "BlockedSince", "QuotaProbe", "Activated", "Damping"}},
		{engine.Recommendation{}, []string{"Replicas", "Time"}},
		{engine.ScaleEvent{}, []string{"Change", "Time", "Outdated"}},
		{engine.Outage{}, []string{"Metric", "Since"}},
		{engine.Observation{}, []string{"SpecReplicas", "StatusReplicas", "Pods", "PodsProblem", "PodsReason", "BlockedBy", "Refused", "QuotaHasRoom", "Ordered", "EndpointsProblem", "Readings", "Batches"}},
		{engine.Pod{}, []string{"Name", "Phase", "Readiness", "Deleting", "Obstacle", "Superseded", "Endpoint", "Lost", "ReadySince", "Started"}},
		{engine.Reading{}, []string{"Problem", "Value", "Time", "Window", "Partial", "Pods", "Strays", "Requests", "RequestsProblem", "RefreshError", "Via"}},
		{engine.Sample{}, []string{"Known", "Value", "Time", "Window", "Partial"}},
		{engine.StartUp{}, []string{"Seconds", "Pods", "Spread", "Until"}},
		{damping.State{}, []string{"Time", "ConfirmedLoad", "DailyLoad", "SurgeSince", "Level", "Trend", "Noise", "Forecasts", "SquaredShortfall", "UnforeseenShare", "UsualLoad", "LogPeakRatio", "Requirements", "Direction", "Reversals", "LoadDirection", "LoadExtreme", "LoadReversals", "PodSeconds", "HPAPodSeconds", "HPAReplicas", "HPARequirements", "HPACounts", "Counts", "LaterSeconds", "ComparedSeconds", "Backlog", "HPABacklog", "CostLimited", "Replicas"}},
		{engine.ReadyCount{}, []string{"Time", "Ready"}},
		{engine.SampleAge{}, []string{"Metric", "Newest", "Since", "Ticks", "Cadence", "Digest", "Read", "FullUse"}},
		{damping.Forecast{}, []string{"Time", "Load"}},
		{damping.Requirement{}, []string{"Time", "Replicas"}},
		{engine.BatchReading{}, []string{"Backlog", "Arrivals", "Throughput", "Busy"}},
		{batch.State{}, []string{"Start", "Deadline", "Rate", "Backlog", "At", "Arrivals", "Watched", "Ready", "Steady", "Planned", "Aim", "FewerSince", "Fewer", "DrainedSince", "AtRisk", "Missed", "Left"}},
		{batch.Rate{}, []string{"Guess", "Faith", "Work", "Seconds", "Squares", "Blocks", "BlockWork", "BlockSeconds", "Block", "Most"}},
	} {
		var fields []string
		for _, field := range reflect.VisibleFields(reflect.TypeOf(tc.of)) {
			fields = append(fields, field.Name)
		}
		if diff := cmp.Diff(tc.carried, fields); diff != "" {
			t.Errorf("%T has other fields than bundles carry (-carried +there):\n%s", tc.of, diff)
		}
	}
}

// TestStatesAreCarriedWhole: what a decision leaves alone, the next one may not.
func TestStatesAreCarriedWhole(t *testing.T) {
	for seed := range uint64(50) {
		g := newGambler(seed)
		ha := g.autoscaler()
		compiled, err := policy.Compile(ha, policy.StandardDefaults())
		if err != nil {
			t.Fatal(err)
		}
		state := g.state(&compiled.Spec)
		state.Outages = nil // those of metrics that are gone, or are there twice, need not come back alike
		seen := g.observation(&compiled.Spec)
		b, err := bundle.Unmarshal(marshal(t, bundle.Capture(ha, nil, policy.StandardDefaults(), state, seen, &engine.Decision{Time: noon}, "")))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(state, b.State, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the state came back otherwise (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(seen.Pods, b.Observation.Pods, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the pods came back otherwise (-before +after):\n%s", diff)
		}
	}
}

// TestCaptureSharesNoMemoryThatTheEngineTakesOver: the loop goes on with the state that was captured.
func TestCaptureSharesNoMemoryThatTheEngineTakesOver(t *testing.T) {
	g := newGambler(3)
	ha := g.autoscaler()
	compiled, err := policy.Compile(ha, policy.StandardDefaults())
	if err != nil {
		t.Fatal(err)
	}
	state := engine.State{Recommendations: []engine.Recommendation{{Replicas: 9, Time: noon.Add(-time.Hour)}}}
	seen := g.observation(&compiled.Spec)
	b := bundle.Capture(ha, nil, policy.StandardDefaults(), state, seen, &engine.Decision{Time: noon}, "")
	state.Recommendations[0].Replicas = 1
	if got := b.State.Recommendations[0].Replicas; got != 9 {
		t.Errorf("the captured state changed with the loop's: %d", got)
	}
}

// TestTheOrderOfFieldsDoesNotMatter turns every map of a bundle round.
func TestTheOrderOfFieldsDoesNotMatter(t *testing.T) {
	for seed := range uint64(50) {
		g := newGambler(seed)
		ha := g.autoscaler()
		compiled, err := policy.Compile(ha, policy.StandardDefaults())
		if err != nil {
			t.Fatal(err)
		}
		seen := g.observation(&compiled.Spec)
		text := marshal(t, bundle.Capture(ha, nil, policy.StandardDefaults(), g.state(&compiled.Spec), seen, &engine.Decision{Time: noon}, ""))
		var tree yamlv2.MapSlice
		if err := yamlv2.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		turned, err := yamlv2.Marshal(rotate(tree))
		if err != nil {
			t.Fatal(err)
		}
		if string(turned) == string(text) {
			t.Fatal("nothing was turned")
		}
		b, err := bundle.Unmarshal(turned)
		if err != nil {
			t.Fatalf("%v\n%s", err, turned)
		}
		if diff := cmp.Diff(string(text), string(marshal(t, b))); diff != "" {
			t.Fatalf("another order is another bundle:\n%s", diff)
		}
	}
}

func rotate(node any) any {
	switch node := node.(type) {
	case yamlv2.MapSlice:
		slices.Reverse(node)
		for i := range node {
			node[i].Value = rotate(node[i].Value)
		}
	case []any:
		for i := range node {
			node[i] = rotate(node[i])
		}
	}
	return node
}

// TestMinimalBundle reads and replays a bundle with only the fields that a user must write by hand.
func TestMinimalBundle(t *testing.T) {
	b, err := bundle.Unmarshal([]byte(small(`{value: 200}`)))
	if err != nil {
		t.Fatal(err)
	}
	if b.Defaults != policy.StandardDefaults() || b.Decided != nil || b.Observation.StatusReplicas != 4 {
		t.Errorf("what was left out is %+v", b)
	}
	d, spec, err := bundle.Replay(b)
	if err != nil {
		t.Fatal(err)
	}
	if d.Desired != 8 || spec.Metrics[0].Target != 25_000 {
		t.Errorf("200 at 25 for each replica is 8, got %d of %+v", d.Desired, spec)
	}
}

// TestLabelsMayHaveTheNamesOfFields: value is a quantity elsewhere.
func TestLabelsMayHaveTheNamesOfFields(t *testing.T) {
	text := strings.Replace(small(`{value: 200}`), "{name: queue}", "{name: queue, selector: {matchLabels: {value: high, tolerance: 1e999}}}", 1)
	b, err := bundle.Unmarshal([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	labels := b.Autoscaler.Spec.Metrics[0].External.Metric.Selector.MatchLabels
	if labels["value"] != "high" || labels["tolerance"] != "1e999" {
		t.Errorf("labels are %v", labels)
	}
}

// small is a bundle of one metric with this reading.
func small(reading string) string {
	return fmt.Sprintf(`apiVersion: autoscaling.flyball.dev/v1alpha1
kind: DecisionBundle
time: 2026-03-02T12:00:00Z
autoscaler:
  spec:
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    maxReplicas: 20
    metrics:
    - {type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: 25}}}
observation:
  specReplicas: 4
  readings:
  - %s
`, reading)
}

func marshal(t *testing.T, b *bundle.Bundle) []byte {
	t.Helper()
	text, err := bundle.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
