package differential

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/policy"
)

// usualFlags are kube-controller-manager's own defaults. Upstream believes a sample of any age.
func usualFlags() policy.Defaults {
	flags := policy.StandardDefaults()
	flags.MaxSampleAge = 0
	return flags
}

// Sequence is the life of one autoscaler, as data: it can be played again, and made smaller.
type Sequence struct {
	Spec autoscalingv2.HorizontalPodAutoscalerSpec
	// Flags are those of kube-controller-manager.
	Flags policy.Defaults
	// Replicas that the target has at first.
	Replicas int32
	Steps    []Step
}

// Step is what happens until the autoscaler looks next, and what it then finds.
type Step struct {
	After time.Duration
	// Spec replaces the one so far; nil to keep it.
	Spec *autoscalingv2.HorizontalPodAutoscalerSpec
	// Replicas is what somebody else scales the target to; nil for nobody.
	Replicas *int32
	// Restart says that the controller starts anew and has lost its memory.
	Restart bool
	// Rival is the selector of a second autoscaler; empty for none.
	Rival string

	// Selector and StatusReplicas are those of the target's scale.
	Selector       string
	StatusReplicas int32
	// Unreadable says that the scale cannot be read.
	Unreadable bool
	// Conflicts is how many writes somebody else comes before; Unwritable says that they all fail.
	Conflicts  int
	Unwritable bool

	Pods []*corev1.Pod
	// Readings holds one for each metric of the spec in force, by the same index.
	Readings []Reading
}

// Reading is what the metrics APIs answer about one metric.
type Reading struct {
	Fails bool
	// Series are the values of an Object or External metric, in thousandths.
	Series []int64
	// Samples are those of the pods, by name.
	Samples map[string]Sample
	// Strays are values of pods that are not among the step's.
	Strays []int64
	// Partial says that the range of Series spans a gap. Only the engine with corrections can see it.
	Partial bool
}

// Sample is one pod's value, in thousandths.
type Sample struct {
	Value  int64
	Time   time.Time
	Window time.Duration
	// Partial says that the sample's range spans a gap. Only the engine with corrections can see it.
	Partial bool
}

// reading gives what is read for the metric of an index. What the step does not tell of fails.
func (s *Step) reading(i int) *Reading {
	if i < 0 || i >= len(s.Readings) {
		return &Reading{Fails: true}
	}
	return &s.Readings[i]
}

// script tells step after step. It may look at the replicas that the target has come to; now is when the step before was.
type script interface {
	next(spec *autoscalingv2.HorizontalPodAutoscalerSpec, current int32, now time.Time) (Step, bool)
}

// recorded is a script of steps that are known.
type recorded struct {
	steps []Step
}

func (r *recorded) next(*autoscalingv2.HorizontalPodAutoscalerSpec, int32, time.Time) (Step, bool) {
	if len(r.steps) == 0 {
		return Step{}, false
	}
	step := r.steps[0]
	r.steps = r.steps[1:]
	return step, true
}
