package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// scalingScheduleObject is what is read of a ScalingSchedule or ClusterScalingSchedule.
type scalingScheduleObject struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        objectName `json:"metadata"`
	Spec            struct {
		RampMinutes *int64              `json:"scalingWindowDurationMinutes"`
		Schedules   []scheduleOfZalando `json:"schedules"`
	} `json:"spec"`
}

type scheduleOfZalando struct {
	Type            string `json:"type"`
	Date            string `json:"date"`
	EndDate         string `json:"endDate"`
	DurationMinutes int64  `json:"durationMinutes"`
	Value           int64  `json:"value"`
	Period          struct {
		StartTime string   `json:"startTime"`
		EndTime   string   `json:"endTime"`
		Days      []string `json:"days"`
		Timezone  string   `json:"timezone"`
	} `json:"period"`
}

// scheduleUser is an HPA with the value of a schedule that one replica stands for.
type scheduleUser struct {
	hpa, namespace string
	kind, schedule string
	average        resource.Quantity
}

// usersOf are read of a HorizontalPodAutoscaler.
type usersOf struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        objectName `json:"metadata"`
	Spec            struct {
		Metrics []struct {
			Object struct {
				DescribedObject targetRef `json:"describedObject"`
				Target          struct {
					AverageValue *resource.Quantity `json:"averageValue"`
				} `json:"target"`
			} `json:"object"`
		} `json:"metrics"`
	} `json:"spec"`
}

// defaultRamp is kube-metrics-adapter's.
const defaultRamp = 10 * time.Minute

// scalingSchedule notes a schedule, or an HPA that may use one.
func (im *importer) scalingSchedule(document []byte) error {
	var meta metav1.TypeMeta
	if err := json.Unmarshal(document, &meta); err != nil {
		return err
	}
	switch meta.Kind {
	case "HorizontalPodAutoscaler":
		var hpa usersOf
		if err := json.Unmarshal(document, &hpa); err != nil {
			return err
		}
		for _, m := range hpa.Spec.Metrics {
			if d := m.Object.DescribedObject; m.Object.Target.AverageValue != nil && strings.HasSuffix(d.Kind, "ScalingSchedule") {
				im.users = append(im.users, scheduleUser{hpa.Metadata.Name, hpa.Metadata.Namespace, d.Kind, d.Name, *m.Object.Target.AverageValue})
			}
		}
	case "ScalingSchedule", "ClusterScalingSchedule":
		var o scalingScheduleObject
		if err := json.Unmarshal(document, &o); err != nil {
			return err
		}
		im.found++
		im.schedules = append(im.schedules, o)
	}
	return nil
}

func (im *importer) addSchedules(o *scalingScheduleObject) {
	about := strings.ToLower(o.Kind) + "/" + o.Metadata.Name
	var users []scheduleUser
	for _, u := range im.users {
		if u.kind == o.Kind && u.schedule == o.Metadata.Name {
			users = append(users, u)
		}
	}
	if len(users) == 0 {
		im.note(about, "no HorizontalPodAutoscaler in the file uses it, so its values are taken for replicas, and its name for that of a HorizontalAutoscaler; "+
			"add the HPAs to have values divided by their averageValue")
		users = []scheduleUser{{namespace: o.Metadata.Namespace, average: resource.MustParse("1")}}
	}
	for i := range o.Spec.Schedules {
		at := fmt.Sprintf("%s, schedules[%d]", about, i)
		w, err := im.timesOf(at, &o.Spec.Schedules[i])
		if err != nil {
			im.leave(at, "%v", err)
			continue
		}
		ramp := defaultRamp
		if o.Spec.RampMinutes != nil {
			ramp = time.Duration(*o.Spec.RampMinutes) * time.Minute
		}
		if text := v1alpha1.Duration(ramp.String()); ramp > 0 {
			w.Lead, w.Ramp = &text, &text
		}
		for _, u := range users {
			im.addFor(at, o, u, o.Spec.Schedules[i].Value, *w)
		}
	}
	im.wrong(about, "its value is a metric of an HPA, whose tolerance of 10%% and stabilisation stand between it and the count; a window's floor is exact")
}

