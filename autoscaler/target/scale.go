package target

import (
	"context"
	"errors"
	"fmt"
	"sync"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	batchclient "k8s.io/client-go/kubernetes/typed/batch/v1"
	"k8s.io/client-go/scale"
)

// Ref names a scale target.
type Ref struct {
	Namespace, APIVersion, Kind, Name string
}

// String returns the target as kind/name.
func (r Ref) String() string { return r.Kind + "/" + r.Name }

// Key returns the namespace, kind and name of the target, without the version, because an object has several.
func (r Ref) Key() string {
	return r.Namespace + "/" + schema.FromAPIVersionAndKind(r.APIVersion, r.Kind).GroupKind().String() + "/" + r.Name
}

// kind returns the kind of the target. As in the HPA controller the version does not matter: the scale is the same in all.
func (r Ref) kind() (schema.GroupKind, error) {
	version, err := schema.ParseGroupVersion(r.APIVersion)
	if err != nil {
		return schema.GroupKind{}, fmt.Errorf("scaleTargetRef.apiVersion %q: must be group/version: %w", r.APIVersion, err)
	}
	return schema.GroupKind{Group: version.Group, Kind: r.Kind}, nil
}

// Scale is the scale of a target. With Err, the other fields are zero.
type Scale struct {
	Replicas, StatusReplicas int32
	// Selector of the target's pods, in the string form of a label selector; empty where the scale has none.
	Selector string
	Err      error
	// Refused is why the controller of the target cannot create its pods, in the words of the API server; empty where it can, and
	// for kinds that do not report it.
	Refused string
	// Ordered reports that the controller creates a pod only after the one before is ready.
	Ordered bool

	parsed   labels.Selector // of Selector; nil if it is not parsed yet
	resource schema.GroupResource
	uid      types.UID
	version  string       // resource version
	job      *batchv1.Job // of a Job
}

// UID returns the UID of the target.
func (s *Scale) UID() types.UID { return s.uid }

// newScale returns the scale of a scale subresource.
func newScale(resource schema.GroupResource, object *autoscalingv1.Scale) Scale {
	return Scale{
		Replicas:       object.Spec.Replicas,
		StatusReplicas: object.Status.Replicas,
		Selector:       object.Status.Selector,
		resource:       resource,
		uid:            object.UID,
		version:        object.ResourceVersion,
	}
}

// Attainable returns the replicas that the target can be scaled to now, of the wanted ones. Deleted pods of a Job leave their
// items unfinished, so a Job scales in as its pods finish. Other targets can be scaled to any count.
func (s *Scale) Attainable(wanted int32) int32 {
	if s.job == nil || wanted >= s.Replicas {
		return wanted
	}
	return max(wanted, min(s.Replicas, atWork(s.job)))
}

// maxSelector is the maximum length of a selector in bytes, because every evaluation matches it.
const maxSelector = 16 << 10

// PodSelector parses the selector. An empty one is an error, because it would select every pod.
func (s *Scale) PodSelector() (labels.Selector, error) {
	if s.Selector == "" {
		return nil, errors.New("the target's scale has no selector, so its pods are unknown: set status.selector in its scale subresource")
	}
	if len(s.Selector) > maxSelector {
		return nil, fmt.Errorf("the selector of the target's scale has %d bytes, more than %d: select by fewer labels", len(s.Selector), maxSelector)
	}
	if s.parsed != nil {
		return s.parsed, nil
	}
	selector, err := labels.Parse(s.Selector)
	if err != nil {
		return nil, fmt.Errorf("the target's scale has an invalid selector %q: %w", s.Selector, err)
	}
	return selector, nil
}

// Scales reads and writes the scale subresource of all kinds that have one, and the parallelism of Jobs, which do not.
type Scales struct {
	jobs   *jobs // nil without a client for them
	client scale.ScalesGetter
	mapper meta.ResettableRESTMapper
	// watches has the scales that informers have; nil without informers.
	watches *watches
	// inFlight bounds the concurrent requests of one Read.
	inFlight int
}

// NewScales returns Scales. It resets the mapper when a kind is unknown, because the CRD may be newer than the mapper.
func NewScales(client scale.ScalesGetter, mapper meta.ResettableRESTMapper) *Scales {
	return &Scales{client: client, mapper: mapper, inFlight: 16}
}

// WithJobs adds Jobs to the kinds.
func (s *Scales) WithJobs(client batchclient.JobsGetter) *Scales {
	s.jobs = &jobs{client}
	return s
}

// Read returns the scale of each target, in the order of refs. It requests the scales that no informer has.
func (s *Scales) Read(ctx context.Context, refs []Ref) []Scale {
	scales := make([]Scale, len(refs))
	slots := make(chan struct{}, s.inFlight)
	var wg sync.WaitGroup
	for i, ref := range refs {
		if scale, found := s.watched(ref); found {
			scales[i] = scale
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			scales[i] = s.request(ctx, ref)
		})
	}
	wg.Wait()
	return scales
}

// request reads a scale from the API server.
func (s *Scales) request(ctx context.Context, ref Ref) Scale {
	if s.jobs != nil && isJob(ref) {
		return s.keep(ref, s.jobs.read(ctx, ref))
	}
	resources, err := s.resourcesOf(ref)
	if err != nil {
		return Scale{Err: err}
	}
	var first error
	for _, resource := range resources {
		object, err := s.client.Scales(ref.Namespace).Get(ctx, resource, ref.Name, metav1.GetOptions{})
		if err == nil {
			return s.keep(ref, newScale(resource, object))
		}
		if first == nil {
			first = err
		}
	}
	return Scale{Err: fmt.Errorf("reading the scale of %s: %w", ref, first)}
}

// resourcesOf returns the resources of a kind.
func (s *Scales) resourcesOf(ref Ref) ([]schema.GroupResource, error) {
	kind, err := ref.kind()
	if err != nil {
		return nil, err
	}
	mappings, err := s.mapper.RESTMappings(kind)
	if meta.IsNoMatchError(err) {
		s.mapper.Reset()
		mappings, err = s.mapper.RESTMappings(kind)
	}
	if err != nil {
		return nil, fmt.Errorf("scaleTargetRef.kind %s: not served by the API server: %w", kind, err)
	}
	resources := make([]schema.GroupResource, 0, len(mappings))
	for _, mapping := range mappings {
		resources = append(resources, mapping.Resource.GroupResource())
	}
	return resources, nil
}
