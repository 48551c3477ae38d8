package backtest

import (
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Grade is the error of a backtest: the replicas of the replay of the policy that ran, against the recorded ones.
type Grade struct {
	// Compared are the hours in which both are known.
	ComparedHours float64 `json:"comparedHours"`
	// MeanError is the mean distance in replicas, and MeanErrorPercent the same in percent of the mean of the recorded replicas.
	MeanError        float64 `json:"meanError"`
	MeanErrorPercent float64 `json:"meanErrorPercent"`
	// WorstError is the largest distance in replicas, and WorstAt its time.
	WorstError float64   `json:"worstError"`
	WorstAt    time.Time `json:"worstAt"`
	// LimitPercent is the highest MeanErrorPercent of a backtest to rely on, and Trusted reports whether the backtest is one. A mean
	// error of up to half a replica passes, too.
	LimitPercent float64 `json:"limitPercent"`
	Trusted      bool    `json:"trusted"`
	// Reason is why the backtest is not to be trusted; empty where it is.
	Reason string `json:"reason,omitempty"`
	// Deviations are the times in which the replay differs, the worst first.
	Deviations []Deviation `json:"deviations,omitempty"`
}

// Deviation is a period in which the replay differs from the record.
type Deviation struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// WorstError in replicas: positive where the replay has more.
	WorstError float64 `json:"worstError"`
	// Cause is the likely cause.
	Cause string `json:"cause"`
}

const (
	// LimitPercent is the mean error above which a backtest is not to be trusted: the error that the simulator has against a real
	// control plane (docs/simulator.md).
	LimitPercent = 10
	// smallError in replicas passes with few replicas, of which each is many percent.
	smallError = 0.5
	// leastCompared is the shortest time from which an error is an estimate.
	leastCompared = time.Hour
	// leastKnown is the least share of the history that must be comparable.
	leastKnown = 0.5
)

// NewGrade compares the replay of the policy that ran with the record.
func NewGrade(h *History, spec *engine.Spec, replay *Run) *Grade {
	g := &Grade{LimitPercent: LimitPercent}
	var off, recorded float64
	n := 0
	settled := settledSteps(h, spec, len(replay.Replicas.Values))
	for i, now := range settled {
		instant := replay.Replicas.Time(i)
		was, known := h.Replicas.At(instant)
		if !known || !now {
			continue
		}
		n++
		distance := math.Abs(replay.Replicas.Values[i] - was)
		off, recorded = off+distance, recorded+was
		if distance > g.WorstError {
			g.WorstError, g.WorstAt = distance, instant
		}
	}
	g.ComparedHours = (time.Duration(n) * h.Step).Hours()
	if n > 0 {
		g.MeanError = off / float64(n)
	}
	if recorded > 0 {
		g.MeanErrorPercent = 100 * off / recorded
	}
	g.judge(h)
	g.Deviations = deviations(h, spec, replay)
	return g
}

// warmUp is the number of steps at the begin that do not count: a replay starts without the recommendations of the policy that ran.
func warmUp(h *History, spec *engine.Spec) int {
	return int((max(spec.Down.Stabilization, spec.Up.Stabilization, 5*time.Minute) + h.Step - 1) / h.Step)
}

// settledSteps marks the steps at which the replay can be compared. Where the load is unknown it cannot, and after shortestDeviation or more of
// that it starts again: the policy that ran read its metrics elsewhere and followed the load, while the replay held its replicas.
func settledSteps(h *History, spec *engine.Spec, n int) []bool {
	settled := make([]bool, n)
	wait, gap := warmUp(h, spec), 0
	for i := range settled {
		if _, known := h.Demand(h.Begin.Add(time.Duration(i) * h.Step)); !known {
			gap++
			continue
		}
		if time.Duration(gap)*h.Step >= shortestDeviation {
			wait = warmUp(h, spec)
		}
		gap = 0
		if wait > 0 {
			wait--
			continue
		}
		settled[i] = true
	}
	return settled
}

func (g *Grade) judge(h *History) {
	compared := g.ComparedHours / h.Length.Hours()
	switch {
	case g.ComparedHours < leastCompared.Hours():
		g.Reason = fmt.Sprintf("replicas and load are both known for %.1f hours: at least %g are needed", g.ComparedHours, leastCompared.Hours())
	case compared < leastKnown:
		g.Reason = fmt.Sprintf("replicas and load are both known for %.0f%% of the time: at least %.0f%% are needed", 100*compared, 100*leastKnown)
	case g.MeanErrorPercent > LimitPercent && g.MeanError > smallError:
		g.Reason = fmt.Sprintf("the replay of the policy that ran is off by %.1f%% in the mean: the limit is %d%%", g.MeanErrorPercent, LimitPercent)
	default:
		g.Trusted = true
	}
}
