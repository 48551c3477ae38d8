package target

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
)

// Pods reads the pods of targets from informers.
type Pods struct {
	index       *podIndex
	replicaSets cache.KeyGetter       // of the metadata of ReplicaSets
	client      coreclient.PodsGetter // nil without Mark
	synced      cache.InformerSynced
}

// NewPods returns Pods that read the informers of pods and of the metadata of ReplicaSets. It sets their transforms, so they must
// not have started.
func NewPods(informer, replicaSets cache.SharedIndexInformer) (*Pods, error) {
	if err := informer.SetTransform(compactPod); err != nil {
		return nil, fmt.Errorf("watching pods: %w", err)
	}
	if err := replicaSets.SetTransform(compactReplicaSet); err != nil {
		return nil, fmt.Errorf("watching ReplicaSets: %w", err)
	}
	index := newPodIndex()
	registration, err := informer.AddEventHandler(index)
	if err != nil {
		return nil, fmt.Errorf("watching pods: %w", err)
	}
	return &Pods{index: index, replicaSets: replicaSets.GetStore(), synced: registration.HasSynced}, nil
}

// HasSynced reports whether the pods of the cluster have been read. It does not wait for ReplicaSets.
func (p *Pods) HasSynced() bool { return p.synced() }

// Of returns the pods that the selector matches and the target owns, sorted by name.
func (p *Pods) Of(ref Ref, selector labels.Selector) []*Pod {
	owns := p.ownership(ref)
	pods := slices.DeleteFunc(p.index.find(ref.Namespace, selector), func(pod *Pod) bool { return !owns(pod) })
	sortByName(pods)
	return pods
}

// Select returns all pods that the selector matches, of any owner, sorted by name.
func (p *Pods) Select(namespace string, selector labels.Selector) []*Pod {
	pods := p.index.find(namespace, selector)
	sortByName(pods)
	return pods
}

func sortByName(pods []*Pod) {
	slices.SortFunc(pods, func(a, b *Pod) int { return strings.Compare(a.Name(), b.Name()) })
}
