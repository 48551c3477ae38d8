package differential

import (
	"math"
	"reflect"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// simplify removes one part after another from steps and specs, and rounds numbers.
func (s *shrinker) simplify() (progress bool) {
	for _, f := range specSimplifications {
		smaller := each(s.best.played, -1, func(step *Step) {
			if step.Spec != nil {
				step.Spec = step.Spec.DeepCopy()
				f(step.Spec)
			}
		})
		smaller.Spec = *smaller.Spec.DeepCopy()
		f(&smaller.Spec)
		progress = s.tryOther(smaller) || progress
	}
	for _, f := range stepSimplifications {
		if s.tryOther(each(s.best.played, -1, f)) {
			progress = true
			continue
		}
		for i := range s.best.played.Steps {
			if i < len(s.best.played.Steps) {
				progress = s.tryOther(each(s.best.played, i, f)) || progress
			}
		}
	}
	return progress
}

// tryOther tries a sequence that differs from the last one.
func (s *shrinker) tryOther(smaller Sequence) bool {
	return !reflect.DeepEqual(smaller, s.best.played) && s.try(smaller)
}

var specSimplifications = []func(*autoscalingv2.HorizontalPodAutoscalerSpec){
	func(s *autoscalingv2.HorizontalPodAutoscalerSpec) { s.Behavior = nil },
	func(s *autoscalingv2.HorizontalPodAutoscalerSpec) {
		if s.Behavior != nil {
			s.Behavior.ScaleUp = nil
		}
	},
	func(s *autoscalingv2.HorizontalPodAutoscalerSpec) {
		if s.Behavior != nil {
			s.Behavior.ScaleDown = nil
		}
	},
	func(s *autoscalingv2.HorizontalPodAutoscalerSpec) { s.MaxReplicas = max(s.MaxReplicas, 100) },
	func(s *autoscalingv2.HorizontalPodAutoscalerSpec) { s.MinReplicas = nil },
}

var stepSimplifications = []func(*Step){
	func(s *Step) { s.SecondSelector = "" },
	func(s *Step) { s.Restart = false },
	func(s *Step) { s.Unreadable = false },
	func(s *Step) { s.Conflicts, s.Unwritable = 0, false },
	func(s *Step) { s.Spec = nil },
	func(s *Step) { s.Replicas = nil },
	func(s *Step) { s.Selector = "app=web" },
	func(s *Step) { s.StatusReplicas = int32(len(s.Pods)) },
	func(s *Step) {
		s.Readings = changed(s.Readings, func(r *Reading) { r.Strays = nil })
	},
	func(s *Step) { // no gaps
		s.Readings = changed(s.Readings, func(r *Reading) {
			r.Partial = false
			samples := map[string]Sample{}
			for name, sample := range r.Samples {
				sample.Partial = false
				samples[name] = sample
			}
			r.Samples = samples
		})
	},
	func(s *Step) { // equal samples
		s.Readings = changed(s.Readings, func(r *Reading) {
			samples := map[string]Sample{}
			for _, pod := range s.Pods {
				if sample, found := r.Samples[pod.Name]; found {
					sample.Value = round(sample.Value)
					samples[pod.Name] = sample
				}
			}
			r.Samples = samples
		})
	},
	func(s *Step) {
		s.Readings = changed(s.Readings, func(r *Reading) {
			if len(r.Series) > 0 {
				r.Series = []int64{round(total(r.Series))}
			}
		})
	},
	func(s *Step) { // ordinary pods
		pods := make([]*corev1.Pod, len(s.Pods))
		for i, pod := range s.Pods {
			pods[i] = pod.DeepCopy()
			pods[i].Status.Phase, pods[i].DeletionTimestamp = corev1.PodRunning, nil
		}
		s.Pods = pods
	},
}

// changed returns a copy in which f has changed each reading.
func changed(readings []Reading, f func(*Reading)) []Reading {
	copied := make([]Reading, len(readings))
	for i, r := range readings {
		f(&r)
		copied[i] = r
	}
	return copied
}

// round rounds to one significant digit.
func round(x int64) int64 {
	if x == 0 || x == math.MinInt64 {
		return x
	}
	unit := int64(1)
	for abs := max(x, -x); abs/unit >= 10; {
		unit *= 10
	}
	return x / unit * unit
}
