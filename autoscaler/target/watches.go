package target

import (
	"context"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/klog/v2"
)

// Informers are the clients of the informers of targets.
type Informers struct {
	// Namespace of the targets; all if empty.
	Namespace string
	Kube      kubernetes.Interface
	Metadata  metadata.Interface
	Discovery discovery.ServerResourcesInterface
}

// watches are the watches of targets, by kind. A watch starts when an autoscaler first needs its kind, and runs until ctx ends.
type watches struct {
	ctx      context.Context //nolint:containedctx // of the informers, which outlive the call that starts them
	full     informers.SharedInformerFactory
	client   metadata.Interface
	metadata metadatainformer.SharedInformerFactory
	discover discovery.ServerResourcesInterface

	mu     sync.Mutex
	byKind map[schema.GroupKind]*kindWatch
}

// WithInformers makes reads use informers, which run until ctx ends. Scales of kinds that cannot be watched are still requested at
// each read.
func (s *Scales) WithInformers(ctx context.Context, i Informers) *Scales {
	s.watches = &watches{
		ctx:      ctx,
		full:     informers.NewSharedInformerFactoryWithOptions(i.Kube, 0, informers.WithNamespace(i.Namespace)),
		client:   i.Metadata,
		metadata: metadatainformer.NewFilteredSharedInformerFactory(i.Metadata, 0, i.Namespace, nil),
		discover: i.Discovery,
		byKind:   map[schema.GroupKind]*kindWatch{},
	}
	return s
}

// watched returns the scale of a target from an informer; not found if it has to be requested.
func (s *Scales) watched(ref Ref) (scale Scale, found bool) {
	if w := s.watchOf(ref); w != nil {
		return w.scale(ref)
	}
	return Scale{}, false
}

// keep stores a scale that was requested or written until the informer has a newer one. It returns the scale.
func (s *Scales) keep(ref Ref, scale Scale) Scale {
	if w := s.watchOf(ref); w != nil && scale.Err == nil {
		w.keep(ref, scale)
	}
	return scale
}

// watchOf returns the watch of the target's kind, which it starts on the first call. It is nil without informers.
func (s *Scales) watchOf(ref Ref) *kindWatch {
	if s.watches == nil {
		return nil
	}
	kind, err := ref.kind()
	if err != nil || kind == job && s.jobs == nil {
		return nil
	}
	s.watches.mu.Lock()
	defer s.watches.mu.Unlock()
	w := s.watches.byKind[kind]
	if w == nil {
		w = &kindWatch{kind: kind, newest: map[string]Scale{}}
		s.watches.byKind[kind] = w
		go s.start(ref, w)
	}
	return w
}

// start runs the informer of a kind. Where the resource cannot be discovered, the next read of the kind tries again.
func (s *Scales) start(ref Ref, w *kindWatch) {
	all := s.watches
	if resource, found := kinds[w.kind]; found {
		informer, err := all.full.ForResource(resource)
		if err != nil { // not a kind of client-go
			utilruntime.HandleErrorWithContext(all.ctx, err, "Failed to watch targets", "kind", w.kind)
			return
		}
		w.run(all.ctx, informer.Informer(), true)
		return
	}
	resource, reason, err := s.watchable(ref)
	switch {
	case err != nil:
		all.mu.Lock()
		defer all.mu.Unlock()
		delete(all.byKind, w.kind)
	case reason != "":
		klog.FromContext(all.ctx).Info("Cannot watch targets; requesting the scale at each evaluation", "kind", w.kind, "reason", reason)
	default:
		w.run(all.ctx, all.metadata.ForResource(resource).Informer(), false)
	}
}

// watchable returns the resource of a kind to watch, or the reason why it cannot be watched.
func (s *Scales) watchable(ref Ref) (resource schema.GroupVersionResource, reason string, err error) {
	kind, err := ref.kind()
	if err != nil {
		return resource, "", err
	}
	mapping, err := s.mapper.RESTMapping(kind)
	if err != nil {
		return resource, "", err
	}
	served, err := s.watches.discover.ServerResourcesForGroupVersion(mapping.Resource.GroupVersion().String())
	if err != nil {
		return resource, "", err
	}
	return mapping.Resource, unwatchable(served, mapping.Resource.Resource), nil
}

// unwatchable returns the reason why a resource cannot be watched for its scale; empty if it can.
func unwatchable(served *metav1.APIResourceList, resource string) string {
	verbs, hasScale := []string(nil), false
	for i := range served.APIResources {
		switch served.APIResources[i].Name {
		case resource:
			verbs = served.APIResources[i].Verbs
		case resource + "/scale":
			hasScale = true
		}
	}
	switch {
	case !hasScale:
		return "it has no scale subresource"
	case !slices.Contains(verbs, "list") || !slices.Contains(verbs, "watch"):
		return "the API server serves it without list and watch, only with " + strings.Join(verbs, ", ")
	default:
		return ""
	}
}
