package differential

import (
	"time"

	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// informer is a shared informer that is told by hand. It is always in sync, and it keeps the handlers that are added, so
// that a step can call them in the order it wants.
type informer struct {
	cache.SharedIndexInformer // nil: what upstream does not call is not there

	store   cache.Indexer
	handler cache.ResourceEventHandler
}

func newInformer(store cache.Indexer) *informer { return &informer{store: store} }

func newStore() cache.Indexer {
	return cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
}

// AddEventHandlerWithResyncPeriod keeps the handler.
func (i *informer) AddEventHandlerWithResyncPeriod(handler cache.ResourceEventHandler, _ time.Duration) (cache.ResourceEventHandlerRegistration, error) {
	i.handler = handler
	return nil, nil // upstream has no use for the registration
}

// HasSynced is true.
func (i *informer) HasSynced() bool { return true }

// GetStore gives the store.
func (i *informer) GetStore() cache.Store { return i.store }

type hpaInformer struct{ *informer }

func (i hpaInformer) Informer() cache.SharedIndexInformer { return i.informer }

func (i hpaInformer) Lister() autoscalinglisters.HorizontalPodAutoscalerLister {
	return autoscalinglisters.NewHorizontalPodAutoscalerLister(i.store)
}

type podInformer struct{ *informer }

func (i podInformer) Informer() cache.SharedIndexInformer { return i.informer }

func (i podInformer) Lister() corelisters.PodLister { return corelisters.NewPodLister(i.store) }
