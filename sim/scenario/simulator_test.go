package scenario_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
	"flyball.dev/flyball/sim/scenario"
)

// a spec and a plant, for what comes after them on line 8; and a load, for what comes on line 12.
const (
	simulated = "spec\nmetric rps External average 7\n----\n\nplant\n----\n\n"
	loaded    = simulated + "load\nsteady 100\n----\n\n"
)

func TestPlant(t *testing.T) {
	blocks, err := scenario.ParseSimulator(`spec
metric rps Pods average 7
----

plant replicas=3 seed=9
step 1s
rate 12.5
cpu request 500m idle 50m full 2 starting 1
start 40s sigma 0.3
warmup 2m from 0.4
drain 30s
fails after 24h
bound 250ms
room 1000
nodes of 10 from 1 to 5 delay 90s sigma 0.2 keep 10m
scrapes every 10s window 2m lag 5s
noise 0.05
loss 0.01
fault 10 at 5m for 1m
outage at 1h for 10m
signal depth backlog
----
`)
	if err != nil {
		t.Fatal(err)
	}
	want := &scenario.Plant{Replicas: 3, Seed: 9, Config: plant.Config{
		Step: time.Second,
		Pod: plant.Pod{
			Rate: 12.5, CPU: plant.CPU{Request: 0.5, Idle: 0.05, Full: 2, Starting: 1},
			Start:  plant.Duration{Median: 40 * time.Second, Sigma: 0.3},
			WarmUp: 2 * time.Minute, WarmFrom: 0.4, Drain: 30 * time.Second, FailsAfter: 24 * time.Hour,
		},
		Bound: 250 * time.Millisecond, Room: 1000,
		Nodes: plant.Nodes{Pods: 10, Least: 1, Most: 5, Delay: plant.Duration{Median: 90 * time.Second, Sigma: 0.2}, Keep: 10 * time.Minute},
		Metrics: plant.Metrics{
			Every: 10 * time.Second, Window: 2 * time.Minute, Lag: 5 * time.Second, Noise: 0.05, Loss: 0.01,
			Faults:  []plant.Fault{{At: 5 * time.Minute, For: time.Minute, Factor: 10}, {At: time.Hour, For: 10 * time.Minute}},
			Signals: map[string]plant.Signal{"depth": plant.SignalBacklog},
		},
	}}
	if diff := cmp.Diff(want, blocks[1].Plant); diff != "" {
		t.Error(diff)
	}
}

// TestLoad: the lines of a load add up, and each is what its curve is.
func TestLoad(t *testing.T) {
	const minute, hour = time.Minute, time.Hour
	for lines, want := range map[string]map[time.Duration]float64{
		"steady 100\nsteady 5":          {0: 105},
		"step 10 40 at 5m":              {0: 10, 5 * minute: 40},
		"ramp 10 40 at 5m take 10m":     {0: 10, 10 * minute: 25, hour: 40},
		"sawtooth 10 20 every 1h":       {0: 10, 30 * minute: 15},
		"diurnal 10 20 every 24h":       {0: 10, 12 * hour: 20},
		"onoff 10 1 on 5m off 10m":      {0: 10, 5 * minute: 1, 15 * minute: 10},
		"spikes 10 90 every 1h last 1m": {0: 10, hour: 90},
		"steady 100\nnoise 0 every 1m":  {0: 100},
		"steady 0\npoisson every 1m":    {0: 0},
	} {
		blocks, err := scenario.ParseSimulator(simulated + "load\n" + lines + "\n----\n")
		if err != nil {
			t.Fatal(err)
		}
		for at, rate := range want {
			if got, _ := blocks[2].Load.At(at); got != rate {
				t.Errorf("%q: at %s it is %g, want %g", lines, at, got, rate)
			}
		}
	}
}

