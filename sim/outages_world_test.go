package sim_test

import (
	"math"
	"math/rand/v2"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

var outagesBegin = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// outageWorld is a random spec, plant, load and outages.
type outageWorld struct {
	*rand.Rand
	seed     uint64
	spec     *engine.Spec
	plant    plant.Config
	load     load.Load
	replicas int32
	period   time.Duration
	length   time.Duration
	// perReplica is the rate of a replica at the target. arrivals says that the metric shows what arrives, not what is served.
	perReplica float64
	arrivals   bool

	steps   []shown
	newest  time.Time
	count   outageCount
	problem string
}

// outageMetric is a metric and the signal that it measures. unit is what a replica that is fully used has of it.
type outageMetric struct {
	metric engine.Metric
	signal plant.Signal
	unit   float64
}

const outagesPodRate = 10

var outageMetrics = []outageMetric{
	{engine.Metric{Type: engine.Pods, Name: "served", TargetType: engine.AverageValue}, plant.SignalServed, 1000 * outagesPodRate},
	{engine.Metric{Type: engine.Pods, Name: "cores", TargetType: engine.AverageValue}, plant.SignalCPU, 1000},
	{engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.AverageValue}, plant.SignalCPU, 1000},
	{engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization}, plant.SignalCPU, 100},
	{engine.Metric{Type: engine.ContainerResource, Name: "cpu", Container: "app", TargetType: engine.Utilization}, plant.SignalCPU, 100},
	{engine.Metric{Type: engine.Object, Name: "busy", TargetType: engine.Value}, plant.SignalBusy, 1000},
	{engine.Metric{Type: engine.Object, Name: "arrived", TargetType: engine.AverageValue}, plant.SignalArrived, 1000 * outagesPodRate},
	{engine.Metric{Type: engine.External, Name: "busy", TargetType: engine.Value}, plant.SignalBusy, 1000},
	{engine.Metric{Type: engine.External, Name: "served", TargetType: engine.AverageValue}, plant.SignalServed, 1000 * outagesPodRate},
	{engine.Metric{Type: engine.Prometheus, Query: "busy", TargetType: engine.Value}, plant.SignalBusy, 1000},
	{engine.Metric{Type: engine.Prometheus, Query: "arrived", TargetType: engine.AverageValue}, plant.SignalArrived, 1000 * outagesPodRate},
}

func newOutageWorld(seed uint64, without engine.Correction) *outageWorld {
	w := &outageWorld{Rand: rand.New(rand.NewPCG(seed, 17)), seed: seed}
	w.period = oneOf(w, 5*time.Second, 10*time.Second, 15*time.Second, 30*time.Second)
	w.newPlant()
	w.newSpec(without)
	w.newOutages()
	w.newLoad()
	return w
}

func oneOf[T any](w *outageWorld, values ...T) T { return values[w.IntN(len(values))] }

// upTo is a random time from 0 up to, but not including, most, in whole seconds.
func (w *outageWorld) upTo(most time.Duration) time.Duration {
	return time.Duration(w.Int64N(int64(most/time.Second))) * time.Second
}

func (w *outageWorld) newPlant() {
	w.plant = plant.Defaults()
	c := &w.plant
	c.Bound, c.Room = 0, oneOf(w, 0.0, 100, 1000)
	c.Step = oneOf(w, time.Second, 5*time.Second)
	c.Pod.Rate, c.Pod.FailsAfter = outagesPodRate, oneOf(w, 0, 0, 20*time.Minute, time.Hour)
	c.Pod.Start.Median = oneOf(w, 5*time.Second, 30*time.Second, time.Minute)
	c.Pod.Drain = oneOf(w, 0, 0, 10*time.Second)
	c.Metrics.Every = oneOf(w, 5*time.Second, 10*time.Second, 15*time.Second)
	c.Metrics.Window = oneOf(w, 30*time.Second, time.Minute, 2*time.Minute)
	c.Metrics.Lag = w.upTo(16 * time.Second)
	c.Metrics.Loss = oneOf(w, 0, 0, 0.01)
}

