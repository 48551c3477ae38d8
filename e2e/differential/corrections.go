package differential

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"flyball.dev/flyball/autoscaler/engine"
)

// beforeTheEngine are the corrections that packages source and target make before the engine is called.
const beforeTheEngine = engine.LargeQuantities | engine.OwnPods | engine.ActuatedRequests

// causes returns the corrections that make the corrected decision differ from the exact one: each that restores the exact
// one when it alone is off, or else the smallest such sets. problem is set where no set does, or where docs/hpa-compatibility.md
// has no reason for one of them at this step.
func (t *twin) causes(v *view) (causes []engine.Correction, problem string) {
	if same(&v.exact, &v.corrected) {
		return nil, ""
	}
	for size := 1; size <= bits.OnesCount32(uint32(engine.AllCorrections)) && len(causes) == 0; size++ {
		for set := engine.Correction(1); set <= engine.AllCorrections; set++ {
			if bits.OnesCount32(uint32(set)) == size && set&beforeTheEngine == 0 && t.exactWithout(v, set) {
				causes = append(causes, set)
			}
		}
	}
	if len(causes) == 0 {
		return nil, fmt.Sprintf("with corrections we want %d replicas, without %d, and no set of corrections accounts for it",
			v.corrected.Desired, v.exact.Desired)
	}
	for _, set := range causes {
		if missing := set &^ t.occasions(v); missing != 0 {
			return nil, fmt.Sprintf("%s made the decision another one, without a documented reason: %d replicas instead of %d",
				missing, v.corrected.Desired, v.exact.Desired)
		}
	}
	return causes, ""
}

// exactWithout is true where the decision is upstream's once the set is off.
func (t *twin) exactWithout(v *view, set engine.Correction) bool {
	spec := t.corrected
	spec.Without = set
	d, _ := engine.Decide(&spec, v.before.Clone(), &v.seen, v.now)
	return same(&v.exact, &d)
}

// same is true where two decisions have the same replicas and conditions before they are applied.
func same(a, b *engine.Decision) bool {
	return a.Desired == b.Desired && a.Failed == b.Failed && a.TakesToZero == b.TakesToZero &&
		alike(a.ScalingActive, b.ScalingActive) && alike(a.ScalingLimited, b.ScalingLimited) &&
		(a.Desired != a.Current || alike(a.AbleToScale, b.AbleToScale))
}

func alike(a, b engine.Verdict) bool { return a.Status == b.Status && a.Reason == b.Reason }

// large is the least number whose products can overflow 32 or 64 bits: percentages are of thousandths.
const large = math.MaxInt32 / 1000

// occasions are the corrections for which docs/hpa-compatibility.md has a reason at this step.
func (t *twin) occasions(v *view) (set engine.Correction) {
	add := func(c engine.Correction, when bool) {
		if when {
			set |= c
		}
	}
	ready, ending, lost := 0, false, false
	for _, p := range v.seen.Pods {
		if p.Phase == engine.Running && p.Readiness == engine.Ready {
			ready++
		}
		ending = ending || p.Deleting
		add(engine.SucceededPods, p.Phase == engine.Succeeded)
		lost = lost || p.Lost && p.Phase == engine.Running
	}
	add(engine.LostPods, lost)
	add(engine.NoReadyPods, ready == 0 || ending)
	// A lost pod is a change of the pods, too: fewer pods share the load than an observation counts that has it as ready.
	add(engine.OlderSamples, lost || len(v.after.Ready) > 1 || len(v.before.Ups)+len(v.before.Downs) > 0)
	add(engine.BlockedPods, v.corrected.Shortage.Blocked > 0)
	// Pods that use what they request, now or within their samples, also where other corrections read another use.
	for _, proposals := range [][]engine.Proposal{v.exact.Proposals, v.corrected.Proposals} {
		for i := range proposals {
			add(engine.AwaitedPods, t.exact.Metrics[i].TargetType == engine.Utilization && 95 <= proposals[i].Current && proposals[i].Current <= 105)
		}
	}
	for i := range v.before.Samples {
		add(engine.AwaitedPods, !v.before.Samples[i].FullUse.IsZero())
	}
	add(engine.FirstStart, !v.before.Activated.IsZero())
	add(engine.LeaveZeroByBound, v.exact.Current == 0 && t.exact.MinReplicas > 0)
	add(engine.RolloutSurge, ending || len(v.seen.Pods) > int(v.exact.Current) || v.seen.StatusReplicas != v.exact.Current)
	add(engine.RolloutSurge, !v.after.Surged.IsZero()) // pods of a surge that have left since
	add(engine.SaturatedNumbers, v.exact.Current > large || t.exact.MaxReplicas > large)
	for _, rules := range []engine.Rules{t.exact.Up, t.exact.Down} {
		for _, p := range rules.Policies {
			add(engine.SaturatedNumbers, p.Value > large)
		}
	}
	for _, change := range slices.Concat(v.before.Ups, v.before.Downs) {
		add(engine.SaturatedNumbers, change.Change > large)
	}
	for i := range v.seen.Readings {
		set |= occasionsOf(v, &v.seen.Readings[i])
		add(engine.SaturatedNumbers, t.exact.Metrics[i].Target > large)
	}
	// A product that has wrapped around also goes against its ratio.
	add(engine.SameDirection, set&engine.SaturatedNumbers != 0)
	for i := range v.exact.Proposals {
		// The product has fewer or more pods than spec.replicas.
		add(engine.SameDirection|engine.RolloutSurge, v.exact.Proposals[i].Ready != int(v.exact.Current))
	}
	// A product can have more pods than the replicas without those of lost nodes.
	add(engine.SameDirection, v.corrected.SetAside() > 0)
	for i := range v.corrected.Proposals {
		// An older sample was taken over another number of pods than spec.replicas.
		shared := v.corrected.Proposals[i].Shared
		add(engine.RolloutSurge, shared > 0 && shared != float64(v.exact.Current))
	}
	return set
}

// occasionsOf are the occasions of one reading.
func occasionsOf(v *view, r *engine.Reading) (set engine.Correction) {
	huge := func(x int64) bool { return x > large || x < 0 }
	if len(r.Strays) > 0 {
		set |= engine.StrayPods
	}
	if r.Partial != "" {
		set |= engine.RangeGaps
	}
	if huge(r.Value) {
		set |= engine.SaturatedNumbers
	}
	for _, stray := range r.Strays {
		if huge(stray) {
			set |= engine.SaturatedNumbers
		}
	}
	for i, s := range r.Pods {
		if s.Known && huge(s.Value) || (i < len(r.Requests) && huge(r.Requests[i])) {
			set |= engine.SaturatedNumbers
		}
		since := s.Time.Sub(v.seen.Pods[i].ReadySince)
		if s.Known && since < 0 && v.seen.Pods[i].Readiness != engine.Ready {
			set |= engine.LostPods
		}
		if s.Known && (since < s.Window || s.Partial != "" && since < 2*s.Window) {
			set |= engine.PartialWindows
		}
		if s.Known && s.Partial != "" {
			set |= engine.RangeGaps
		}
	}
	return set
}
