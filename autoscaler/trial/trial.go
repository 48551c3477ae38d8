package trial

import (
	"errors"
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/history"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/sim/backtest"
	simhistory "flyball.dev/flyball/sim/history"
)

// step is the distance of the values of a replay: that of its simulated pods, so that a history of seconds has some.
const step = 5 * time.Second

// Result compares the replays of an autoscaler and of its change.
type Result struct {
	// Length is the time that the history covers, and Known that with a known load.
	Length, Known time.Duration
	// Recorded, Own and Changed are the scores of what was recorded, and of the replays of the spec and of the changed one.
	Recorded, Own, Changed backtest.Scores
	// Error is the mean distance, in replicas, of the replay of the spec from the desired replicas that were recorded.
	Error float64
	// Difference is that of the two specs as YAML.
	Difference []Line
}

// Run replays an autoscaler and its change over points until now. An error names what the change or the history lacks.
func Run(autoscaler *v1alpha1.HorizontalAutoscaler, defaults policy.Defaults, points []history.Point, now time.Time, change Change, price float64) (*Result, error) {
	changed, err := change.apply(autoscaler)
	if err != nil {
		return nil, err
	}
	own, err := compile(autoscaler, defaults)
	if err != nil {
		return nil, err
	}
	other, err := compile(changed, defaults)
	if err != nil {
		return nil, err
	}
	if len(points) == 0 || now.Sub(points[0].Time) < step {
		return nil, errors.New("the history is empty: this replica has just begun to evaluate the autoscaler")
	}
	h := recorded(own, points, now)
	r := &Result{Length: h.Length, Known: time.Duration(h.Loads[0].Known()) * step, Recorded: backtest.Recorded(h, price)}
	if r.Known == 0 {
		return nil, errors.New("the load is unknown in the whole history")
	}
	replay, err := backtest.Replay(h, own, backtest.Options{Price: price})
	if err != nil {
		return nil, err
	}
	with, err := backtest.Replay(h, other, backtest.Options{Price: price})
	if err != nil {
		return nil, err
	}
	r.Own, r.Changed, r.Error = replay.Scores, with.Scores, distance(replay.Replicas.Values, sample(points, h.Begin, len(replay.Replicas.Values), desired))
	r.Difference, err = specDifference(&autoscaler.Spec, &changed.Spec)
	return r, err
}

// compile returns the spec without what the history has no readings of.
func compile(autoscaler *v1alpha1.HorizontalAutoscaler, defaults policy.Defaults) (*engine.Spec, error) {
	compiled, err := policy.Compile(autoscaler, defaults)
	if err != nil {
		return nil, err
	}
	if len(compiled.Spec.Batches) > 0 {
		return nil, errors.New("spec.windows: a window has a batch, whose backlog no load shows")
	}
	if len(compiled.Spec.Metrics) == 0 {
		return nil, errors.New("spec.metrics: the autoscaler has no metric, so no load")
	}
	spec := compiled.Spec
	spec.Serving = nil
	return &spec, nil
}

// recorded is the history of the points. Each metric has the load that all have together.
func recorded(spec *engine.Spec, points []history.Point, now time.Time) *backtest.History {
	begin := points[0].Time
	n := int(now.Sub(begin) / step)
	h := &backtest.History{Begin: begin, Length: time.Duration(n) * step, Step: step}
	series := func(of func(*history.Point) float64) simhistory.Series {
		return simhistory.Series{Start: begin, Step: step, Values: sample(points, begin, n, of)}
	}
	h.Replicas = series(func(p *history.Point) float64 { return float64(p.Current) })
	h.Ready = series(func(p *history.Point) float64 { return float64(p.Serving) })
	for i := range spec.Metrics {
		m := &spec.Metrics[i]
		kind := simhistory.Sum
		if m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods || m.TargetType == engine.Value {
			kind = simhistory.Mean
		}
		target := backtest.TargetOf(m)
		h.Loads = append(h.Loads, backtest.Load{
			Key: simhistory.Key(m), Kind: kind, Capacity: backtest.CapacityOf(m, 100),
			Series: series(func(p *history.Point) float64 { return p.Load * target }),
		})
	}
	return h
}

func desired(p *history.Point) float64 { return float64(p.Desired) }

// gapAfter is the time without a point after which the figures are unknown: the longest time between two points, and a late one.
const gapAfter = history.Every + 90*time.Second

// sample returns the values in force at equal distances, NaN where they are unknown.
func sample(points []history.Point, begin time.Time, n int, of func(*history.Point) float64) []float64 {
	values := make([]float64, n)
	next := 0
	for i := range values {
		moment := begin.Add(time.Duration(i) * step)
		for next < len(points) && !points[next].Time.After(moment) {
			next++
		}
		values[i] = math.NaN()
		if p := &points[max(0, next-1)]; p.Decided && moment.Sub(p.Time) <= gapAfter {
			values[i] = of(p)
		}
	}
	return values
}

// distance is the mean distance where both are known; NaN for none.
func distance(a, b []float64) float64 {
	var off float64
	n := 0
	for i := range a {
		if d := math.Abs(a[i] - b[i]); !math.IsNaN(d) {
			off, n = off+d, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return off / float64(n)
}

// String is the error in words.
func (r *Result) String() string {
	return fmt.Sprintf("replayed over %s, %s of it with a known load; the replay of the current settings is off by %.2g replicas in the mean",
		r.Length, r.Known, r.Error)
}