func (w *outageWorld) newSpec(without engine.Correction) {
	of := outageMetrics[w.IntN(len(outageMetrics))]
	busy := float64(50+w.IntN(40)) / 100
	w.perReplica, w.arrivals = busy*outagesPodRate, of.signal == plant.SignalArrived
	m := of.metric
	m.Target = int64(math.Round(of.unit * busy))
	m.MaxAge = oneOf(w, 0, time.Minute, 2*time.Minute, 2*time.Minute, 5*time.Minute)
	w.plant.Metrics.Signals = map[string]plant.Signal{m.Name + m.Query: of.signal}
	s := &engine.Spec{
		MinReplicas: 1, MaxReplicas: 60, Metrics: []engine.Metric{m}, HasBehavior: w.IntN(3) > 0, Without: without,
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: oneOf(w, 0, 0.02, 0.1)},
		CPUInitializationPeriod: oneOf(w, 30*time.Second, 5*time.Minute), InitialReadinessDelay: 30 * time.Second,
	}
	s.Down.Stabilization = oneOf(w, 0, 20*time.Second, 5*time.Minute)
	if s.HasBehavior {
		s.Up.Policies = []engine.RatePolicy{{Value: 4, Period: 15 * time.Second}, {Percent: true, Value: 100, Period: 15 * time.Second}}
		s.Down.Policies = oneOf(w,
			[]engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}},
			[]engine.RatePolicy{{Value: 1 + w.Int32N(5), Period: time.Duration(15+w.IntN(60)) * time.Second}},
			[]engine.RatePolicy{{Percent: true, Value: 10 + w.Int32N(50), Period: time.Duration(15+w.IntN(60)) * time.Second}},
		)
		s.Down.Select = oneOf(w, engine.SelectMax, engine.SelectMin)
	}
	w.damp(s)
	w.spec = s
}

// damp has every profile, with its own hold or with one as short as a stabilization.
func (w *outageWorld) damp(s *engine.Spec) {
	if w.IntN(2) == 0 {
		return
	}
	by := oneOf(w, damping.Balanced, damping.Responsive, damping.Thrifty, damping.Steady)()
	switch w.IntN(3) {
	case 0:
		s.Down.Stabilization = 0
	case 1:
		by.Hold = s.Down.Stabilization
		s.Down.Stabilization = 0
	}
	s.Damping = &by
	s.CapHeadroom()
}

func (w *outageWorld) newOutages() {
	instant := 3 * time.Minute
	for range 8 {
		instant += w.upTo(5 * time.Minute)
		o := plant.Outage{At: instant, For: oneOf(w, time.Minute, 2*time.Minute, 5*time.Second+w.upTo(4*time.Minute)), Gap: w.IntN(2) == 0}
		w.plant.Metrics.Outages = append(w.plant.Metrics.Outages, o)
		instant += o.For
	}
	w.length = instant + w.plant.Metrics.Lag + 2*w.plant.Metrics.Window
}

// newLoad has parts of a minute or a few, each steady, a ramp or a step.
func (w *outageWorld) newLoad() {
	type part struct {
		until    time.Duration
		from, to float64
	}
	rate := (3 + 30*w.Float64()) * w.perReplica
	w.replicas = 1 + int32(rate/w.perReplica*(0.9+0.5*w.Float64()))
	var parts []part
	for instant := time.Duration(0); instant < w.length; {
		instant += 20*time.Second + w.upTo(4*time.Minute)
		p := part{until: instant, from: rate, to: rate}
		next := max(w.perReplica, min(50*w.perReplica, rate*oneOf(w, 0.3, 0.6, 0.8, 1.25, 1.6, 3)))
		switch w.IntN(4) {
		case 0: // steady
		case 1: // a step
			p.from, p.to = next, next
		default:
			p.to = next
		}
		rate = p.to
		parts = append(parts, p)
	}
	var curve load.Load = load.Curve(func(elapsed time.Duration) float64 {
		begin := time.Duration(0)
		for _, p := range parts {
			if elapsed < p.until {
				return p.from + (p.to-p.from)*float64(elapsed-begin)/float64(p.until-begin)
			}
			begin = p.until
		}
		return rate
	})
	switch w.IntN(4) {
	case 0:
		curve = load.Noise(curve, 0.05+0.2*w.Float64(), time.Duration(1+w.IntN(6))*10*time.Second, w.seed)
	case 1:
		curve = load.Poisson(curve, 5*time.Second, w.seed)
	}
	w.load = curve
}
