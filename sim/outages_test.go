package sim_test

import (
	"flag"
	"fmt"
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
)

var outages = flag.Int("outages", defaultOutages, "number of random outages that TestOutages plays")

// TestOutages plays random outages of Prometheus over the simulated plant, under falling, rising, steady and noisy loads, for every
// kind of metric: no decision scales in below the replicas for the lowest load that the newest sample can show. `make sim-outages`
// plays 100,000.
func TestOutages(t *testing.T) {
	var total outageCount
	for seed := uint64(0); total.outages < *outages; seed++ {
		w := newOutageWorld(seed, 0)
		w.run(t)
		total.add(&w.count)
		if w.problem != "" {
			t.Fatalf("seed %d: %s", seed, w.problem)
		}
	}
	t.Log(total.String())
	if n := *outages; total.olderScaleIns < n/50 || total.afterScaleIns < n/50 || total.stale < n || total.partial < n/10 {
		t.Errorf("too few decisions to show anything: %s", total.String())
	}
}

// TestOutagesWithoutCorrections switches off each correction that TestOutages depends on, and requires that the property fails.
func TestOutagesWithoutCorrections(t *testing.T) {
	for _, without := range []engine.Correction{engine.OlderSamples, engine.RangeGaps, engine.OlderSamples | engine.RangeGaps} {
		t.Run(without.String(), func(t *testing.T) {
			var total outageCount
			for seed := uint64(0); total.outages < 400; seed++ {
				w := newOutageWorld(seed, without)
				w.run(t)
				total.add(&w.count)
				if w.problem != "" {
					t.Logf("seed %d: %s", seed, w.problem)
					return
				}
			}
			t.Errorf("no scale-in is too far without %s: %s", without, total.String())
		})
	}
}

// outageCount counts outages, decisions and scale-ins.
type outageCount struct {
	outages, decisions, scaleIns int
	// stale counts decisions by a sample that an earlier decision used, and partial counts those by a partial sample.
	stale, partial int
	// olderScaleIns counts scale-ins by stale samples, and afterScaleIns the others until a range after an outage.
	olderScaleIns, afterScaleIns int
	// forecast counts scale-ins of damped specs by a newer sample.
	forecast int
}

// Damping may follow a forecast from a newer sample. The forecast is at least 0.7 of the filtered load, and the filtered load can fall
// below the load, because it follows a trend. leastForecast bounds both. A load from more than filterTime before the range of the
// sample has no effect on the filtered load.
const (
	leastForecast = 0.5
	filterTime    = time.Minute
)

func (c *outageCount) add(o *outageCount) {
	c.outages += o.outages
	c.decisions += o.decisions
	c.scaleIns += o.scaleIns
	c.stale += o.stale
	c.partial += o.partial
	c.olderScaleIns += o.olderScaleIns
	c.afterScaleIns += o.afterScaleIns
	c.forecast += o.forecast
}

func (c *outageCount) String() string {
	return fmt.Sprintf("%d outages, %d decisions, %d by older samples, %d by partial ones; %d scale-ins, %d of them by older samples, %d until a range "+
		"after an outage, %d by a forecast", c.outages, c.decisions, c.stale, c.partial, c.scaleIns, c.olderScaleIns, c.afterScaleIns, c.forecast)
}

// shown is what one step of the plant can show in a sample.
type shown struct {
	start, length time.Duration
	rate          float64
	ready         int
}

// run plays the world to the end of its outages.
func (w *outageWorld) run(t *testing.T) {
	t.Helper()
	policy := &sim.Engine{Spec: w.spec, Watch: w.check}
	s, err := sim.New(sim.Config{
		Policy: policy, Plant: w.plant, Load: w.load, Replicas: w.replicas, Seed: w.seed, Begin: outagesBegin, Period: w.period,
	})
	if err != nil {
		t.Fatalf("seed %d: %v", w.seed, err)
	}
	s.Run(w.length, func(step *sim.Step) {
		rate := step.Arrived
		if !w.arrivals {
			rate = step.Served
		}
		w.steps = append(w.steps, shown{step.At, step.Length, rate / step.Length.Seconds(), step.Ready})
	})
	w.count.outages += len(w.plant.Metrics.Outages)
}

