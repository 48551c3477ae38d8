package backtest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/backtest"
	"flyball.dev/flyball/sim/history"
)

// settings are the flags about the reconstruction.
type settings struct {
	// capacity of a pod in percent of the target.
	capacity float64
	// startUp replaces the measured start-up time, and lag the measured lag; nil for those.
	startUp, lag *time.Duration
	seed         uint64
}

// longestStart is the longest time from creation to ready that counts as a start: a longer one is that of a pod that was not ready in
// between.
const longestStart = 30 * time.Minute

// history reconstructs the loads of the metrics of all candidates.
func (r *recording) history(candidates []*candidate, s *settings) *backtest.History {
	h := &backtest.History{Begin: r.Start, Length: r.End.Sub(r.Start), Step: r.step, Seed: s.seed}
	for name, into := range map[string]*history.Series{
		replicasSeries: &h.Replicas, readySeries: &h.Ready, rolloutSeries: &h.Rollout, unschedulableSeries: &h.Unschedulable,
	} {
		if recorded := r.series[name]; recorded != nil {
			*into = *recorded
		}
	}
	for i := range r.Series {
		p := &r.Series[i]
		if p.Key == "" {
			continue
		}
		kind, err := history.ParseKind(p.Kind)
		m := metricOf(candidates, p.Key)
		if err != nil || m == nil {
			continue
		}
		load := history.Load(kind, *r.series[p.Name], history.Series{}, h.Ready)
		h.Loads = append(h.Loads, backtest.Load{Key: p.Key, Kind: kind, Series: load, Capacity: backtest.CapacityOf(m, s.capacity)})
	}
	r.estimate(h, candidates[0].spec, s)
	return h
}

// checkLoads returns an error if a load is unknown all the time, so that no policy can be run over it.
func (r *recording) checkLoads(h *backtest.History) error {
	for i := range h.Loads {
		if h.Loads[i].Known() > 0 {
			continue
		}
		for _, p := range r.Series {
			switch {
			case p.Key != h.Loads[i].Key:
			case r.series[p.Name].Known() > 0: // a mean, whose pods are unknown
				return fmt.Errorf("metric %s: its load is unknown, because the number of ready pods was not recorded: name a series with --query %s=PROMQL", p.Metric, readySeries)
			default:
				return fmt.Errorf("metric %s: Prometheus has no value from %s to %s: check --namespace, or name another series with --query '%s=PROMQL'; the query is %s",
					p.Metric, r.Start.Format(time.RFC3339), r.End.Format(time.RFC3339), p.Metric, p.Query)
			}
		}
	}
	return nil
}

// metricOf is the first metric with a key.
func metricOf(candidates []*candidate, key string) *engine.Metric {
	for _, c := range candidates {
		for i := range c.spec.Metrics {
			if m := &c.spec.Metrics[i]; history.Key(m) == key {
				return m
			}
		}
	}
	return nil
}

// estimate sets the start-up time and the lag.
func (r *recording) estimate(h *backtest.History, spec *engine.Spec, s *settings) {
	var starts []float64
	for _, seconds := range r.startUps {
		if seconds <= longestStart.Seconds() {
			starts = append(starts, seconds)
		}
	}
	if len(starts) == 0 {
		starts = history.StartUps(h.Replicas, h.Ready)
	}
	h.StartUp = history.NewSpread(starts)
	needed := history.NewSeries(h.Begin, h.Step, int(h.Length/h.Step))
	for i := range spec.Metrics {
		m := &spec.Metrics[i]
		for _, l := range h.Loads {
			if l.Key == history.Key(m) {
				needed = history.Combine(needed, l.Series, func(a, b float64) float64 {
					if math.IsNaN(a) {
						a = 0
					}
					return max(a, b/backtest.TargetOf(m))
				})
			}
		}
	}
	h.Lag = history.NewSpread(history.Lags(needed, h.Replicas, 1, spec.Up.Tolerance))
	s.override(h)
}

// override sets what the flags state.
func (s *settings) override(h *backtest.History) {
	if s.startUp != nil {
		h.StartUp = fixed(*s.startUp)
	}
	if s.lag != nil {
		h.Lag = fixed(*s.lag)
	}
}

func fixed(d time.Duration) history.Spread {
	return history.Spread{Count: 1, P10: d.Seconds(), P50: d.Seconds(), P90: d.Seconds()}
}

// podsPerNode is the spread of the mean number of the target's pods on a node that has any.
func (r *recording) podsPerNode() history.Spread {
	s := r.series[nodesSeries]
	if s == nil {
		return history.Spread{}
	}
	return history.NewSpread(slices.DeleteFunc(slices.Clone(s.Values), math.IsNaN))
}
