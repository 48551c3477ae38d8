package backtest

import (
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/backtest"
	"flyball.dev/flyball/sim/history"
)

// describe fills in what was recorded, and what is assumed.
func (r *report) describe(h *backtest.History, candidates []*candidate, planned []plannedSeries) {
	seen := map[string]bool{}
	for _, c := range candidates {
		for i := range c.spec.Metrics {
			m := &c.spec.Metrics[i]
			if seen[history.Key(m)] {
				continue
			}
			seen[history.Key(m)] = true
			r.Metrics = append(r.Metrics, metricIn(h, m, planned))
		}
	}
	r.Estimates.StartUpSeconds, r.Estimates.LagSeconds = spreadOf(h.StartUp), spreadOf(h.Lag)
	r.assume("pods share the load equally, and the load does not depend on the replicas")
	for i := range r.Metrics {
		m := &r.Metrics[i]
		r.assume("%s: a pod serves up to %.4g (target %.4g); beyond it is a shortage", m.Metric, m.PodCapacity, m.Target)
		if m.KnownPercent < 100 {
			r.assume("%s: the load is unknown for %.1f%% of the time, which is not scored; policies see an unknown metric then", m.Metric, 100-m.KnownPercent)
		}
		if m.SaturatedPercent > 0 {
			r.assume("%s: the recorded pods were at their capacity for %.1f%% of the time, in which the load, and the recorded shortage, can have been higher", m.Metric, m.SaturatedPercent)
		}
	}
	if s := r.Estimates.StartUpSeconds; s.Observations > 0 {
		r.assume("pods are ready %.0fs after their creation (median of %d; p10 %.0fs, p90 %.0fs), and nodes have room for all", s.P50, s.Observations, s.P10, s.P90)
	} else {
		r.assume("pods are ready %s after their creation (no start was recorded), and nodes have room for all", h.StartUpTime().Median)
	}
	if s := r.Estimates.LagSeconds; s.Observations > 0 {
		r.assume("policies read a load %.0fs late (median of %d; p10 %.0fs, p90 %.0fs)", s.P50, s.Observations, s.P10, s.P90)
	} else {
		r.assume("policies read a load %.0fs late (no scale-out was recorded)", s.P50)
	}
	for _, dropped := range r.Refused {
		r.assume("%s is left out of all policies: %s", dropped.Metric, dropped.Reason)
	}
}

func (r *report) assume(format string, args ...any) {
	r.Assumptions = append(r.Assumptions, fmt.Sprintf(format, args...))
}

// metricIn describes the load of a metric.
func metricIn(h *backtest.History, m *engine.Metric, planned []plannedSeries) metric {
	described := metric{Metric: history.Title(m), Target: backtest.TargetOf(m)}
	for i := range planned {
		if planned[i].Key == history.Key(m) {
			described.Query = planned[i].Query
		}
	}
	for i := range h.Loads {
		l := &h.Loads[i]
		if l.Key != history.Key(m) {
			continue
		}
		described.Kind, described.PodCapacity = kindName(l.Kind), l.Capacity
		described.KnownPercent = 100 * float64(l.Known()) / float64(max(1, len(l.Values)))
		described.SaturatedPercent = saturated(h, l)
	}
	return described
}

// saturated is the share, in percent, of the steps with a known load and known ready pods in which the pods were at their capacity.
func saturated(h *backtest.History, l *backtest.Load) float64 {
	full, all := 0, 0
	for i, value := range l.Values {
		ready, known := h.Ready.At(l.Time(i))
		if !known || math.IsNaN(value) {
			continue
		}
		if all++; value >= ready*l.Capacity*0.98 {
			full++
		}
	}
	return 100 * float64(full) / float64(max(1, all))
}

// newTimeline has the values of each step.
func newTimeline(h *backtest.History, runs []*runOf) *timeline {
	t := &timeline{Replicas: map[string][]*float64{}, Ready: map[string][]*float64{}}
	for elapsed := time.Duration(0); elapsed < h.Length; elapsed += h.Step {
		demand, ok := h.Demand(h.Begin.Add(elapsed))
		if !ok {
			demand = math.NaN()
		}
		t.Demand = append(t.Demand, known(demand))
	}
	add := func(name string, replicas, ready *history.Series) {
		for i := range replicas.Values {
			t.Replicas[name] = append(t.Replicas[name], known(replicas.Values[i]))
			t.Ready[name] = append(t.Ready[name], known(ready.Values[i]))
		}
	}
	if len(h.Replicas.Values) == len(h.Ready.Values) && len(h.Replicas.Values) > 0 {
		add(recordedName, &h.Replicas, &h.Ready)
	}
	for _, r := range runs {
		add(r.candidate.name, &r.run.Replicas, &r.run.Ready)
	}
	return t
}
