package importing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
)

// resource is a kind in a cluster.
type resource struct {
	schema.GroupVersionResource
	namespaced bool
}

func namespaced(group, version, plural string) resource {
	return resource{schema.GroupVersionResource{Group: group, Version: version, Resource: plural}, true}
}

var (
	hpas = namespaced("autoscaling", "v2", "horizontalpodautoscalers")
	// clusterSchedules serve all namespaces.
	clusterSchedules = resource{schema.GroupVersionResource{Group: "zalando.org", Version: "v1", Resource: "clusterscalingschedules"}, false}
)

// resources are those that an import reads.
var resources = map[importer.Source][]resource{
	importer.HPA:             {hpas},
	importer.ScaledObject:    {namespaced("keda.sh", "v1alpha1", "scaledobjects")},
	importer.CronHPA:         {namespaced("autoscaling.alibabacloud.com", "v1beta1", "cronhorizontalpodautoscalers")},
	importer.ScalingSchedule: {namespaced("zalando.org", "v1", "scalingschedules"), clusterSchedules},
}

// reader reads the objects of an import from a cluster.
type reader struct {
	source  importer.Source
	objects *cluster.Objects
}

// read reads the objects of those names, or all without names, and beside them the HorizontalPodAutoscalers that they may
// refer to.
func (r *reader) read(ctx context.Context, names []string) (objects, beside []map[string]any, err error) {
	if r.source != importer.HPA {
		if beside, _, err = r.objects.List(ctx, hpas.GroupVersionResource, true); err != nil {
			return nil, nil, err
		}
	}
	if len(names) == 0 {
		objects, err = r.all(ctx, beside)
		return objects, beside, err
	}
	for _, name := range names {
		object, err := r.one(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		objects = append(objects, object)
	}
	return objects, beside, nil
}

func (r *reader) one(ctx context.Context, name string) (map[string]any, error) {
	for _, from := range resources[r.source] {
		object, found, err := r.objects.Get(ctx, from.GroupVersionResource, from.namespaced, name)
		if err != nil || found {
			return object, err
		}
	}
	return nil, fmt.Errorf("%s %q not found in namespace %q; use -n for another namespace", resources[r.source][0].GroupResource(), name, r.objects.Namespace())
}

func (r *reader) all(ctx context.Context, beside []map[string]any) ([]map[string]any, error) {
	var objects []map[string]any
	known := false
	for _, from := range resources[r.source] {
		found, exists, err := r.objects.List(ctx, from.GroupVersionResource, from.namespaced)
		if err != nil {
			return nil, err
		}
		if known = known || exists; !from.namespaced && r.objects.Namespace() != "" {
			found = slices.DeleteFunc(found, func(object map[string]any) bool { return !refersTo(beside, object) })
		}
		objects = append(objects, found...)
	}
	where := "the cluster"
	if r.objects.Namespace() != "" {
		where = fmt.Sprintf("namespace %q", r.objects.Namespace())
	}
	switch kind := resources[r.source][0].GroupResource(); {
	case !known:
		return nil, fmt.Errorf("the cluster does not have %s: nothing to import", kind)
	case len(objects) == 0:
		return nil, fmt.Errorf("no %s in %s; use -n for another namespace, or -A for all", kind, where)
	}
	return objects, nil
}

// refersTo reports whether a metric of an HPA describes the object, whose kind serves all namespaces.
func refersTo(hpas []map[string]any, object map[string]any) bool {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	for _, hpa := range hpas {
		spec, _ := hpa["spec"].(map[string]any)
		metrics, _ := spec["metrics"].([]any)
		for _, metric := range metrics {
			of, _ := metric.(map[string]any)
			source, _ := of["object"].(map[string]any)
			described, _ := source["describedObject"].(map[string]any)
			if described["name"] == name && described["kind"] == object["kind"] {
				return true
			}
		}
	}
	return false
}

// complete lists the names that begin with a text, none where the cluster does not answer.
func (r *reader) complete(ctx context.Context, begin string) []string {
	var names []string
	for _, from := range resources[r.source] {
		found, _, err := r.objects.List(ctx, from.GroupVersionResource, from.namespaced)
		if err != nil {
			continue
		}
		for _, object := range found {
			metadata, _ := object["metadata"].(map[string]any)
			if name, _ := metadata["name"].(string); strings.HasPrefix(name, begin) {
				names = append(names, name)
			}
		}
	}
	return names
}
