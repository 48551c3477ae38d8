package scalewindow

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// window of a namespace, and the objects that it chooses.
type window struct {
	*policy.ScaleWindow
	choices []choice
}

// choice is one target of a window: an object by its name, or many by their labels.
type choice struct {
	is       schema.GroupKind
	name     string
	selector labels.Selector
}

func (c *choice) chooses(is schema.GroupKind, name string, labelled map[string]string) bool {
	switch {
	case c.is != is:
		return false
	case c.selector == nil:
		return c.name == name
	default:
		return c.selector.Matches(labels.Set(labelled))
	}
}

// choose makes the choice of a target that was not refused.
func choose(target *v1alpha1.WindowTarget) (choice, bool) {
	is, err := groupKind(target)
	if err != nil {
		return choice{}, false
	}
	c := choice{is: is, name: target.Name}
	if target.Selector != nil {
		if c.selector, err = metav1.LabelSelectorAsSelector(target.Selector); err != nil {
			return choice{}, false
		}
	}
	return c, true
}

// Changed gives the windows of a namespace that are accepted now.
func (f *Overrider) Changed(namespace string, windows []*policy.ScaleWindow) {
	var here []window
	for _, from := range windows {
		w := window{ScaleWindow: from}
		for i := range from.Others {
			if c, is := choose(&from.Others[i]); is {
				w.choices = append(w.choices, c)
			}
		}
		if len(w.choices) > 0 {
			here = append(here, w)
		}
	}
	slices.SortFunc(here, func(a, b window) int { return strings.Compare(a.Object.Name, b.Object.Name) })
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(here) == 0 && len(f.windows[namespace]) == 0 {
		return
	}
	f.windows[namespace] = here
	f.queue.Add(key{namespace: namespace})
}

// in gives the windows of a namespace; they never change, others take their place.
func (f *Overrider) in(namespace string) []window {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.windows[namespace]
}

// holding gives the windows that hold for an object, in the order of their names.
func (f *Overrider) holding(at key, labelled map[string]string) []window {
	var holding []window
	for _, w := range f.in(at.namespace) {
		if slices.ContainsFunc(w.choices, func(c choice) bool { return c.chooses(at.is, at.name, labelled) }) {
			holding = append(holding, w)
		}
	}
	return holding
}

// overrideWindows are the windows as package override wants them.
func overrideWindows(windows []window) []override.Window {
	all := make([]override.Window, len(windows))
	for i := range windows {
		all[i] = override.Window{Window: windows[i].Window, Generation: windows[i].Object.Generation}
	}
	return all
}
