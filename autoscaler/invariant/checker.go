package invariant

import (
	"errors"
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// Checker checks the decisions of one autoscaler with one spec, in their order. The zero Checker is for a new autoscaler;
// [Checker.Resume] is for one with a state.
type Checker struct {
	recommendations []engine.Recommendation
	// ups and downs are the recorded changes.
	ups, downs []engine.ScaleEvent
	// requirements are those of damping within the hold in force at each decision. loadTime is the time of the last load.
	requirements []damping.Requirement
	loadTime     time.Time
}

// decision is the input of a check.
type decision struct {
	*engine.Decision
	spec *engine.Spec
	seen *engine.Observation
	now  time.Time
	// highest is the highest proposal, at least 0. found is false without a proposal.
	highest int32
	found   bool
	// recommended is the count that enters stabilization: highest, or the result of damping.
	recommended int32
	// follows reports that metrics and batches decide: the count is within the bounds, and the target is not paused.
	follows bool
}

// checks are the invariants. Each returns nil where it holds.
var checks = []func(*Checker, *decision) error{
	checkBounds, checkUnknown, checkStabilization, checkHold, checkDeadBand, checkRateDown, checkRateUp, checkCapacity, checkSteps,
}

// Resume sets the record to a copy of the state before a decision.
func (c *Checker) Resume(state *engine.State) {
	c.recommendations = append(c.recommendations[:0], state.Recommendations...)
	c.ups = append(c.ups[:0], state.Ups...)
	c.downs = append(c.downs[:0], state.Downs...)
	c.requirements = append(c.requirements[:0], state.Damping.Requirements...)
	c.loadTime = state.Damping.Time
}

// Check returns an error that names each invariant that the decision violates, with its figures. It must be called in the
// order of the decisions; d.Time is their time.
func (c *Checker) Check(spec *engine.Spec, seen *engine.Observation, d *engine.Decision) error {
	v := view(spec, seen, d)
	c.record(v)
	if wraps(v) && d.Current >= math.MaxInt32/4 {
		return nil // twice the count overflows, as upstream's does
	}
	var errs []error
	for _, check := range checks {
		if err := check(c, v); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%d → %d of [%d, %d]: %w; steps %+v", d.Current, d.Desired, d.Min, d.Max, errors.Join(errs...), d.Steps)
}

// RecordScale records that the target was given d.Desired.
func (c *Checker) RecordScale(d *engine.Decision, now time.Time) {
	switch change := d.Desired - d.Current; {
	case change > 0:
		c.ups = append(recent(c.ups, now), engine.ScaleEvent{Change: change, Time: now})
	case change < 0:
		c.downs = append(recent(c.downs, now), engine.ScaleEvent{Change: -change, Time: now})
	}
}

// recent drops the changes before every period: the API allows half an hour.
func recent(events []engine.ScaleEvent, now time.Time) []engine.ScaleEvent {
	kept := events[:0]
	for _, e := range events {
		if now.Sub(e.Time) <= time.Hour {
			kept = append(kept, e)
		}
	}
	return kept
}

// view returns the input of the checks.
func view(spec *engine.Spec, seen *engine.Observation, d *engine.Decision) *decision {
	v := &decision{Decision: d, spec: spec, seen: seen, now: d.Time}
	unknown := 0
	for i := range d.Proposals {
		if p := &d.Proposals[i]; p.Known || p.IsFallback {
			v.highest = max(v.highest, p.Replicas)
		} else {
			unknown++
		}
	}
	for i := range d.Batches {
		v.highest = max(v.highest, d.Batches[i].Replicas)
	}
	sources := len(spec.Metrics) + len(d.Batches)
	switch {
	case sources == 0 && len(spec.Batches) > 0:
		v.highest, v.found = d.Min, true
	case unknown < sources:
		v.found = unknown == 0 || v.highest >= d.Current-d.SetAside()
	}
	disabled := d.ScalingActive.Reason == engine.ReasonScalingDisabled
	v.follows = !disabled && (d.Current == 0 || d.Min <= d.Current && d.Current <= d.Max)
	v.found = v.found && v.follows
	v.recommended = v.highest
	for i := range d.Steps {
		if d.Steps[i].Kind == engine.StepDamping {
			v.recommended = d.Steps[i].To
		}
	}
	return v
}

// record adds the recommendation and the requirement of the decision.
func (c *Checker) record(v *decision) {
	if len(c.recommendations) == 0 && len(v.spec.Metrics) > 0 {
		c.recommendations = append(c.recommendations, engine.Recommendation{Replicas: v.Current, Time: v.now})
	}
	if v.found {
		c.prune(v)
		c.recommendations = append(c.recommendations, engine.Recommendation{Replicas: c.complete(v), Time: v.now})
	}
	if v.Damped {
		c.recordRequirement(v)
	}
}

// prune drops the recommendations before every window, except one, so that the record is not that of a new autoscaler.
func (c *Checker) prune(v *decision) {
	if len(c.recommendations) < 100 {
		return
	}
	longest := max(v.spec.Up.Stabilization, v.spec.Down.Stabilization)
	kept := c.recommendations[:0]
	for i, r := range c.recommendations {
		if v.now.Sub(r.Time) <= longest || i == len(c.recommendations)-1 {
			kept = append(kept, r)
		}
	}
	c.recommendations = kept
}

// saturated returns a replica count.
func saturated(x float64) int32 { return int32(max(math.MinInt32, min(math.MaxInt32, x))) }
