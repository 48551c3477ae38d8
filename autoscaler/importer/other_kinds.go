package importer

import (
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// readOther reports an object of a kind that the source does not convert: as left out if the kind scales other objects, else as a
// note.
func (im *importer) readOther(o *object) {
	defer o.markAllRead()
	switch {
	case o.kind == "":
		o.leftOut("kind: Required value: write apiVersion, kind, metadata and spec")
	case o.group() == v1alpha1.SchemeGroupVersion.Group:
		o.note("apiVersion %s: already an object of Flyball; not printed again", o.apiVersion)
	case slices.Contains(im.origin.kinds, o.kind):
		im.result.Found++
		o.leftOut("apiVersion: Unsupported value: %q: this import reads kind %s of %s/%s; another group or version has other fields, "+
			"so nothing was read: convert the object, or write its windows by hand", o.apiVersion, o.kind, im.origin.group, strings.Join(im.origin.versions, " and "))
		o.leaveAll()
	case o.kind == "ScaledJob" && o.group() == "keda.sh":
		im.result.Found++
		o.leftOut("KEDA starts a Job for each piece of work, and nothing in Flyball does; the object and its triggers are not imported: " +
			"keep KEDA for it, or scale one Job's parallelism with a HorizontalAutoscaler (docs/batch-workers.md)")
		o.leaveAll()
	case o.group() == "keda.sh" && strings.HasSuffix(o.kind, "TriggerAuthentication"):
		o.note("holds credentials of KEDA's triggers; the autoscaler reaches Prometheus with the credentials of --prometheus-config (docs/prometheus.md)")
	case scales(o):
		o.leftOut("apiVersion %s: this kind changes replica counts, and this import does not read it: %s", o.apiVersion, im.advice(o))
	default:
		o.note("apiVersion %s: not a kind that this import reads; it does not set replica counts of others", o.apiVersion)
	}
}

// scales reports whether a kind scales other objects, judged by its name.
func scales(o *object) bool {
	kind, group := strings.ToLower(o.kind), strings.ToLower(o.group())
	if kind == "verticalpodautoscaler" || kind == "verticalpodautoscalercheckpoint" || kind == "scale" {
		return false // they change no replica count of others
	}
	for _, word := range []string{"scal", "hpa"} {
		if strings.Contains(kind, word) || strings.Contains(group, word) {
			return true
		}
	}
	return group == "keda.sh" || group == "zalando.org"
}

// advice states how to import an object of a kind that another source reads.
func (im *importer) advice(o *object) string {
	if source, found := SourceOf(o.apiVersion, o.kind); found {
		return "run flyball import " + string(source) + " on it"
	}
	return "write a HorizontalAutoscaler or a ScaleWindow for it by hand"
}
