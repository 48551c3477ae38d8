package engine

import (
	"fmt"
	"slices"
	"strings"
)

// Correction is a place where Flyball decides otherwise than upstream's controller, on purpose. The values are bits, so
// that a Correction is also a set of them. docs/hpa-compatibility.md has a row for each.
type Correction uint16

// The corrections. All are on unless [Spec.Without] switches them off.
const (
	// SaturatedNumbers: counts and sums that do not fit stop at the greatest that does. Upstream's wrap around, so that a
	// huge load can scale in.
	SaturatedNumbers Correction = 1 << iota
	// LargeQuantities: a sample that cannot be held in thousandths is unknown. Upstream reads 10P as 0.
	LargeQuantities
	// NoReadyPods: a Value target keeps the replicas while no pod is ready. Upstream multiplies by the ready pods and proposes 0.
	NoReadyPods
	// LeaveZeroByBound: a target at zero goes to its lower bound also when every metric fails. Upstream stays at zero.
	LeaveZeroByBound
	// SameDirection: a proposal never goes against its ratio. Upstream proposes fewer replicas for an overloaded target
	// that has fewer pods than it asked for.
	SameDirection
	// RolloutSurge: pods that a rollout adds or takes away are not load. Upstream takes the replicas that an average is
	// spread over from the status, surge included, and drops the share of surge pods that are not ready yet.
	RolloutSurge
	// PartialWindows: a sample that was measured over a time in which its pod was not ready yet knows a part of the load
	// only, and does not scale in. Upstream believes it, but for CPU.
	PartialWindows
	// SucceededPods: a pod that has ended well has ended. Upstream waits for its sample, which damps every change.
	SucceededPods
	// StrayPods: a sample of a pod that is not known is left out. Upstream counts it as a pod.
	StrayPods
	// OlderSamples: a sample that is older than the last change of the pods is the load over the pods that there were then.
	// Upstream multiplies its ratio by the pods that are left, so that one sample scales in at each sync until a newer one comes.
	OlderSamples
	// OwnPods: only pods that the target owns are its pods. Upstream counts whatever its selector matches.
	OwnPods
	// RangeGaps: a value over a range that spans a gap in its series never scales in. Upstream cannot know of the gap, and
	// believes the low value.
	RangeGaps
	// ActuatedRequests: a utilization is a share of the requests that are in force. Upstream takes those of the spec, which an
	// in-place resize changes before the node does, so that it looks like a change of the load.
	ActuatedRequests

	// AllCorrections is the set of all of them.
	AllCorrections Correction = 1<<iota - 1
)

var correctionNames = []string{
	"SaturatedNumbers", "LargeQuantities", "NoReadyPods", "LeaveZeroByBound", "SameDirection", "RolloutSurge",
	"PartialWindows", "SucceededPods", "StrayPods", "OlderSamples", "OwnPods", "RangeGaps", "ActuatedRequests",
}

// CorrectionNames are the names of all corrections.
func CorrectionNames() []string { return slices.Clone(correctionNames) }

// ParseCorrections reads a set of corrections by their names; All names every one.
func ParseCorrections(names []string) (Correction, error) {
	var set Correction
	for _, name := range names {
		if name == "All" {
			return AllCorrections, nil
		}
		i := slices.Index(correctionNames, name)
		if i < 0 {
			return 0, fmt.Errorf("%q is no correction: use All, or any of %s", name, strings.Join(correctionNames, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

// Names are those of the corrections in the set.
func (c Correction) Names() []string {
	var names []string
	for i, name := range correctionNames {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func (c Correction) String() string { return strings.Join(c.Names(), ",") }

// corrects says whether the correction is on.
func (s *Spec) corrects(c Correction) bool { return s.Without&c == 0 }
