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

// window is a ScaleWindow with targets of other kinds.
type window struct {
	*policy.ScaleWindow
	choices []choice
}

// choice is one target of a window: an object by its name, or objects by their labels.
type choice struct {
	groupKind schema.GroupKind
	name      string
	selector  labels.Selector
}

func (c *choice) matches(groupKind schema.GroupKind, name string, objectLabels map[string]string) bool {
	switch {
	case c.groupKind != groupKind:
		return false
	case c.selector == nil:
		return c.name == name
	default:
		return c.selector.Matches(labels.Set(objectLabels))
	}
}

// newChoice returns the choice of a valid target.
func newChoice(target *v1alpha1.WindowTarget) (c choice, ok bool) {
	groupKind, err := groupKindOf(target)
	if err != nil {
		return choice{}, false
	}
	c = choice{groupKind: groupKind, name: target.Name}
	if target.Selector != nil {
		if c.selector, err = metav1.LabelSelectorAsSelector(target.Selector); err != nil {
			return choice{}, false
		}
	}
	return c, true
}

// setWindows replaces the accepted windows of a namespace.
func (r *overrider) setWindows(namespace string, accepted []*policy.ScaleWindow) {
	var windows []window
	for _, from := range accepted {
		w := window{ScaleWindow: from}
		for i := range from.Others {
			if c, ok := newChoice(&from.Others[i]); ok {
				w.choices = append(w.choices, c)
			}
		}
		if len(w.choices) > 0 {
			windows = append(windows, w)
		}
	}
	slices.SortFunc(windows, func(a, b window) int { return strings.Compare(a.Object.Name, b.Object.Name) })
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(windows) == 0 && len(r.windows[namespace]) == 0 {
		return
	}
	r.windows[namespace] = windows
	r.queue.Add(key{namespace: namespace})
}

// windowsIn returns the windows of a namespace. The slice never changes: setWindows replaces it.
func (r *overrider) windowsIn(namespace string) []window {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.windows[namespace]
}

// windowsFor returns the windows that select an object, sorted by name.
func (r *overrider) windowsFor(id key, objectLabels map[string]string) []window {
	var selecting []window
	for _, w := range r.windowsIn(id.namespace) {
		if slices.ContainsFunc(w.choices, func(c choice) bool { return c.matches(id.groupKind, id.name, objectLabels) }) {
			selecting = append(selecting, w)
		}
	}
	return selecting
}

// overrideWindows converts windows to those of package override.
func overrideWindows(windows []window) []override.Window {
	all := make([]override.Window, len(windows))
	for i := range windows {
		all[i] = override.Window{Window: windows[i].Window, Generation: windows[i].Object.Generation}
	}
	return all
}
