package target

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	autoscalinginformers "k8s.io/client-go/informers/autoscaling/v2"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// Scalers are the HorizontalPodAutoscalers of the cluster, by their targets.
type Scalers struct {
	informer cache.SharedIndexInformer
	// denied is true once the API server has denied the watch.
	denied atomic.Bool
}

// scaler is a HorizontalPodAutoscaler in the informer.
type scaler struct {
	namespace, name, version string
	// target is the key of the object that it scales; empty for one that scales nothing.
	target string
}

// GetObjectMeta returns the metadata by which informers and their stores identify the object.
func (s *scaler) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{Namespace: s.namespace, Name: s.name, ResourceVersion: s.version}
}

const byTarget = "target"

// NewScalers returns the HorizontalPodAutoscalers of a namespace, or of all for "".
func NewScalers(client kubernetes.Interface, namespace string) (*Scalers, error) {
	s := &Scalers{informer: autoscalinginformers.NewHorizontalPodAutoscalerInformer(client, namespace, 0, cache.Indexers{
		byTarget: func(object any) ([]string, error) {
			if s, ok := object.(*scaler); ok && s.target != "" {
				return []string{s.target}, nil
			}
			return nil, nil
		},
	})}
	err := s.informer.SetTransform(compactScaler)
	if err == nil {
		err = s.informer.SetWatchErrorHandlerWithContext(s.failed)
	}
	if err != nil {
		return nil, fmt.Errorf("watching HorizontalPodAutoscalers: %w", err)
	}
	return s, nil
}

// OnChange makes the watch call f with the key of a target, by [Ref.Key], after a HorizontalPodAutoscaler has begun or ceased to
// scale it. f must not block.
func (s *Scalers) OnChange(f func(target string)) error {
	if s == nil {
		return nil
	}
	if _, err := s.informer.AddEventHandler(onTarget(f)); err != nil {
		return fmt.Errorf("watching HorizontalPodAutoscalers: %w", err)
	}
	return nil
}

// Run watches until ctx ends.
func (s *Scalers) Run(ctx context.Context) { s.informer.RunWithContext(ctx) }

// HasSynced reports whether the HorizontalPodAutoscalers are read, or may not be read.
func (s *Scalers) HasSynced() bool { return s == nil || s.informer.HasSynced() || s.denied.Load() }

// Of returns the name of a HorizontalPodAutoscaler that scales the target with a key; empty if none does. A nil Scalers has none.
func (s *Scalers) Of(target string) string {
	if s == nil {
		return ""
	}
	found, err := s.informer.GetIndexer().ByIndex(byTarget, target)
	if err != nil || len(found) == 0 { // the informer has the index
		return ""
	}
	var names []string
	for _, object := range found {
		if s, ok := object.(*scaler); ok {
			names = append(names, s.name)
		}
	}
	return slices.Min(names)
}

// failed handles an error of the informer, which then tries again. The loop does not wait for a watch that is denied.
func (s *Scalers) failed(ctx context.Context, reflector *cache.Reflector, err error) {
	if !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) {
		cache.DefaultWatchErrorHandler(ctx, reflector, err)
		return
	}
	if !s.denied.Swap(true) {
		klog.FromContext(ctx).Info("Cannot watch HorizontalPodAutoscalers; those that scale the target of a HorizontalAutoscaler are not found "+
			"until list and watch are permitted", "reason", err.Error())
	}
}

// compactScaler is the transform of the informer.
func compactScaler(object any) (any, error) {
	hpa, ok := object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		return object, nil // compact already, or a cache.DeletedFinalStateUnknown
	}
	s := &scaler{namespace: hpa.Namespace, name: hpa.Name, version: hpa.ResourceVersion}
	if !disabled(hpa.Spec.Behavior) {
		to := &hpa.Spec.ScaleTargetRef
		s.target = Ref{Namespace: hpa.Namespace, APIVersion: to.APIVersion, Kind: to.Kind, Name: to.Name}.Key()
	}
	return s, nil
}

// disabled reports whether a HorizontalPodAutoscaler scales in neither direction.
func disabled(b *autoscalingv2.HorizontalPodAutoscalerBehavior) bool {
	off := func(rules *autoscalingv2.HPAScalingRules) bool {
		return rules != nil && rules.SelectPolicy != nil && *rules.SelectPolicy == autoscalingv2.DisabledPolicySelect
	}
	return b != nil && off(b.ScaleUp) && off(b.ScaleDown)
}

// onTarget returns a handler that calls changed with each target that begins or ceases to be one.
func onTarget(changed func(target string)) cache.ResourceEventHandlerFuncs {
	targetOf := func(object any) string {
		if deleted, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = deleted.Obj
		}
		s, ok := object.(*scaler)
		if !ok {
			return ""
		}
		return s.target
	}
	call := func(target string) {
		if target != "" {
			changed(target)
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { call(targetOf(object)) },
		DeleteFunc: func(object any) { call(targetOf(object)) },
		UpdateFunc: func(before, after any) {
			if older, newer := targetOf(before), targetOf(after); older != newer {
				call(older)
				call(newer)
			}
		},
	}
}