// check compares a decision with the load that its newest sample can show. It computes that load from the steps of the plant, not from
// readings.
func (w *outageWorld) check(_ *engine.State, seen *engine.Observation, d *engine.Decision) {
	w.count.decisions++
	newest, partial := newestOf(&seen.Readings[0])
	older, previous := !newest.After(w.newest), w.newest
	w.newest = newest
	if older {
		w.count.stale++
	}
	if partial {
		w.count.partial++
	}
	if d.Desired >= d.Current || w.problem != "" {
		return
	}
	w.count.scaleIns++
	after := w.after(d.Time.Sub(outagesBegin))
	switch {
	case older:
		w.count.olderScaleIns++
	case after:
		w.count.afterScaleIns++
	}
	from, to, share := newest.Add(-w.plant.Metrics.Window).Sub(outagesBegin), newest.Sub(outagesBegin), 1.0
	if w.spec.Damping != nil && !older && !partial {
		w.count.forecast++
		from, share = min(from-filterTime, previous.Add(-w.plant.Metrics.Window).Sub(outagesBegin)), leastForecast
	}
	lowest, fewest, most := w.lowest(from, to)
	if w.spec.Without != 0 && !after {
		return // without a correction it also fails when no outage occurs, and such a failure does not show the effect of an outage
	}
	if need := w.need(lowest, fewest, most, share); d.Desired < min(need, w.spec.MaxReplicas) {
		m := &w.spec.Metrics[0]
		w.problem = fmt.Sprintf("at %s %d → %d, but the newest sample (%s old, partial %t, range %s) shows a load of at least %.2f replicas, which needs %d; "+
			"metric type %d, target type %d, %d; stabilization %s; damped %t\n%+v\n%+v\noutages %v", d.Time.Sub(outagesBegin), d.Current, d.Desired, d.Time.Sub(newest), partial,
			w.plant.Metrics.Window, lowest/w.perReplica, need, m.Type, m.TargetType, m.Target, w.spec.Down.Stabilization, w.spec.Damping != nil, d.Steps, d.Proposals, w.plant.Metrics.Outages)
	}
}

// newestOf returns the time of the newest sample, and whether any sample is partial.
func newestOf(r *engine.Reading) (newest time.Time, partial bool) {
	newest, partial = r.Time, r.Partial != ""
	for i := range r.Pods {
		if s := &r.Pods[i]; s.Known {
			partial = partial || s.Partial != ""
			if s.Time.After(newest) {
				newest = s.Time
			}
		}
	}
	return newest, partial
}

// after reports whether an outage is active at now, or ended less than a lag and a range before now.
func (w *outageWorld) after(now time.Duration) bool {
	for _, o := range w.plant.Metrics.Outages {
		if end := o.At + o.For + w.plant.Metrics.Lag + w.plant.Metrics.Window; o.At <= now && now <= end {
			return true
		}
	}
	return false
}

// lowest returns the lowest rate, and the fewest and the most ready pods, of the steps between two times.
func (w *outageWorld) lowest(from, to time.Duration) (rate, fewest, most float64) {
	rate, fewest = math.Inf(1), math.Inf(1)
	for i := len(w.steps) - 1; i >= 0 && w.steps[i].start+w.steps[i].length > from; i-- {
		if s := &w.steps[i]; s.start < to {
			rate, fewest, most = min(rate, s.rate), min(fewest, float64(s.ready)), max(most, float64(s.ready))
		}
	}
	return rate, fewest, most
}

// need returns the fewest replicas for a share of a rate. It subtracts the error of a value that is truncated to whole units.
func (w *outageWorld) need(rate, fewest, most, share float64) int32 {
	if math.IsInf(rate, 1) {
		return 0
	}
	m := &w.spec.Metrics[0]
	load := rate / w.perReplica
	if w.spec.Damping != nil && m.TargetType == engine.Value {
		load = min(load, fewest) // damping corrects only a part of an overload
	}
	// A utilization is truncated to whole percent, an average and a value to thousandths.
	load = share * max(0, load-0.01-most/float64(m.Target))
	if w.spec.Damping != nil {
		return w.spec.Damping.Replicas(load)
	}
	return int32(math.Ceil(load))
}
