package explain

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// damped writes the load, the replicas that it requires, and what limited the count. Requirements are rounded up to tenths,
// as counts are rounded up from them: a printed 8.0 never becomes 9 replicas.
func damped(d *engine.Decision, s *engine.Step) string {
	w := &d.Damping
	var b strings.Builder
	b.WriteString("damping: ")
	if w.NoLoad {
		fmt.Fprintf(&b, "no metric has a value; fallback %s", tenthsUp(w.Required))
	} else if w.Idle {
		b.WriteString("no metric is active; required 0")
	} else {
		required(&b, w)
	}
	if limit := limitedBy(d, w); limit != "" {
		b.WriteString("; " + limit)
	}
	if w.GuardSteps > 0 {
		recent := count(int(w.Reversals), "recent reversal")
		if w.Hunting {
			recent = "hunting: " + recent + ", more than twice those of the load"
		}
		fmt.Fprintf(&b, "; %s; dead band and hold widened by %s", recent, count(int(w.GuardSteps), "step"))
	}
	switch s.Code {
	case engine.ReasonMetricUnknown:
		b.WriteString("; an unknown metric never scales in")
	case engine.ReasonMetricPartial:
		b.WriteString("; a partial value never scales in")
	case engine.ReasonNoNewSample:
		fmt.Fprintf(&b, "; no newer sample: the last measured load requires %d", s.To)
	case engine.ReasonBatchPlanned:
		fmt.Fprintf(&b, "; a batch requires %d", s.To)
	case engine.ReasonFallback:
		fmt.Fprintf(&b, "; a fallback requires %d", s.To)
	}
	fmt.Fprintf(&b, " → %d", s.To)
	return b.String()
}

// required writes the load, its forecast, and the replicas that they require.
func required(b *strings.Builder, w *damping.Recommendation) {
	fmt.Fprintf(b, "load %s replicas at target", tenths(w.Load))
	if w.LimitedLoad < w.Load {
		fmt.Fprintf(b, "; %s counted until the surge is confirmed", tenths(w.LimitedLoad))
	}
	if w.FullUse {
		b.WriteString("; pods at full use")
	}
	if w.Horizon > 0 {
		fmt.Fprintf(b, "; forecast in %s: %s", span(w.Horizon.Round(time.Second)), tenths(w.Forecast))
	}
	if w.SafetyStock > 0 {
		fmt.Fprintf(b, "; safety %s", tenths(w.SafetyStock))
	}
	fmt.Fprintf(b, "; required %s", tenthsUp(w.Required))
	if w.CostLimited {
		fmt.Fprintf(b, ", without a reserve: cost bound used; an HPA has %d", w.HPAReplicas)
	}
	if w.PeakReserve > 0 && w.Required <= w.PeakReserve {
		b.WriteString(" for the usual peaks")
	}
}

// limitedBy writes what kept the count from the requirement; empty where nothing did.
func limitedBy(d *engine.Decision, w *damping.Recommendation) string {
	highest := fmt.Sprintf("highest requirement in the %s hold %s", span(w.Hold.Round(time.Second)), tenthsUp(w.HighestRequired))
	band := fmt.Sprintf("within the dead band around %d", d.Current)
	switch {
	case w.HoldReason == damping.HoldWithinDeadBand && w.Required < float64(d.Current) && w.HighestRequired > w.Required:
		return highest + ", " + band
	case w.HoldReason == damping.HoldWithinDeadBand:
		return band
	case w.HoldReason == damping.HoldRecentRequirement:
		return highest
	case w.HoldReason == damping.RaisedToHPA:
		return fmt.Sprintf("service bound: at least the %d replicas of an HPA", w.HPAReplicas)
	case w.HoldReason == damping.HoldUnconfirmedSurge:
		return "a load above the surge limit never scales in"
	case w.Replicas < d.Current && w.HighestRequired > w.Required:
		return highest
	default:
		return ""
	}
}

// tenths writes a number with at most one decimal.
func tenths(x float64) string { return decimal(float64(int64(x*10+0.5)) / 10) }

// tenthsUp writes a number with at most one decimal, rounded up.
func tenthsUp(x float64) string { return decimal(max(0, math.Ceil(x*10-1e-8)) / 10) }
