package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// scaledObjectObject is what is read of a ScaledObject.
type scaledObjectObject struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        objectName `json:"metadata"`
	Spec            struct {
		ScaleTargetRef  targetRef `json:"scaleTargetRef"`
		MaxReplicaCount *int32    `json:"maxReplicaCount"`
		Triggers        []trigger `json:"triggers"`
	} `json:"spec"`
}

type trigger struct {
	Type     string            `json:"type"`
	Name     string            `json:"name"`
	Metadata map[string]string `json:"metadata"`
}

// defaultMaxReplicaCount is KEDA's.
const defaultMaxReplicaCount = 100

// scaledObject imports the cron triggers of a ScaledObject. Each is a floor: KEDA takes the largest of all triggers.
func (im *importer) scaledObject(document []byte) error {
	var o scaledObjectObject
	if err := json.Unmarshal(document, &o); err != nil {
		return fmt.Errorf("%w; the values of a trigger's metadata are strings", err)
	}
	if o.Kind != "ScaledObject" {
		return nil
	}
	im.found++
	about := "scaledobject/" + o.Metadata.Name
	before := len(im.windows)
	for i := range o.Spec.Triggers {
		t := &o.Spec.Triggers[i]
		if t.Type != "cron" {
			im.note(about, "triggers[%d] of type %s is a metric and not imported; write it into the autoscaler's metrics", i, t.Type)
			continue
		}
		im.cronTrigger(fmt.Sprintf("%s, triggers[%d]", about, i), &o, i)
	}
	if len(im.windows) > before {
		im.note(about, "the windows are for a HorizontalAutoscaler of the target's name, %s, whose minReplicas are minReplicaCount", o.Spec.ScaleTargetRef.Name)
		im.wrong(about, "the end is late by the cooldown and by the HPA's stabilisation; a window ends at its second")
	}
	return nil
}

func (im *importer) cronTrigger(about string, o *scaledObjectObject, i int) {
	t := &o.Spec.Triggers[i]
	start, end, zone := t.Metadata["start"], t.Metadata["end"], t.Metadata["timezone"]
	replicas, err := strconv.ParseInt(t.Metadata["desiredReplicas"], 10, 32)
	if err != nil || replicas < 0 {
		im.leave(about, "metadata.desiredReplicas is %q, not a count", t.Metadata["desiredReplicas"])
		return
	}
	if zone == "" {
		zone = im.zone
		im.note(about, "metadata.timezone is empty, which KEDA refuses; %s is taken", zone)
	}
	count := int32(replicas)
	w := v1alpha1.Window{Start: &start, End: &end, TimeZone: zone, MinReplicas: &count}
	name := o.Metadata.Name + "-cron"
	if t.Name != "" {
		name = o.Metadata.Name + "-" + t.Name
	}
	before := len(im.windows)
	im.add(about, objectName{name, o.Metadata.Namespace}, v1alpha1.WindowTarget{Kind: "HorizontalAutoscaler", Name: o.Spec.ScaleTargetRef.Name}, w)
	if len(im.windows) == before {
		return
	}
	if count >= 10 {
		im.wrong(about, "the count is a metric of an HPA, whose tolerance of 10%% leaves anything within a tenth of %d replicas; a window's floor is exact", count)
	}
	most := int32(defaultMaxReplicaCount)
	if o.Spec.MaxReplicaCount != nil {
		most = *o.Spec.MaxReplicaCount
	}
	if count > most {
		im.note(about, "desiredReplicas %d is above maxReplicaCount %d, which stands, here as there", count, most)
	}
	im.kedasRule(about, start, end, zone)
	if next := im.clocks(zone); next != "" {
		im.wrong(about, "when the clocks of %s change, next on %s, a start or end in the hour that is skipped is lost, and with it its pair: a window stays open for a day, or does not open; "+
			"here it happens when they have jumped", zone, next)
	}
}

// kedasRule looks at the coming year by KEDA's rule, which takes a window for open when its next end comes before its next
// start, with starts and ends that are right.
func (im *importer) kedasRule(about, start, end, zone string) {
	compile := func(timing schedule.Timing) schedule.Window {
		w, err := schedule.Compile("w", timing)
		if err != nil {
			return schedule.Window{} // not reached: the window was compiled already
		}
		return w
	}
	window := compile(schedule.Timing{Start: start, End: end, TimeZone: zone})
	starts := compile(schedule.Timing{Start: start, Duration: time.Second, TimeZone: zone})
	ends := compile(schedule.Timing{Start: end, Duration: time.Second, TimeZone: zone})
	const pace = 10 * time.Minute
	var first time.Time
	wrong, all := 0, 0
	for at := im.now.UTC().Truncate(24 * time.Hour); at.Before(im.now.AddDate(1, 0, 0)); at = at.Add(pace) {
		all++
		nextStart, _ := starts.Next(at)
		nextEnd, _ := ends.Next(at)
		if _, open := window.Open(at); open == !nextEnd.Start.After(nextStart.Start) {
			continue
		}
		if wrong++; wrong == 1 {
			first = at.In(nextStart.Start.Location())
		}
	}
	if wrong > 0 {
		im.wrong(about, "KEDA takes it for open when its next end comes before its next start, which would be wrong on %d%% of the coming year, first on %s",
			max(1, 100*wrong/all), first.Format("Mon 2006-01-02 15:04 -07:00"))
	}
}
