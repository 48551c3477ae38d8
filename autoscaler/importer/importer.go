package importer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// Source is a system whose objects can be imported.
type Source string

// The sources, named as on the command line.
const (
	HPA             Source = "hpa"
	ScaledObject    Source = "scaledobject"
	CronHPA         Source = "cronhpa"
	ScalingSchedule Source = "scalingschedule"
)

// Options are the options of an import.
type Options struct {
	// Now is when dates that are excluded each year begin to be written out, and the year begins that is checked.
	Now time.Time
	// TimeZone of schedules that name none, by its IANA name.
	TimeZone string
	// Mode of the HorizontalAutoscalers; empty for that of the imported object.
	Mode v1alpha1.Mode
	// Beside are objects that those of the source may refer to, such as the other HorizontalPodAutoscalers of their namespace. The
	// report names only those that are used.
	Beside []map[string]any
}

// origin lists the objects that a source reads.
type origin struct {
	group    string
	versions []string
	kinds    []string
	// usesHPA says that HorizontalPodAutoscalers in the input give the bounds and stay in place.
	usesHPA bool
	read    func(*importer, *object)
}

func (source Source) origin() (origin, bool) {
	switch source {
	case HPA:
		return origin{"autoscaling", []string{"v1", "v2", "v2beta2", "v2beta1"}, []string{"HorizontalPodAutoscaler"}, false, (*importer).readHPA}, true
	case ScaledObject:
		return origin{"keda.sh", []string{"v1alpha1"}, []string{"ScaledObject"}, false, (*importer).readScaledObject}, true
	case CronHPA:
		return origin{"autoscaling.alibabacloud.com", []string{"v1beta1"}, []string{"CronHorizontalPodAutoscaler"}, true, (*importer).readCronHPA}, true
	case ScalingSchedule:
		return origin{"zalando.org", []string{"v1"}, []string{"ScalingSchedule", "ClusterScalingSchedule"}, true, (*importer).readScalingSchedule}, true
	default:
		return origin{}, false
	}
}

// SourceOf returns the source that reads objects of a kind.
func SourceOf(apiVersion, kind string) (Source, bool) {
	group, _, _ := strings.Cut(apiVersion, "/")
	for _, source := range []Source{HPA, ScaledObject, CronHPA, ScalingSchedule} {
		if o, _ := source.origin(); o.group == group && slices.Contains(o.kinds, kind) {
			return source, true
		}
	}
	return "", false
}

// importer is one import.
type importer struct {
	Options
	origin origin
	result Result
	report report
	hpas   []*hpa
	// kedaHPAs are those that KEDA has made, by the namespace and name of their ScaledObject.
	kedaHPAs map[string]*object
	// targets of cronhpas that were read already, by kind, namespace and name.
	targets map[string]*object
}

// Import converts the objects of a source. Objects are decoded JSON, in which whole numbers are int64 or float64; lists are read
// item by item. The report names objects of other kinds.
func Import(source Source, objects []map[string]any, options Options) (*Result, error) {
	o, ok := source.origin()
	if !ok {
		return nil, fmt.Errorf("import: Unsupported value: %q: must be hpa, scaledobject, cronhpa or scalingschedule", source)
	}
	im := &importer{Options: options, origin: o, targets: map[string]*object{}, kedaHPAs: map[string]*object{}}
	var all, beside []*object
	for _, root := range objects {
		all = append(all, im.flatten(root)...)
	}
	for _, root := range options.Beside {
		beside = append(beside, im.flatten(root)...)
	}
	im.readHPAs(all, false)
	im.readHPAs(beside, true)
	im.findKEDAHPAs(append(beside, all...))
	for _, o := range all {
		im.readObject(o)
	}
	for _, h := range im.hpas {
		h.reportUse()
	}
	for _, o := range all {
		o.finish()
	}
	im.result.Report = im.report.entries
	return &im.result, nil
}

// flatten returns the object, or the items of a list.
func (im *importer) flatten(root map[string]any) []*object {
	o := newObject(root, &im.report)
	items, isList := root["items"].([]any)
	if !isList || !strings.HasSuffix(o.kind, "List") {
		return []*object{o}
	}
	o.field("items").markRead()
	o.finish()
	var all []*object
	for i, item := range items {
		inner, ok := item.(map[string]any)
		if !ok {
			o.leftOut("items[%d] is no object: write apiVersion, kind, metadata and spec", i)
			continue
		}
		all = append(all, im.flatten(inner)...)
	}
	return all
}

func (im *importer) readObject(o *object) {
	switch {
	case im.isUsed(o):
	case im.isOfKEDA(o):
		im.readKEDAHPA(o)
	case im.reads(o):
		im.result.Found++
		if o.name == "" {
			o.leftOut("metadata.name: Required value: the object has no name")
			o.leaveAll()
			return
		}
		im.origin.read(im, o)
	default:
		im.readOther(o)
	}
}

// reads reports whether the source converts the object.
func (im *importer) reads(o *object) bool {
	group, version, _ := strings.Cut(o.apiVersion, "/")
	return group == im.origin.group && slices.Contains(im.origin.versions, version) && slices.Contains(im.origin.kinds, o.kind)
}

func (im *importer) isUsed(o *object) bool {
	return slices.ContainsFunc(im.hpas, func(h *hpa) bool { return h.object == o })
}

// clockChange returns the date of the next clock change of a zone, or an empty string for never.
func (im *importer) clockChange(zone string) string {
	location, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	_, end := im.Now.In(location).ZoneBounds()
	if end.IsZero() {
		return ""
	}
	return end.Format(time.DateOnly)
}
