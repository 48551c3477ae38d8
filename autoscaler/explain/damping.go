package explain

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// damped gives the load, the replicas that it requires, and what kept the count from following them. Requirements are rounded
// up to tenths, as counts are rounded up from them: a printed 8.0 never becomes 9 replicas.
func damped(d *engine.Decision, s *engine.Step) string {
	w := &d.Damping
	var b strings.Builder
	b.WriteString("damping: ")
	if w.NoLoad {
		fmt.Fprintf(&b, "no metric has a value; fallback %s", tenthsUp(w.Need))
	} else if w.Idle {
		b.WriteString("no metric is active; required 0")
	} else {
		required(&b, w)
	}
	if kept := kept(d, w); kept != "" {
		b.WriteString("; " + kept)
	}
	if w.Widened > 0 {
		who := "as the load turns"
		if w.Hunts {
			who = "of a load that turns less"
		}
		fmt.Fprintf(&b, "; %s lately, %s, widen band and hold by %s", count(int(w.Reversals), "reversal"), who, count(int(w.Widened), "step"))
	}
	switch s.Code {
	case engine.ReasonMetricUnknown:
		b.WriteString("; an unknown metric never scales in")
	case engine.ReasonMetricPartial:
		b.WriteString("; a partial value never scales in")
	case engine.ReasonNoNewSample:
		fmt.Fprintf(&b, "; the last load that was measured requires %d, and no newer sample came", s.To)
	case engine.ReasonBatchPlanned:
		fmt.Fprintf(&b, "; a batch requires %d", s.To)
	case engine.ReasonFallback:
		fmt.Fprintf(&b, "; a fallback requires %d", s.To)
	}
	fmt.Fprintf(&b, " → %d", s.To)
	return b.String()
}

// required writes how a load becomes a requirement.
func required(b *strings.Builder, w *damping.Wish) {
	fmt.Fprintf(b, "load %s replicas at target", tenths(w.Load))
	if w.Believed < w.Load {
		fmt.Fprintf(b, "; %s count until the surge has lasted", tenths(w.Believed))
	}
	if w.Lead > 0 {
		fmt.Fprintf(b, "; forecast in %s: %s", span(w.Lead.Round(time.Second)), tenths(w.Forecast))
	}
	if w.Safety > 0 {
		fmt.Fprintf(b, "; safety %s", tenths(w.Safety))
	}
	fmt.Fprintf(b, "; required %s", tenthsUp(w.Need))
	if w.Floor > 0 && w.Need <= w.Floor {
		b.WriteString(" for the usual peaks")
	}
}

func kept(d *engine.Decision, w *damping.Wish) string {
	highest := fmt.Sprintf("highest requirement in the %s hold %s", span(w.Hold.Round(time.Second)), tenthsUp(w.Highest))
	band := fmt.Sprintf("within the dead band around %d", d.Current)
	switch {
	case w.Kept == damping.KeptInBand && w.Need < float64(d.Current) && w.Highest > w.Need:
		return highest + ", " + band
	case w.Kept == damping.KeptInBand:
		return band
	case w.Kept == damping.KeptHeld:
		return highest
	case w.Kept == damping.KeptDoubted:
		return "a load above the surge limit never scales in"
	case w.Replicas < d.Current && w.Highest > w.Need:
		return highest
	default:
		return ""
	}
}

// tenths writes a number with one decimal at most.
func tenths(x float64) string { return decimal(float64(int64(x*10+0.5)) / 10) }

// tenthsUp is tenths, rounded up.
func tenthsUp(x float64) string { return decimal(max(0, math.Ceil(x*10-1e-8)) / 10) }
