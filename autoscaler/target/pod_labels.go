package target

import (
	"maps"
	"slices"
	"unique"

	"k8s.io/apimachinery/pkg/labels"
)

// label is a label of a pod. All pods share the strings.
type label struct{ key, value unique.Handle[string] }

// podLabels are the labels of a pod, in the order of their keys. They take a third of the memory of a map.
type podLabels []label

func newPodLabels(set map[string]string) podLabels {
	kept := make(podLabels, 0, len(set))
	for _, key := range slices.Sorted(maps.Keys(set)) {
		kept = append(kept, label{unique.Make(key), unique.Make(set[key])})
	}
	return kept
}

// Lookup returns the value of a label and whether the pod has it.
func (l *podLabels) Lookup(key string) (value string, found bool) {
	for _, label := range *l {
		if label.key.Value() == key {
			return label.value.Value(), true
		}
	}
	return "", false
}

// Has reports whether the pod has a label.
func (l *podLabels) Has(key string) bool {
	_, found := l.Lookup(key)
	return found
}

// Get returns the value of a label; empty if the pod does not have it.
func (l *podLabels) Get(key string) string {
	value, _ := l.Lookup(key)
	return value
}

var _ labels.Labels = (*podLabels)(nil)
