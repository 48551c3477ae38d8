package target

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// maxIndexedKeys bounds the label keys that a namespace has indexes for. Selectors of one namespace rarely require more than
// five; the bound is for selectors that someone changes all the time.
const maxIndexedKeys = 32

// maxIndexedOfSelector bounds the label keys that are indexed for one selector: with the others, it reads a few more pods.
const maxIndexedOfSelector = 8

// find returns the pods of a namespace that the selector matches, in any order.
func (x *podIndex) find(namespace string, selector labels.Selector) []*Pod {
	all, selectable := selector.Requirements()
	if !selectable {
		return nil
	}
	requirements := naming(all)
	x.ensureIndexed(namespace, requirements)
	x.mu.RLock()
	defer x.mu.RUnlock()
	found := x.namespaces[namespace]
	if found == nil {
		return nil
	}
	var pods []*Pod
	sets, narrowed := found.narrowest(requirements)
	if !narrowed {
		for _, pod := range found.byName {
			if pod.Matches(selector) {
				pods = append(pods, pod)
			}
		}
	}
	for _, set := range sets {
		for pod := range set {
			if pod.Matches(selector) {
				pods = append(pods, pod)
			}
		}
	}
	return pods
}

// narrowest returns the pods that have a required label, as sets without a common pod, of the requirement with the fewest pods. It
// is false if the label of no requirement is indexed.
func (n *podNamespace) narrowest(requirements []*labels.Requirement) (sets []podSet, narrowed bool) {
	fewest := 0
	for _, requirement := range requirements {
		byValue, indexed := n.byLabel[requirement.Key()]
		if !indexed {
			continue
		}
		values := requirement.ValuesUnsorted()
		slices.Sort(values)
		values = slices.Compact(values)
		candidates, pods := make([]podSet, len(values)), 0
		for i, value := range values {
			candidates[i] = byValue[value]
			pods += len(candidates[i])
		}
		if !narrowed || pods < fewest {
			sets, fewest, narrowed = candidates, pods, true
		}
	}
	return sets, narrowed
}

// naming returns the first requirements that are met only by pods with one of the values that they name.
func naming(all labels.Requirements) []*labels.Requirement {
	var found []*labels.Requirement
	for i := range all {
		switch all[i].Operator() {
		case selection.Equals, selection.DoubleEquals, selection.In:
			if found = append(found, &all[i]); len(found) == maxIndexedOfSelector {
				return found
			}
		}
	}
	return found
}

// ensureIndexed indexes the pods of a namespace by the label keys of the requirements.
func (x *podIndex) ensureIndexed(namespace string, requirements []*labels.Requirement) {
	if !x.lacksIndex(namespace, requirements) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	found := x.namespaces[namespace]
	if found == nil {
		return
	}
	for _, requirement := range requirements {
		found.index(requirement.Key())
	}
}

func (x *podIndex) lacksIndex(namespace string, requirements []*labels.Requirement) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	found := x.namespaces[namespace]
	return found != nil && slices.ContainsFunc(requirements, func(r *labels.Requirement) bool { return found.byLabel[r.Key()] == nil })
}

func (n *podNamespace) index(key string) {
	if n.byLabel[key] != nil {
		return
	}
	if len(n.byLabel) >= maxIndexedKeys {
		clear(n.byLabel) // those in use come back
	}
	byValue := map[string]podSet{}
	for _, pod := range n.byName {
		addByLabel(byValue, key, pod)
	}
	n.byLabel[key] = byValue
}
