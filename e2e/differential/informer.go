package differential

import (
	"time"

	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// informer is a shared informer without watches. It is always in sync and keeps its handler, so that steps call it in their
// own order.
type informer struct {
	cache.SharedIndexInformer // nil: upstream does not call its other methods

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
	return nil, nil // upstream does not use the registration
}

// HasSynced is true.
func (i *informer) HasSynced() bool { return true }

// GetStore returns the store.
func (i *informer) GetStore() cache.Store { return i.store }

type hpaInformer struct{ *informer }

func (i hpaInformer) Informer() cache.SharedIndexInformer { return i.informer }

func (i hpaInformer) Lister() autoscalinglisters.HorizontalPodAutoscalerLister {
	return autoscalinglisters.NewHorizontalPodAutoscalerLister(i.store)
}

type podInformer struct{ *informer }

func (i podInformer) Informer() cache.SharedIndexInformer { return i.informer }

func (i podInformer) Lister() corelisters.PodLister { return corelisters.NewPodLister(i.store) }