// TestSeedsOfALoad: two lines of noise are not the same noise, and another seed is another load.
func TestSeedsOfALoad(t *testing.T) {
	instant := func(story string) float64 {
		blocks, err := scenario.ParseSimulator(simulated + story)
		if err != nil {
			t.Fatal(err)
		}
		rate, _ := blocks[2].Load.At(time.Minute)
		return rate
	}
	once := instant("load\nsteady 100\nnoise 0.1 every 1m\n----\n")
	if twice := instant("load\nsteady 100\nnoise 0.1 every 1m\nnoise 0.1 every 1m\n----\n"); twice == once*once/100 {
		t.Error("both lines have the same noise")
	}
	if other := instant("load seed=2\nsteady 100\nnoise 0.1 every 1m\n----\n"); other == once {
		t.Error("another seed is the same load")
	}
	if again := instant("load seed=1\nsteady 100\nnoise 0.1 every 1m\n----\n"); again != once {
		t.Error("the same seed is another load")
	}
}

var refusedBySimulator = map[string]struct{ story, want string }{
	"a command":           {"speck\n----\n", `line 1: "speck" is not a valid command: use story, spec, tick, restart, restore, recreate, plant, load or run`},
	"a plant first":       {"plant\n----\n", `line 1: "plant" needs a spec: write a spec block before it`},
	"a load first":        {"spec\n----\n\nload\n----\n", `line 4: "load" needs a plant: write a plant block before it`},
	"a run first":         {simulated + "run 5m\n----\n", `line 8: "run" needs a load: write a load block before it`},
	"another story's":     {loaded + "story two\n----\n\nspec\n----\n\nrun 5m\n----\n", `line 18: "run" needs a plant: write a plant block before it`},
	"two plants":          {simulated + "plant\n----\n", `line 8: "plant" is a second plant: start another story for another plant`},
	"a tick with a plant": {simulated + "tick\n----\n", `line 8: "tick" is not allowed here: a story has either ticks or a plant`},
	"a plant after ticks": {"spec\n----\n\ntick\n----\n\nplant\n----\n", `line 7: "plant" is not allowed here: a story has either ticks or a plant`},

	"a line of a plant":    {"spec\n----\n\nplant\npods 3\n----\n", `line 5: "pods" is not a valid line of a plant: use step, rate, cpu, start, warmup, drain, fails, image, startfails, crashloops, quota, bound, room, nodes, added, lost, scrapes, noise, loss, fault, outage or signal`},
	"a setting of a plant": {"spec\n----\n\nplant pods=3\n----\n", `line 4: "pods" is not a valid setting of a plant: use replicas or seed`},
	"a missing word":       {"spec\n----\n\nplant\nwarmup 1m 0.5\n----\n", `line 5: "0.5" is not a valid word here: use from`},
	"cores":                {"spec\n----\n\nplant\ncpu request one\n----\n", `line 5: "one" is not a valid number of cores: use a quantity such as 80, 0.5, 500m or 2Gi`},
	"a signal":             {"spec\n----\n\nplant\nsignal rps speed\n----\n", `line 5: "speed" is not a valid signal: use arrived, served, backlog, wait, cpu or busy`},
	"an impossible plant":  {"spec\n----\n\nplant\nrate 0\n----\n", `line 4: the plant is not valid: pod.rate is 0: it must be greater than 0`},

	"no load":           {simulated + "load\n----\n", `line 8: the load is empty: add a line such as steady 100`},
	"only noise":        {simulated + "load\nnoise 0.1 every 1m\n----\n", `line 8: the load is empty: add a line such as steady 100`},
	"a line of a load":  {simulated + "load\nconstant 3\n----\n", `line 9: "constant" is not a valid line of a load: use steady, step, ramp, sawtooth, diurnal, onoff, spikes, noise or poisson`},
	"a rate":            {simulated + "load\nsteady -3\n----\n", `line 9: "-3" is not a valid rate: use a number such as 0.1, not below 0`},
	"too great a rate":  {simulated + "load\nsteady 1e13\n----\n", `line 9: "1e13" is not a valid rate: use at most 1e12 units per second`},
	"too much noise":    {simulated + "load\nsteady 1\nnoise 5 every 1m\n----\n", `line 10: "5" is not a valid standard deviation, a share of the load: use a number from 0 to 1`},
	"an endless period": {simulated + "load\nsawtooth 1 2 every 0s\n----\n", `line 9: "0s" is not a valid duration: use a duration such as 90s or 5m, from 1ns to 10000h0m0s`},

	"rows too close": {loaded + "run 5m every 1s\n----\n", `line 12: "1s" is not a valid time between rows: it must be at least the plant's step, 5s`},
	"too many rows":  {loaded + "run 24h every 5s\n----\n", `line 12: "24h" is too long: a row every 5s gives more than 1000 rows`},
	"lines of a run": {loaded + "run 5m\nevery 1m\n----\n", `line 13: "every 1m" is unexpected: end the block before this line`},
	"a metric that is not": {
		"spec\nmetric memory Resource utilization 7\n----\n\nplant\n----\n\nload\nsteady 1\n----\n\nrun 5m\n----\n",
		`line 12: metric "memory": the only resource of simulated pods is cpu: remove the metric`,
	},
}

