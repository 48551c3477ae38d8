package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// ConfigMaps is a source with one document for each key of the ConfigMaps that a label selector matches, ordered by
// namespace, name and key. A user who may write such a ConfigMap controls the metrics of all clients.
type ConfigMaps struct {
	selector string
	factory  informers.SharedInformerFactory
	lister   corelisters.ConfigMapLister
	synced   cache.InformerSynced
}

// NewConfigMaps returns a source for the ConfigMaps of a namespace; of all namespaces, if it is empty.
func NewConfigMaps(client kubernetes.Interface, namespace, selector string) *ConfigMaps {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithNamespace(namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = selector }))
	maps := factory.Core().V1().ConfigMaps()
	return &ConfigMaps{selector: selector, factory: factory, lister: maps.Lister(), synced: maps.Informer().HasSynced}
}

// Start watches until ctx ends. It waits up to 5s for the first list: without the API server those rules are reported
// as not in force, and the others are served.
func (m *ConfigMaps) Start(ctx context.Context) {
	m.factory.StartWithContext(ctx)
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cache.WaitForCacheSync(wait.Done(), m.synced)
}

// Name returns the selector.
func (m *ConfigMaps) Name() string { return "ConfigMaps with " + m.selector }

// Documents returns all keys.
func (m *ConfigMaps) Documents() ([]Document, error) {
	if !m.synced() {
		return nil, errors.New("not listed by the API server yet: the program requires permission to list and watch configmaps")
	}
	found, err := m.lister.List(labels.Everything())
	if err != nil {
		return nil, fmt.Errorf("listing ConfigMaps: %w", err)
	}
	slices.SortFunc(found, func(a, b *corev1.ConfigMap) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	var documents []Document
	for _, of := range found {
		for _, key := range slices.Sorted(maps.Keys(of.Data)) {
			name := fmt.Sprintf("ConfigMap %s/%s %s", of.Namespace, of.Name, key)
			documents = append(documents, Document{Name: name, Text: of.Data[key]})
		}
	}
	return documents, nil
}
