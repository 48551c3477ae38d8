package target

import (
	"sync"

	"k8s.io/client-go/tools/cache"
)

// podIndex finds pods by a label selector. It reads only the pods with one of the labels that the selector requires, of the label
// that the fewest pods have. It indexes a label key of a namespace once a selector requires a value of it.
//
// The indexers of client-go would need a slice of all pods with a label to count them, and many pods share labels such as the
// name of their environment.
type podIndex struct {
	mu         sync.RWMutex
	namespaces map[string]*podNamespace
}

// podNamespace has the pods of a namespace.
type podNamespace struct {
	byName map[string]*Pod
	// byLabel has the pods with a label, by key and value.
	byLabel map[string]map[string]podSet
}

type podSet map[*Pod]struct{}

func newPodIndex() *podIndex { return &podIndex{namespaces: map[string]*podNamespace{}} }

// OnAdd adds a pod, or replaces the one with its name.
func (x *podIndex) OnAdd(object any, _ bool) {
	pod, ok := object.(*Pod)
	if !ok {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	namespace := x.namespaces[pod.namespace.Value()]
	if namespace == nil {
		namespace = &podNamespace{byName: map[string]*Pod{}, byLabel: map[string]map[string]podSet{}}
		x.namespaces[pod.namespace.Value()] = namespace
	}
	namespace.remove(pod.Name())
	namespace.byName[pod.Name()] = pod
	for key, byValue := range namespace.byLabel {
		addByLabel(byValue, key, pod)
	}
}

// OnUpdate replaces a pod.
func (x *podIndex) OnUpdate(_, object any) { x.OnAdd(object, false) }

// OnDelete removes a pod.
func (x *podIndex) OnDelete(object any) {
	name, err := cache.DeletionHandlingObjectToName(object)
	if err != nil {
		return // not of this informer
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if namespace := x.namespaces[name.Namespace]; namespace != nil {
		namespace.remove(name.Name)
		if len(namespace.byName) == 0 {
			delete(x.namespaces, name.Namespace)
		}
	}
}

var _ cache.ResourceEventHandler = (*podIndex)(nil)

func (n *podNamespace) remove(name string) {
	pod := n.byName[name]
	if pod == nil {
		return
	}
	delete(n.byName, name)
	for key, byValue := range n.byLabel {
		value, found := pod.labels.Lookup(key)
		if !found {
			continue
		}
		if delete(byValue[value], pod); len(byValue[value]) == 0 {
			delete(byValue, value)
		}
	}
}

func addByLabel(byValue map[string]podSet, key string, pod *Pod) {
	value, found := pod.labels.Lookup(key)
	if !found {
		return
	}
	if byValue[value] == nil {
		byValue[value] = podSet{}
	}
	byValue[value][pod] = struct{}{}
}

// get returns the pod with a name; nil for none.
func (x *podIndex) get(namespace, name string) *Pod {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if found := x.namespaces[namespace]; found != nil {
		return found.byName[name]
	}
	return nil
}