// addFor adds the window of one user of a schedule.
func (im *importer) addFor(about string, o *scalingScheduleObject, u scheduleUser, value int64, w v1alpha1.Window) {
	per := u.average.AsApproximateFloat64()
	replicas := float64(value) / per
	if per <= 0 || replicas < 0 || replicas > 1e6 {
		im.leave(about, "value %d for an averageValue of %s is no count of replicas", value, u.average.String())
		return
	}
	count := int32(replicas)
	if float64(count) < replicas {
		count++
	}
	w.MinReplicas = &count
	target, name := v1alpha1.WindowTarget{Kind: "HorizontalAutoscaler", Name: o.Metadata.Name}, o.Metadata.Name
	if u.hpa != "" {
		target, name = v1alpha1.WindowTarget{Kind: "HorizontalPodAutoscaler", Name: u.hpa}, u.hpa+"-"+o.Metadata.Name
	}
	im.add(about, objectName{name, u.namespace}, target, w)
}

// timesOf a schedule as a window's.
func (im *importer) timesOf(about string, s *scheduleOfZalando) (*v1alpha1.Window, error) {
	lasts := time.Duration(s.DurationMinutes) * time.Minute
	if s.Type == "OneTime" {
		return onceOf(s, lasts)
	}
	if s.Type != "Repeating" {
		return nil, fmt.Errorf("type %q is neither OneTime nor Repeating", s.Type)
	}
	p := &s.Period
	start, err := time.Parse("15:04", p.StartTime)
	if err != nil {
		return nil, fmt.Errorf("period.startTime: %q is not a time such as 08:30", p.StartTime)
	}
	line := fmt.Sprintf("%d %d * * %s", start.Minute(), start.Hour(), strings.ToLower(strings.Join(p.Days, ",")))
	w := &v1alpha1.Window{Start: &line, TimeZone: p.Timezone}
	if p.Timezone == "" {
		w.TimeZone = im.zone
		im.note(about, "period.timezone is empty; %s is taken, and --time-zone says another", im.zone)
	}
	if _, err := time.LoadLocation(w.TimeZone); err != nil {
		im.wrong(about, "period.timezone %q is none, and kube-metrics-adapter takes its default in its place without a word", w.TimeZone)
	}
	midnight := start.Truncate(24*time.Hour).AddDate(0, 0, 1)
	over := start.Add(lasts).After(midnight)
	if p.EndTime != "" {
		end, err := time.Parse("15:04", p.EndTime)
		if err != nil {
			return nil, fmt.Errorf("period.endTime: %q is not a time such as 08:30", p.EndTime)
		}
		until := fmt.Sprintf("%d %d * * *", end.Minute(), end.Hour())
		w.End, over = &until, end.Before(start)
	} else {
		text := v1alpha1.Duration(lasts.String())
		w.Duration = &text
	}
	if over {
		im.wrong(about, "it goes on over midnight, and kube-metrics-adapter ends it there, as it looks at the windows of today alone")
	}
	return w, nil
}

// onceOf is the window of a OneTime schedule, in UTC.
func onceOf(s *scheduleOfZalando, lasts time.Duration) (*v1alpha1.Window, error) {
	from, err := time.Parse(time.RFC3339, s.Date)
	if err != nil {
		return nil, fmt.Errorf("date: %q is not a time such as 2026-12-24T18:00:00+01:00", s.Date)
	}
	to := from.Add(lasts)
	if s.EndDate != "" {
		if to, err = time.Parse(time.RFC3339, s.EndDate); err != nil {
			return nil, fmt.Errorf("endDate: %q is not a time such as 2026-12-24T23:00:00+01:00", s.EndDate)
		}
	}
	const local = "2006-01-02T15:04:05"
	return &v1alpha1.Window{TimeZone: "UTC", At: &v1alpha1.OneOff{From: from.UTC().Format(local), To: to.UTC().Format(local)}}, nil
}
