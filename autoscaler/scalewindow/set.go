package scalewindow

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/policy"
)

// Set is an index of the accepted ScaleWindows, by namespace. The [Controller] writes it; others only read it, from any
// goroutine.
type Set struct {
	synced atomic.Bool

	mu          sync.RWMutex
	byNamespace map[string]*Snapshot
}

// HasSynced reports whether the set has the windows of the cluster.
func (s *Set) HasSynced() bool { return s.synced.Load() }

// Namespace returns the windows of a namespace; nil if it has none. Another pointer than before means that they have changed.
func (s *Set) Namespace(namespace string) *Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byNamespace[namespace]
}

// fill replaces all windows.
func (s *Set) fill(windows []*policy.ScaleWindow) {
	grouped := map[string][]*policy.ScaleWindow{}
	for _, w := range windows {
		grouped[w.Object.Namespace] = append(grouped[w.Object.Namespace], w)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byNamespace = map[string]*Snapshot{}
	for namespace, windows := range grouped {
		s.byNamespace[namespace] = NewSnapshot(windows)
	}
	s.synced.Store(true)
}

// put replaces one window, or removes it if it is nil, and returns the previous one.
func (s *Set) put(key cache.ObjectName, w *policy.ScaleWindow) (before *policy.ScaleWindow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot := s.byNamespace[key.Namespace]
	before = snapshot.get(key.Name)
	if before == nil && w == nil {
		return nil
	}
	windows := slices.DeleteFunc(snapshot.all(), func(other *policy.ScaleWindow) bool { return other == before })
	if w != nil {
		windows = append(windows, w)
	}
	if len(windows) == 0 {
		delete(s.byNamespace, key.Namespace)
		return before
	}
	s.byNamespace[key.Namespace] = NewSnapshot(windows)
	return before
}

// Snapshot is the accepted ScaleWindows of one namespace. It never changes; nil is the empty one.
type Snapshot struct {
	byObject map[string]*policy.ScaleWindow
	// named has the windows that name an autoscaler, by its name; selecting has those with a selector.
	named     map[string][]*policy.ScaleWindow
	selecting []*policy.ScaleWindow
}

// NewSnapshot indexes windows of one namespace, each of another object.
func NewSnapshot(windows []*policy.ScaleWindow) *Snapshot {
	s := &Snapshot{byObject: make(map[string]*policy.ScaleWindow, len(windows)), named: map[string][]*policy.ScaleWindow{}}
	for _, w := range windows {
		s.byObject[w.Object.Name] = w
		for _, name := range w.Names {
			s.named[name] = append(s.named[name], w)
		}
		if len(w.Selectors) > 0 {
			s.selecting = append(s.selecting, w)
		}
	}
	return s
}

// For returns the windows that apply to a HorizontalAutoscaler with this name and these labels, sorted by name.
func (s *Snapshot) For(name string, labels map[string]string) []*policy.ScaleWindow {
	if s == nil {
		return nil
	}
	windows := slices.Clone(s.named[name])
	for _, w := range s.selecting {
		if w.Selects(name, labels) {
			windows = append(windows, w)
		}
	}
	slices.SortFunc(windows, func(a, b *policy.ScaleWindow) int { return strings.Compare(a.Object.Name, b.Object.Name) })
	return slices.Compact(windows) // one window may both name and select it
}

// get returns the window of an object; nil if the snapshot does not have it.
func (s *Snapshot) get(name string) *policy.ScaleWindow {
	if s == nil {
		return nil
	}
	return s.byObject[name]
}

// all returns the windows in no order.
func (s *Snapshot) all() []*policy.ScaleWindow {
	if s == nil {
		return nil
	}
	return slices.Collect(maps.Values(s.byObject))
}
