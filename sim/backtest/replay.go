package backtest

import (
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/history"
	"flyball.dev/flyball/sim/plant"
)

// Options of a replay.
type Options struct {
	// Price of a pod hour; 0 for no costs.
	Price float64
	// Watch is called with each step of the simulation; nil for none. The step is valid during the call only.
	Watch func(*sim.Step)
	// StartUp replaces the start-up times of the history; nil for those.
	StartUp *plant.Duration
}

// Run is the run of a policy over a history.
type Run struct {
	Scores Scores
	// Replicas and Ready are those at each step of the history.
	Replicas, Ready history.Series
}

// step of the simulated pods.
const step = 5 * time.Second

// Replay runs a policy over a history. All its metrics must have a load.
func Replay(h *History, spec *engine.Spec, o Options) (*Run, error) {
	for i := range spec.Metrics {
		if m := &spec.Metrics[i]; h.load(m) == nil {
			return nil, fmt.Errorf("metric %s: the history does not have it", history.Title(m))
		}
	}
	read := &readings{history: h, lag: seconds(h.Lag.P50)}
	s, err := sim.New(sim.Config{
		Policy: &sim.Engine{Spec: spec}, Plant: h.plant(o.StartUp), Load: &demand{history: h}, Measure: read.fill,
		Begin: h.Begin, Replicas: h.initialReplicas(spec), Seed: h.Seed,
	})
	if err != nil {
		return nil, err
	}
	n := int(h.Length / h.Step)
	run := &Run{Replicas: history.NewSeries(h.Begin, h.Step, n), Ready: history.NewSeries(h.Begin, h.Step, n)}
	count := newCounter(h.Begin)
	s.Run(h.Length, func(st *sim.Step) {
		if o.Watch != nil {
			o.Watch(st)
		}
		count.add(&st.Moment)
		if i := int(st.At / h.Step); i < n && math.IsNaN(run.Replicas.Values[i]) {
			run.Replicas.Values[i], run.Ready.Values[i] = float64(st.Replicas), float64(st.Ready)
		}
	})
	run.Scores = count.result(o.Price)
	return run, nil
}

// plant is a target whose pods serve one unit per second each and start as the recorded ones.
func (h *History) plant(startUp *plant.Duration) plant.Config {
	c := plant.Defaults()
	c.Step, c.Pod.Rate, c.Bound = step, 1, 0
	c.Pod.Start = h.StartUpTime()
	if startUp != nil {
		c.Pod.Start = *startUp
	}
	// The readings are the history's, so that the scrapes of the plant are as few as possible.
	c.Metrics = plant.Metrics{Every: time.Hour, Window: 2 * time.Hour}
	return c
}

// StartUpTime is the distribution of the start-up times; that of a plant by default where the history has none.
func (h *History) StartUpTime() plant.Duration {
	if h.StartUp.Count == 0 {
		return plant.Defaults().Pod.Start
	}
	return plant.Duration{Median: seconds(h.StartUp.P50), Sigma: h.StartUp.Sigma()}
}

// Recorded scores the recorded replicas and ready pods.
func Recorded(h *History, price float64) Scores {
	count := newCounter(h.Begin)
	for elapsed := time.Duration(0); elapsed < h.Length; elapsed += h.Step {
		instant := h.Begin.Add(elapsed)
		rate, known := h.Demand(instant)
		replicas, hasReplicas := h.Replicas.At(instant)
		ready, hasReady := h.Ready.At(instant)
		m := plant.Moment{At: elapsed, Length: h.Step, Known: known && hasReplicas && hasReady}
		if m.Known { // other moments do not count
			m.Rate, m.Demand = rate, int32(math.Ceil(rate))
			m.Replicas, m.Ready, m.Capacity = int32(replicas), int(ready), ready
			m.Pods = max(int(replicas), m.Ready)
		}
		count.add(&m)
	}
	return count.result(price)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
