package differential

import (
	"slices"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// maxTries is the highest number of smaller sequences that shrinking plays.
const maxTries = 4000

// shrinker makes a sequence smaller as long as it has a mismatch, the same one or another.
type shrinker struct {
	t     *testing.T
	name  string
	best  *mismatch
	tries int
}

// shrink returns the mismatch of a smaller sequence.
func shrink(t *testing.T, name string, found *mismatch) *mismatch {
	s := &shrinker{t: t, name: name, best: found}
	for progress := true; progress && s.tries < maxTries; {
		progress = s.dropSteps() || s.dropMetrics() || s.dropPods() || s.simplify()
	}
	return s.best
}

// try keeps the sequence if it has a mismatch.
func (s *shrinker) try(smaller Sequence) bool {
	if s.tries++; s.tries > maxTries {
		return false
	}
	found := play(s.t, s.name, smaller, &recorded{steps: smaller.Steps}, newSummary())
	if found == nil || found.expected == nil { // without an outcome of upstream, the sequence is invalid
		return false
	}
	s.best = found
	return true
}

// without returns the sequence without the steps from one up to another, but with their changes of spec and time.
func without(s Sequence, from, to int) Sequence {
	var passed time.Duration
	var spec *autoscalingv2.HorizontalPodAutoscalerSpec
	for _, step := range s.Steps[from:to] {
		passed += step.After
		if step.Spec != nil {
			spec = step.Spec
		}
	}
	s.Steps = slices.Delete(slices.Clone(s.Steps), from, to)
	if from < len(s.Steps) {
		s.Steps[from].After += passed
		if s.Steps[from].Spec == nil {
			s.Steps[from].Spec = spec
		}
	}
	return s
}

func (s *shrinker) dropSteps() (progress bool) {
	for size := max(1, len(s.best.played.Steps)/2); size > 0; size /= 2 {
		for from := len(s.best.played.Steps) - 1 - size; from >= 0; from -= size {
			progress = s.try(without(s.best.played, from, from+size)) || progress
			from = min(from, len(s.best.played.Steps)-1)
		}
	}
	return progress
}

// each returns a copy of the sequence in which f has changed every step, or the one at index where that is not negative.
func each(s Sequence, index int, f func(*Step)) Sequence {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		if index < 0 || i == index {
			f(&s.Steps[i])
		}
	}
	return s
}

// dropMetrics drops a metric of every spec, with its readings.
func (s *shrinker) dropMetrics() (progress bool) {
	for i := 2; i >= 0; i-- {
		drop := func(spec *autoscalingv2.HorizontalPodAutoscalerSpec) *autoscalingv2.HorizontalPodAutoscalerSpec {
			if spec = spec.DeepCopy(); len(spec.Metrics) > max(1, i) {
				spec.Metrics = slices.Delete(spec.Metrics, i, i+1)
			}
			return spec
		}
		if len(s.best.played.Spec.Metrics) <= max(1, i) {
			continue
		}
		smaller := each(s.best.played, -1, func(step *Step) {
			if step.Spec != nil {
				step.Spec = drop(step.Spec)
			}
			if len(step.Readings) > i {
				step.Readings = slices.Delete(slices.Clone(step.Readings), i, i+1)
			}
		})
		smaller.Spec = *drop(&smaller.Spec)
		progress = s.try(smaller) || progress
	}
	return progress
}

// dropPods drops a pod from every step.
func (s *shrinker) dropPods() (progress bool) {
	names := map[string]bool{}
	for i := range s.best.played.Steps {
		for _, pod := range s.best.played.Steps[i].Pods {
			names[pod.Name] = true
		}
	}
	for name := range names {
		smaller := each(s.best.played, -1, func(step *Step) {
			step.Pods = slices.DeleteFunc(slices.Clone(step.Pods), func(pod *corev1.Pod) bool { return pod.Name == name })
		})
		progress = s.try(smaller) || progress
	}
	return progress
}
