package engine

import (
	"fmt"
	"slices"
	"strings"
)

// Correction is a deliberate difference from upstream's controller. The values are bits, so that a Correction is also a set of
// them. docs/hpa-compatibility.md has a row for each.
type Correction uint32

// The corrections. All are on unless [Spec.Without] switches them off.
const (
	// SaturatedNumbers: counts and sums saturate at the highest number of their type. Upstream's overflow, so that a huge load can
	// scale in.
	SaturatedNumbers Correction = 1 << iota
	// LargeQuantities: a sample that does not fit in thousandths is unknown. Upstream reads 10P as 0.
	LargeQuantities
	// NoReadyPods: a Value target keeps the replicas while no pod is ready. Upstream multiplies by the ready pods and proposes 0.
	NoReadyPods
	// LeaveZeroByBound: a target at zero scales up to its lower bound even if every metric fails. Upstream stays at zero.
	LeaveZeroByBound
	// SameDirection: a proposal never opposes its ratio. Upstream proposes fewer replicas for an overloaded target with fewer
	// pods than replicas.
	SameDirection
	// RolloutSurge: pods that a rollout adds or removes do not change a proposal. Upstream divides an average by the replicas of
	// the status, surge included, and ignores the load of surge pods that are not ready.
	RolloutSurge
	// PartialWindows: a sample whose window began before its pod was ready covers a part of the load only, and does not scale in.
	// Upstream uses it, except for CPU.
	PartialWindows
	// SucceededPods: a succeeded pod is ignored. Upstream counts it as a pod without a sample, which reduces every change.
	SucceededPods
	// StrayPods: a sample of an unknown pod is ignored. Upstream counts it as a pod.
	StrayPods
	// OlderSamples: a sample that is older than the last change of the pods is the load over the pods of its time. Upstream
	// multiplies its ratio by the remaining pods, so that one sample scales in at each sync until a newer one arrives.
	OlderSamples
	// OwnPods: only pods that the target owns count. Upstream counts all pods that its selector matches.
	OwnPods
	// RangeGaps: a value over a range that spans a gap in its series never scales in. Upstream has no information on the gap, and
	// uses the low value.
	RangeGaps
	// ActuatedRequests: a utilization is a share of the requests in force. Upstream uses those of the spec, which an in-place
	// resize changes before the node does, so that it looks like a change of the load.
	ActuatedRequests
	// BlockedPods: while pods cannot run, a scale-out ends at the replicas that run or start, and a small probe. Upstream requests
	// what the load requires, whether its pods can run or not.
	BlockedPods
	// FirstStart: pods that the autoscaler requested at zero are kept until they have served. Upstream deletes them while they load
	// when the metric falls.
	FirstStart
	// AwaitedPods: while pods at full use have others on their way, a further scale-out waits for these. Upstream multiplies the
	// replicas again as soon as some of them count, although full use shows no higher load.
	AwaitedPods
	// LostPods: pods of a lost node count neither as capacity nor as load, and are replaced before their eviction. A sample from before
	// its pod became unready is missing. Upstream adds it to the load of the other pods, which have taken over that of the lost ones.
	LostPods

	// AllCorrections is the set of all corrections.
	AllCorrections Correction = 1<<iota - 1
)

var correctionNames = []string{
	"SaturatedNumbers", "LargeQuantities", "NoReadyPods", "LeaveZeroByBound", "SameDirection", "RolloutSurge",
	"PartialWindows", "SucceededPods", "StrayPods", "OlderSamples", "OwnPods", "RangeGaps", "ActuatedRequests", "BlockedPods",
	"FirstStart", "AwaitedPods", "LostPods",
}

// CorrectionNames returns the names of all corrections.
func CorrectionNames() []string { return slices.Clone(correctionNames) }

// ParseCorrections returns the set of the named corrections; the name All is the set of all. It fails on an unknown name.
func ParseCorrections(names []string) (Correction, error) {
	var set Correction
	for _, name := range names {
		if name == "All" {
			return AllCorrections, nil
		}
		i := slices.Index(correctionNames, name)
		if i < 0 {
			return 0, fmt.Errorf("unknown correction %q: must be All, or one of %s", name, strings.Join(correctionNames, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

// Names returns the names of the corrections in the set.
func (c Correction) Names() []string {
	var names []string
	for i, name := range correctionNames {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String returns the names of the set, separated by commas.
func (c Correction) String() string { return strings.Join(c.Names(), ",") }

// corrects reports whether the correction is on.
func (s *Spec) corrects(c Correction) bool { return s.Without&c == 0 }
