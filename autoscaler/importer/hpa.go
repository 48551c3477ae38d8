package importer

import (
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// readHPA imports a HorizontalPodAutoscaler, whose v2 spec it copies.
func (im *importer) readHPA(o *object) {
	spec := o.field("spec")
	ha := v1alpha1.HorizontalAutoscalerSpec{}
	ok := decode(spec.child("scaleTargetRef"), &ha.ScaleTargetRef)
	ok = decode(spec.child("minReplicas"), &ha.MinReplicas) && ok
	ok = decode(spec.child("maxReplicas"), &ha.MaxReplicas) && ok
	switch o.apiVersion {
	case "autoscaling/v1":
		ok = im.readV1(o, &ha) && ok
	case "autoscaling/v2beta1":
		ok = readV2beta1(spec.child("metrics"), &ha) && ok
	default:
		ok = decode(spec.child("metrics"), &ha.Metrics) && ok
		ok = decode(spec.child("behavior"), &ha.Behavior) && ok
	}
	if last, removed := removedVersions[o.apiVersion]; removed {
		o.note("apiVersion %s: Kubernetes %s removed it; read as autoscaling/v2", o.apiVersion, last)
	}
	if ok && im.addAutoscaler(o, o.name, ha) {
		o.note("the HorizontalPodAutoscaler and the HorizontalAutoscaler %s must not scale the target at the same time: delete the first before the second enforces", o.name)
	}
}

// decode decodes a field into a value of our API, and reports a value that does not fit.
func decode(n node, value any) bool {
	if !n.present {
		return true
	}
	if err := n.into(value); err != nil {
		n.leftOut("cannot be read: %v", err)
		return false
	}
	return true
}

// hpa holds the bounds and the metrics of a HorizontalPodAutoscaler that stays in place.
type hpa struct {
	*object
	min, max int32
	hasMax   bool
	// targetKind and targetName are what it scales.
	targetKind, targetName string
	schedules              []scheduleUse
	// used says that a window holds for it, and beside that it is not one of the objects to import.
	used, beside bool
}

// readHPAs collects the HorizontalPodAutoscalers that objects of the source may refer to.
func (im *importer) readHPAs(all []*object, beside bool) {
	if !im.origin.usesHPA {
		return
	}
	for _, o := range all {
		if o.kind != "HorizontalPodAutoscaler" || o.group() != "autoscaling" {
			continue
		}
		h := &hpa{object: o, min: 1, beside: beside}
		spec := o.field("spec")
		if least, ok := spec.child("minReplicas").count(); ok {
			h.min = least
		}
		h.max, h.hasMax = spec.child("maxReplicas").count()
		ref := spec.child("scaleTargetRef")
		h.targetKind, h.targetName = ref.child("kind").textOr(""), ref.child("name").textOr("")
		h.schedules = schedulesOf(spec.child("metrics"))
		o.markAllRead() // it stays in place
		im.hpas = append(im.hpas, h)
	}
}

// findHPA returns the HorizontalPodAutoscaler of that name in the input, or nil.
func (im *importer) findHPA(namespace, name string) *hpa {
	i := slices.IndexFunc(im.hpas, func(h *hpa) bool { return h.namespace == namespace && h.name == name })
	if i < 0 {
		return nil
	}
	return im.hpas[i]
}

func (h *hpa) reportUse() {
	switch {
	case !h.used && h.beside:
	case !h.used:
		h.note("no object of the input that is imported refers to it; it stays as it is")
	case len(h.schedules) > 0:
		var metrics []string
		for _, s := range h.schedules {
			metrics = append(metrics, s.source.path)
		}
		h.note("it stays in place, and ScaleWindows set its bounds; remove %s once kube-metrics-adapter is gone, because a metric that cannot be read keeps an HPA from scaling down", strings.Join(metrics, ", "))
	default:
		h.note("it stays in place with all its fields, and ScaleWindows set its bounds")
	}
}
