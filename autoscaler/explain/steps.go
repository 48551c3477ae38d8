package explain

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// StepText is a step in words.
type StepText struct {
	// Step names what acted: Current, Metric, Unknown, Fallback, Batch, Merge, Damping, Hold, Stabilisation, RatePolicy, Window or
	// Bounds.
	Step string
	// From and To are the number before the step and after it.
	From, To int32
	// Detail says how, with the figures.
	Detail string
}

// Steps gives the decision's steps in words, in their order.
func Steps(spec *engine.Spec, d *engine.Decision) []StepText {
	texts := make([]StepText, len(d.Steps))
	for i := range d.Steps {
		s := &d.Steps[i]
		texts[i] = StepText{Step: KindName(s.Kind), From: s.From, To: s.To, Detail: detail(spec, d, s)}
	}
	return texts
}

// KindName is the word for what made or changed a number.
func KindName(kind engine.StepKind) string {
	switch kind {
	case engine.StepCurrent:
		return "Current"
	case engine.StepMetric:
		return "Metric"
	case engine.StepUnknown:
		return "Unknown"
	case engine.StepFallback:
		return "Fallback"
	case engine.StepBatch:
		return "Batch"
	case engine.StepHighest:
		return "Merge"
	case engine.StepDamping:
		return "Damping"
	case engine.StepHold:
		return "Hold"
	case engine.StepStabilization:
		return "Stabilisation"
	case engine.StepRatePolicy:
		return "RatePolicy"
	case engine.StepWindow:
		return "Window"
	case engine.StepBounds:
		return "Bounds"
	default:
		return fmt.Sprintf("Step%d", kind)
	}
}

func detail(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	switch s.Kind {
	case engine.StepCurrent:
		return "the target has " + count(int(s.To), "replica")
	case engine.StepMetric:
		return proposal(spec, d, s)
	case engine.StepUnknown:
		return name(spec, s.Index) + " is unknown: " + s.Detail
	case engine.StepFallback:
		return fellBack(spec, d, s)
	case engine.StepBatch:
		return batchStep(spec, d, s)
	case engine.StepHighest:
		return fmt.Sprintf("the largest proposal is taken, that of %s → %d", winner(spec, d), s.To)
	case engine.StepDamping:
		return damped(d, s)
	case engine.StepHold:
		return held(d, s)
	case engine.StepStabilization:
		return stabilised(spec, d, s)
	case engine.StepRatePolicy:
		return limited(spec, d, s)
	case engine.StepWindow, engine.StepBounds:
		return bounded(spec, d, s)
	default:
		return s.Detail
	}
}

func fellBack(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	f, unknownFor := spec.Fallback, d.Time.Sub(d.Proposals[s.Index].UnknownSince)
	behavior := ""
	switch f.Behavior {
	case engine.FallbackCurrent:
		behavior = "the current replicas"
	case engine.FallbackCurrentIfHigher:
		behavior = fmt.Sprintf("the current replicas, or %d if that is more", f.Replicas)
	case engine.FallbackCurrentIfLower:
		behavior = fmt.Sprintf("the current replicas, or %d if that is fewer", f.Replicas)
	default:
		behavior = count(int(f.Replicas), "replica")
	}
	return fmt.Sprintf("unknown for %s, and after %s the fallback is %s → %d", span(unknownFor), span(f.After), behavior, s.To)
}

func held(d *engine.Decision, s *engine.Step) string {
	if s.Code == engine.ReasonScalingDisabled {
		return "scaling is disabled since the replica count of the target is zero, and it was not this autoscaler that took it there"
	}
	for i := range d.Proposals {
		if d.Proposals[i].Known {
			return fmt.Sprintf("an unknown metric never scales in → %d", s.To)
		}
	}
	return fmt.Sprintf("no metric has a value to go by → %d", s.To)
}

func stabilised(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	which, window := "highest", spec.Down.Stabilization
	if s.Code == engine.ReasonScaleUpStabilized {
		which, window = "lowest", spec.Up.Stabilization
	}
	text := fmt.Sprintf("stabilization: %s recommendation in the last %s is %d", which, span(window), s.Limit)
	if s.To != s.Limit { // the count does not go past where it is
		text += "; " + count(int(d.Current), "replica") + " now"
	}
	return fmt.Sprintf("%s → %d", text, s.To)
}

// limited gives the policy, the count that it is applied to, and what it allows. A change within the period counts against
// the policy, or for it: a count that the autoscaler has just raised by 9 may fall by 9 more than the policy says.
func limited(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	rules, direction, bound := &spec.Up, "up", "at most"
	if s.Code == engine.ReasonScaleDownLimit {
		rules, direction, bound = &spec.Down, "down", "at least"
	}
	now := count(int(d.Current), "replica") + " now"
	switch {
	case !spec.HasBehavior:
		return fmt.Sprintf("scale-up limit: at most 2× or 4 pods per sync; %s → %d", now, s.To)
	case s.Index < 0:
		return fmt.Sprintf("scale-%s limit: selectPolicy is Disabled → %d", direction, s.To)
	}
	p := rules.Policies[s.Index]
	amount := count(int(p.Value), "pod")
	if p.Percent {
		amount = fmt.Sprintf("%d%%", p.Value)
	}
	text := fmt.Sprintf("scale-%s limit: %s per %s; %s%s: %s %d", direction, amount, span(p.Period), now, changed(s, p.Period), bound, s.Limit)
	if s.To != s.Limit {
		text += ", so no scale-" + direction
	}
	return fmt.Sprintf("%s → %d", text, s.To)
}

// changed gives the changes within the period of a rate policy.
func changed(s *engine.Step, period time.Duration) string {
	switch {
	case s.Added > 0 && s.Removed > 0:
		return fmt.Sprintf(", %d added and %d removed within %s", s.Added, s.Removed, span(period))
	case s.Added > 0:
		return fmt.Sprintf(", %d added within %s", s.Added, span(period))
	case s.Removed > 0:
		return fmt.Sprintf(", %d removed within %s", s.Removed, span(period))
	default:
		return ""
	}
}

func bounded(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	least := s.Code == engine.ReasonTooFewReplicas
	switch {
	case s.Kind == engine.StepWindow:
		return fmt.Sprintf("window %s → %d", windowBound(spec, d, s.Index, least), s.To)
	case least && d.Min == spec.MinReplicas:
		return fmt.Sprintf("spec.minReplicas is %d → %d", d.Min, s.To)
	default: // a floor that was above the ceiling counts as the ceiling
		return fmt.Sprintf("spec.maxReplicas is %d → %d", d.Max, s.To)
	}
}

// windowBound tells the bound that a window sets, or that one of its bounds has pushed before it.
func windowBound(spec *engine.Spec, d *engine.Decision, window int, least bool) string {
	w := &spec.Windows[window]
	switch {
	case least && w.HasMin:
		return fmt.Sprintf("%s sets at least %d", w.Name, d.Min)
	case least:
		return fmt.Sprintf("%s lowers the floor to its ceiling of %d", w.Name, d.Min)
	case w.HasMax && (w.Max == d.Max || d.Min < d.Max): // a ramp has another number, too, but one above the floor
		return fmt.Sprintf("%s sets at most %d", w.Name, d.Max)
	default:
		return fmt.Sprintf("%s raises the ceiling to its floor of %d", w.Name, d.Max)
	}
}
