package survey

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/target"
)

// reader reads kinds side by side, each in one request.
type reader struct {
	namespace string
	kube      kubernetes.Interface
	dynamic   dynamic.Interface
	refuse    Refuse

	reads sync.WaitGroup
	// mutex guards the snapshot and err.
	mutex    sync.Mutex
	snapshot *doctor.Snapshot
	err      error
}

// Refuse returns why a kind must not be read, by the name that [doctor.Snapshot] has for it; nil where it may.
type Refuse func(resource string) error

// Read reads a namespace, or all if namespace is empty, in at most 20 requests at any number of objects. It fails if it cannot read
// HorizontalPodAutoscalers; other kinds that it cannot read are named in the snapshot.
func Read(ctx context.Context, config *rest.Config, namespace string) (*doctor.Snapshot, error) {
	return ReadSome(ctx, config, namespace, nil)
}

// ReadSome is [Read] without the kinds that refuse has a reason for; nil refuses none. The snapshot has the reasons.
func ReadSome(ctx context.Context, config *rest.Config, namespace string, refuse Refuse) (*doctor.Snapshot, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1 // the number of requests is bounded
	r := &reader{namespace: namespace, refuse: refuse, snapshot: New()}
	var err error
	if r.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	config.ContentType, config.AcceptContentTypes = "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf,application/json"
	if r.kube, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	r.readKinds(ctx)
	r.readMetricNames(ctx)
	r.reads.Wait()
	r.snapshot.Now = time.Now()
	return r.snapshot, r.err
}

// New returns an empty snapshot that observes pods as the autoscaler does.
func New() *doctor.Snapshot {
	return &doctor.Snapshot{Now: time.Now(), NotRead: map[string]string{}, Observe: observe}
}

// observe uses the requests of the spec, as the HPA controller does.
func observe(pods []*corev1.Pod) doctor.Observation {
	kept := make([]*target.Pod, len(pods))
	for i, pod := range pods {
		kept[i] = target.NewPod(pod)
	}
	seen := target.Observe(kept)
	return doctor.Observation{
		Pods: seen, BlockedBy: target.BlockedBy(kept, seen),
		Requests: func(resource corev1.ResourceName, container string) ([]int64, string) {
			return target.Requests(kept, resource, container, true)
		},
	}
}

// cached are the options of a list that the API server answers from its cache, whole.
var cached = metav1.ListOptions{ResourceVersion: "0"}

// read runs list in the background and keeps its result, or the reason of its error.
func read[L any](r *reader, resource string, list func() (L, error), keep func(L)) {
	if r.refuse != nil {
		if err := r.refuse(resource); err != nil {
			r.mutex.Lock()
			defer r.mutex.Unlock()
			r.snapshot.NotRead[resource] = err.Error()
			return
		}
	}
	r.reads.Go(func() {
		found, err := list()
		r.mutex.Lock()
		defer r.mutex.Unlock()
		switch {
		case err == nil:
			keep(found)
		case resource == "horizontalpodautoscalers":
			r.err = fmt.Errorf("listing HorizontalPodAutoscalers: %w", err)
		case apierrors.IsNotFound(err): // the cluster does not have the kind
		default:
			r.snapshot.NotRead[resource] = err.Error()
		}
	})
}

// readObjects reads a kind without a typed client.
func (r *reader) readObjects(ctx context.Context, name string, resource schema.GroupVersionResource, namespaced bool, options metav1.ListOptions) {
	var client dynamic.ResourceInterface = r.dynamic.Resource(resource)
	if namespaced {
		client = r.dynamic.Resource(resource).Namespace(r.namespace)
	}
	read(r, name, func() ([]map[string]any, error) {
		list, err := client.List(ctx, options)
		if err != nil {
			return nil, err
		}
		var objects []map[string]any
		for i := range list.Items {
			objects = append(objects, list.Items[i].Object)
		}
		return objects, nil
	}, func(objects []map[string]any) {
		for _, object := range objects {
			if err := r.snapshot.Add(object); err != nil {
				r.snapshot.NotRead[name] = err.Error()
			}
		}
	})
}
