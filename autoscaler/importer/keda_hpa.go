package importer

import (
	"slices"
	"strconv"
	"strings"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// findKEDAHPAs collects the HorizontalPodAutoscalers that KEDA has made of ScaledObjects.
func (im *importer) findKEDAHPAs(all []*object) {
	for _, o := range all {
		if owner := scaledObjectOf(o); owner != "" {
			im.kedaHPAs[o.namespace+"/"+owner] = o
		}
	}
}

// scaledObjectOf returns the name of the ScaledObject of which KEDA has made an HPA; empty for other objects.
func scaledObjectOf(o *object) string {
	if o.kind != "HorizontalPodAutoscaler" || o.group() != "autoscaling" {
		return ""
	}
	metadata, _ := o.root["metadata"].(map[string]any)
	owners, _ := metadata["ownerReferences"].([]any)
	for _, owner := range owners {
		if fields, _ := owner.(map[string]any); fields["kind"] == "ScaledObject" {
			name, _ := fields["name"].(string)
			return name
		}
	}
	if name, found := strings.CutPrefix(o.name, "keda-hpa-"); found {
		return name
	}
	return ""
}

// isOfKEDA reports whether KEDA makes the object of a ScaledObject, which is the one to import.
func (im *importer) isOfKEDA(o *object) bool {
	return im.origin.group != "keda.sh" && im.reads(o) && scaledObjectOf(o) != "" || im.origin.group == "keda.sh" && im.kedaHPAs[o.namespace+"/"+scaledObjectOf(o)] == o
}

func (im *importer) readKEDAHPA(o *object) {
	owner := scaledObjectOf(o)
	if im.origin.group == "keda.sh" {
		o.markAllRead()
		o.note("KEDA makes it of ScaledObject %s, and deletes it while that is paused; the metrics that KEDA measures are read from it", owner)
		return
	}
	im.result.Found++
	o.leftOut("KEDA makes it of ScaledObject %s, and would make it again: run flyball import scaledobject on that, which also carries over its windows, fallback and scale to zero", owner)
	o.leaveAll()
}

// madeMetrics returns the External metrics that KEDA has made of a trigger; found is false without KEDA's HPA.
func (so *scaledObject) madeMetrics(index int) (metrics []v1alpha1.MetricSpec, found bool) {
	hpa := so.im.kedaHPAs[so.namespace+"/"+so.name]
	if hpa == nil || !strings.HasPrefix(hpa.apiVersion, "autoscaling/v2") {
		return nil, false
	}
	spec := newObject(hpa.root, &report{}).field("spec").child("metrics") // a report of its own: KEDA writes the HPA
	var all []v1alpha1.MetricSpec
	if !decode(spec, &all) {
		return nil, false
	}
	prefix := "s" + strconv.Itoa(index) + "-"
	return slices.DeleteFunc(all, func(m v1alpha1.MetricSpec) bool {
		return m.External == nil || !strings.HasPrefix(m.External.Metric.Name, prefix)
	}), true
}
