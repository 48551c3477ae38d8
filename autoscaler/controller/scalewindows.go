package controller

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/policy"
)

// scaleWindows are the ScaleWindows that are accepted, by namespace. The goroutine that answers ScaleWindow objects writes
// them, and the loop reads them.
type scaleWindows struct {
	mu sync.RWMutex
	of map[string]*windowsOf
}

// windowsOf are those of one namespace. They never change: another set takes their place, so that whoever has a set at
// hand can tell by the pointer whether it is still the one in force.
type windowsOf struct {
	byObject map[string]*policy.ScaleWindow
	// named holds the windows that name an autoscaler, by its name; selecting those that have a selector.
	named     map[string][]*policy.ScaleWindow
	selecting []*policy.ScaleWindow
}

func newScaleWindows() *scaleWindows { return &scaleWindows{of: map[string]*windowsOf{}} }

// in gives the windows of a namespace; nil where there are none.
func (s *scaleWindows) in(namespace string) *windowsOf {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.of[namespace]
}

// fill puts many windows in the place of all.
func (s *scaleWindows) fill(windows []*policy.ScaleWindow) {
	byNamespace := map[string]map[string]*policy.ScaleWindow{}
	for _, w := range windows {
		namespace := w.Object.Namespace
		if byNamespace[namespace] == nil {
			byNamespace[namespace] = map[string]*policy.ScaleWindow{}
		}
		byNamespace[namespace][w.Object.Name] = w
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of = map[string]*windowsOf{}
	for namespace, byObject := range byNamespace {
		s.of[namespace] = newWindowsOf(byObject)
	}
}

// put replaces one window, or drops it where it is nil, and gives the one that was there.
func (s *scaleWindows) put(key cache.ObjectName, w *policy.ScaleWindow) (before *policy.ScaleWindow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byObject := map[string]*policy.ScaleWindow{}
	if was := s.of[key.Namespace]; was != nil {
		before, byObject = was.byObject[key.Name], maps.Clone(was.byObject)
	}
	switch {
	case w != nil:
		byObject[key.Name] = w
	case before == nil:
		return nil
	default:
		delete(byObject, key.Name)
	}
	if len(byObject) == 0 {
		delete(s.of, key.Namespace)
		return before
	}
	s.of[key.Namespace] = newWindowsOf(byObject)
	return before
}

func newWindowsOf(byObject map[string]*policy.ScaleWindow) *windowsOf {
	set := &windowsOf{byObject: byObject, named: map[string][]*policy.ScaleWindow{}}
	for _, w := range byObject {
		for _, name := range w.Names {
			set.named[name] = append(set.named[name], w)
		}
		if len(w.Selectors) > 0 {
			set.selecting = append(set.selecting, w)
		}
	}
	return set
}

// get is the window of an object; nil where there is none, or it is not accepted.
func (s *windowsOf) get(name string) *policy.ScaleWindow {
	if s == nil {
		return nil
	}
	return s.byObject[name]
}

// selected gives the windows that hold for an autoscaler of the namespace, in the order of their names.
func (s *windowsOf) selected(name string, labelled map[string]string) []*policy.ScaleWindow {
	if s == nil {
		return nil
	}
	chosen := slices.Clone(s.named[name])
	for _, w := range s.selecting {
		if w.Selects(name, labelled) {
			chosen = append(chosen, w)
		}
	}
	slices.SortFunc(chosen, func(a, b *policy.ScaleWindow) int { return strings.Compare(a.Object.Name, b.Object.Name) })
	return slices.Compact(chosen) // a window may both name and select it
}