func TestRefusedBySimulator(t *testing.T) {
	for name, tc := range refusedBySimulator {
		t.Run(name, func(t *testing.T) {
			_, err := scenario.ParseSimulator(tc.story)
			if err == nil || err.Error() != tc.want {
				t.Errorf("the error is\n%v, want\n%s", err, tc.want)
			}
		})
	}
	if _, err := scenario.Parse(loaded); err == nil || !strings.Contains(err.Error(), `"plant" is not a valid command`) {
		t.Errorf("the engine's grammar has no plant, and the error is %v", err)
	}
}

func TestWhy(t *testing.T) {
	spec := &engine.Spec{Metrics: []engine.Metric{{Name: "rps"}, {Name: "cpu", Container: "app", Type: engine.ContainerResource}}}
	for want, d := range map[string]engine.Decision{
		"cpu/app": {HighestMetric: 1, Steps: []engine.Step{{Kind: engine.StepCurrent, From: 3, To: 3}, {Kind: engine.StepMetric, From: 3, To: 9, Index: 1}, {Kind: engine.StepHighest, From: 3, To: 9, Index: 1}}},
		"rps, stabilization, rate policy 2": {Steps: []engine.Step{
			{Kind: engine.StepMetric, From: 3, To: 1},
			{Kind: engine.StepStabilization, From: 1, To: 2, Index: -1},
			{Kind: engine.StepRatePolicy, From: 2, To: 2, Index: 1},
			{Kind: engine.StepRatePolicy, From: 2, To: 3, Index: 2},
		}},
		"bounds": {HighestMetric: -1, Steps: []engine.Step{{Kind: engine.StepBounds, From: 3, To: 5, Index: -1}}},
	} {
		if got := scenario.Reason(spec, &d); got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
}

// FuzzParseSimulator: as FuzzParse, of the simulator's grammar.
func FuzzParseSimulator(f *testing.F) {
	paths, err := filepath.Glob("../testdata/*.txt")
	if err != nil || len(paths) == 0 {
		f.Fatalf("found no stories: %v", err)
	}
	for _, path := range paths {
		f.Add(read(f, path))
	}
	for _, wrong := range refusedBySimulator {
		f.Add(wrong.story)
	}
	f.Fuzz(func(t *testing.T, file string) {
		blocks, err := scenario.ParseSimulator(file)
		if err != nil {
			var wrong *scenario.Error
			if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Line > strings.Count(file, "\n")+1 || wrong.Problem == "" {
				t.Fatalf("%v names no line of the text", err)
			}
			return
		}
		for i := range blocks {
			switch b := &blocks[i]; {
			case b.Load != nil:
				for instant := time.Duration(0); instant < 100*time.Hour; instant += 7 * time.Hour {
					if rate, _ := b.Load.At(instant); !(rate >= 0) || rate > 1e30 {
						t.Fatalf("line %d: at %s the load is %g", b.Line, instant, rate)
					}
				}
			case b.Plant != nil:
				if err := b.Plant.Config.Validate(); err != nil {
					t.Fatalf("line %d: %v", b.Line, err)
				}
			}
		}
	})
}
