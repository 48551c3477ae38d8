package explain

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// StepText is one step of a decision as text.
type StepText struct {
	// Step is the kind: Current, Pods, Metric, Unknown, Fallback, Batch, Highest, Damping, Hold, Stabilization, FirstStart,
	// Lost, Draining, RatePolicy, Capacity, Window or Bounds.
	Step string
	// From and To are the replicas before and after the step.
	From, To int32
	// Detail is the cause, with its figures.
	Detail string
}

// Steps returns the decision's steps as text, in their order.
func Steps(spec *engine.Spec, d *engine.Decision) []StepText {
	texts := make([]StepText, len(d.Steps))
	for i := range d.Steps {
		s := &d.Steps[i]
		texts[i] = StepText{Step: KindName(s.Kind), From: s.From, To: s.To, Detail: detail(spec, d, s)}
	}
	return texts
}

var kindNames = map[engine.StepKind]string{
	engine.StepCurrent: "Current", engine.StepMetric: "Metric", engine.StepUnknown: "Unknown", engine.StepFallback: "Fallback",
	engine.StepBatch: "Batch", engine.StepHighest: "Highest", engine.StepDamping: "Damping", engine.StepHold: "Hold",
	engine.StepStabilization: "Stabilization", engine.StepRatePolicy: "RatePolicy", engine.StepWindow: "Window", engine.StepBounds: "Bounds",
	engine.StepPods: "Pods", engine.StepCapacity: "Capacity", engine.StepFirstStart: "FirstStart",
	engine.StepDraining: "Draining", engine.StepLost: "Lost",
}

// KindName returns the name of a kind of step.
func KindName(kind engine.StepKind) string {
	if name, ok := kindNames[kind]; ok {
		return name
	}
	return fmt.Sprintf("Step%d", kind)
}

func detail(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	switch s.Kind {
	case engine.StepCurrent:
		return "target has " + count(int(s.To), "replica")
	case engine.StepPods:
		return podClasses(d)
	case engine.StepFirstStart:
		return fmt.Sprintf("first start: pods requested at zero replicas stay until one has been ready for 1m → %d", s.To)
	case engine.StepLost:
		return lost(d, s)
	case engine.StepDraining:
		return draining(spec, d, s)
	case engine.StepCapacity:
		return capacityLimit(d, s)
	case engine.StepMetric:
		return proposal(spec, d, s)
	case engine.StepUnknown:
		return name(spec, s.Index) + " is unknown: " + s.Detail
	case engine.StepFallback:
		return fallback(spec, d, s)
	case engine.StepBatch:
		return batchStep(spec, d, s)
	case engine.StepHighest:
		return fmt.Sprintf("highest proposal: %s → %d", winner(spec, d), s.To)
	case engine.StepDamping:
		return damped(d, s)
	case engine.StepHold:
		return held(d, s)
	case engine.StepStabilization:
		return stabilized(spec, d, s)
	case engine.StepRatePolicy:
		return limited(spec, d, s)
	case engine.StepWindow, engine.StepBounds:
		return bounded(spec, d, s)
	default:
		return s.Detail
	}
}

func fallback(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	f, unknownFor := spec.Fallback, d.Time.Sub(d.Proposals[s.Index].UnknownSince)
	behavior := ""
	switch f.Behavior {
	case engine.FallbackCurrent:
		behavior = "current replicas"
	case engine.FallbackCurrentIfHigher:
		behavior = fmt.Sprintf("current replicas, at least %d", f.Replicas)
	case engine.FallbackCurrentIfLower:
		behavior = fmt.Sprintf("current replicas, at most %d", f.Replicas)
	default:
		behavior = count(int(f.Replicas), "replica")
	}
	return fmt.Sprintf("fallback: %s unknown for %s, limit %s; %s → %d", name(spec, s.Index), span(unknownFor), span(f.After), behavior, s.To)
}

func held(d *engine.Decision, s *engine.Step) string {
	if s.Code == engine.ReasonScalingDisabled {
		return "scaling is disabled: the target has 0 replicas, and this autoscaler did not scale it to 0"
	}
	for i := range d.Proposals {
		if d.Proposals[i].Known {
			return fmt.Sprintf("an unknown metric never scales in → %d", s.To)
		}
	}
	return fmt.Sprintf("no metric has a value → %d", s.To)
}

// currentOf returns the current count of the rules: without pods of lost nodes.
func currentOf(d *engine.Decision) int32 { return d.Current - d.SetAside() }

func stabilized(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	which, window := "highest", spec.Down.Stabilization
	if s.Code == engine.ReasonScaleUpStabilized {
		which, window = "lowest", spec.Up.Stabilization
	}
	text := fmt.Sprintf("stabilization: %s recommendation in the last %s is %d", which, span(window), s.Limit)
	if s.To != s.Limit { // stabilization does not reverse the direction
		text += "; " + count(int(currentOf(d)), "replica") + " now"
	}
	return fmt.Sprintf("%s → %d", text, s.To)
}

// limited writes the rate policy, the count that it is applied to, and what it allows. Changes within the period shift the
// count: replicas that the autoscaler has just raised by 9 may fall by 9 more than the policy allows.
func limited(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	rules, direction, bound := &spec.Up, "up", "at most"
	if s.Code == engine.ReasonScaleDownLimit {
		rules, direction, bound = &spec.Down, "down", "at least"
	}
	now := count(int(currentOf(d)), "replica") + " now"
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

// changed writes the changes within the period of a rate policy.
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
	default: // a minimum above the maximum counts as the maximum
		return fmt.Sprintf("spec.maxReplicas is %d → %d", d.Max, s.To)
	}
}

// windowBound writes the bound that a window sets, or the other bound that it moves.
func windowBound(spec *engine.Spec, d *engine.Decision, window int, least bool) string {
	w := &spec.Windows[window]
	switch {
	case least && w.HasMin:
		return fmt.Sprintf("%s: at least %s", w.Name, count(int(d.Min), "replica"))
	case least:
		return fmt.Sprintf("%s: maximum %d lowers the minimum", w.Name, d.Min)
	case w.HasMax && (w.Max == d.Max || d.Min < d.Max): // a ramp has another number, but one above the minimum
		return fmt.Sprintf("%s: at most %s", w.Name, count(int(d.Max), "replica"))
	default:
		return fmt.Sprintf("%s: minimum %d raises the maximum", w.Name, d.Max)
	}
}
