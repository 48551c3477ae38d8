package differential

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/policy"
)

// usualFlags are the defaults of kube-controller-manager. Upstream uses samples of any age.
func usualFlags() policy.Defaults {
	flags := policy.StandardDefaults()
	flags.MaxSampleAge = 0
	return flags
}

// Sequence is the input of one autoscaler over time, as data: it can be played again and made smaller.
type Sequence struct {
	Spec autoscalingv2.HorizontalPodAutoscalerSpec
	// Flags are those of kube-controller-manager.
	Flags policy.Defaults
	// Replicas of the target before the first step.
	Replicas int32
	Steps    []Step
}

// Step has the changes before a sync of the autoscaler, and the input of that sync.
type Step struct {
	After time.Duration
	// Spec replaces the spec; nil keeps it.
	Spec *autoscalingv2.HorizontalPodAutoscalerSpec
	// Replicas is what a user scales the target to; nil where no user does.
	Replicas *int32
	// Restart restarts the controller, which loses its state.
	Restart bool
	// SecondSelector is the selector of a second autoscaler; empty where none exists.
	SecondSelector string

	// Selector and StatusReplicas are those of the target's scale.
	Selector       string
	StatusReplicas int32
	// Unreadable makes reading the scale fail.
	Unreadable bool
	// Conflicts is the number of writes that fail with a conflict; Unwritable makes all writes fail.
	Conflicts  int
	Unwritable bool

	Pods []*corev1.Pod
	// Readings has one reading for each metric of the spec, at the same index.
	Readings []Reading
}

// Reading is the answer of the metrics APIs for one metric.
type Reading struct {
	Fails bool
	// Series are the values of an Object or External metric, in thousandths.
	Series []int64
	// Samples are those of the pods, by name.
	Samples map[string]Sample
	// Strays are values of pods that the step does not have.
	Strays []int64
	// Partial is true where the range of Series spans a gap. Only the engine with corrections uses it.
	Partial bool
}

// Sample is one pod's value, in thousandths.
type Sample struct {
	Value  int64
	Time   time.Time
	Window time.Duration
	// Partial is true where the range of the sample spans a gap. Only the engine with corrections uses it.
	Partial bool
}

// reading returns the reading of the metric at an index. A reading that the step does not have fails.
func (s *Step) reading(i int) *Reading {
	if i < 0 || i >= len(s.Readings) {
		return &Reading{Fails: true}
	}
	return &s.Readings[i]
}

// script returns one step after another. current is spec.replicas of the target; now is the time of the step before.
type script interface {
	next(spec *autoscalingv2.HorizontalPodAutoscalerSpec, current int32, now time.Time) (Step, bool)
}

// recorded is a script of recorded steps.
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
