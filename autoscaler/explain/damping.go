package explain

import (
	"fmt"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// damped tells what the load is taken for, what that needs, and what kept it from being followed.
func damped(d *engine.Decision, s *engine.Step) string {
	w := &d.Damping
	var b strings.Builder
	fmt.Fprintf(&b, "damping: a load of %s replicas at their target", tenths(w.Load))
	if w.Believed < w.Load {
		fmt.Fprintf(&b, ", a surge that is taken for %s until it has lasted", tenths(w.Believed))
	}
	if w.Lead > 0 {
		fmt.Fprintf(&b, ", in %s of %s", span(w.Lead.Round(time.Second)), tenths(w.Forecast))
	}
	if w.Safety > 0 {
		fmt.Fprintf(&b, ", and %s to be safe", tenths(w.Safety))
	}
	fmt.Fprintf(&b, ", needs %s", tenths(w.Need))
	if w.Floor > 0 && w.Need <= w.Floor {
		b.WriteString(" for its usual peaks")
	}
	if kept := kept(w); kept != "" {
		b.WriteString("; " + kept)
	}
	if w.Widened > 0 {
		who := "as the load turns"
		if w.Hunts {
			who = "of a load that turns less"
		}
		fmt.Fprintf(&b, "; %s lately, %s, widen band and hold by %s", count(int(w.Reversals), "reversal"), who, count(int(w.Widened), "step"))
	}
	fmt.Fprintf(&b, " → %d", s.To)
	return b.String()
}

func kept(w *damping.Wish) string {
	switch w.Kept {
	case damping.KeptInBand:
		return "that is within the dead band"
	case damping.KeptHeld:
		return fmt.Sprintf("%s were needed within the hold of %s", tenths(w.Highest), span(w.Hold.Round(time.Second)))
	default:
		return ""
	}
}

// tenths writes a number with one decimal at most.
func tenths(x float64) string { return decimal(float64(int64(x*10+0.5)) / 10) }
