package importer

import (
	"math"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// defaultRamp is kube-metrics-adapter's.
const defaultRamp = 10 * time.Minute

// scheduleUse is a metric of an HPA that a schedule gives.
type scheduleUse struct {
	source node
	// apiVersion, kind and name of the schedule.
	apiVersion, kind, name string
	target                 v1alpha1.MetricTarget
	err                    error
}

// schedulesOf finds the metrics of an HPA that schedules give.
func schedulesOf(metrics node) []scheduleUse {
	var found []scheduleUse
	for _, m := range metrics.items() {
		source := m.child("object")
		described := source.child("describedObject")
		kind := described.child("kind").textOr("")
		if kind != "ScalingSchedule" && kind != "ClusterScalingSchedule" {
			continue
		}
		use := scheduleUse{source: m, apiVersion: described.child("apiVersion").textOr(""), kind: kind, name: described.child("name").textOr("")}
		if target := source.child("target"); target.present {
			use.err = target.into(&use.target)
		}
		found = append(found, use)
	}
	return found
}

// uses says whether the metric is about this schedule. A ScalingSchedule serves its own namespace, a ClusterScalingSchedule all.
func (u *scheduleUse) uses(o *object, namespace string) bool {
	return u.kind == o.kind && u.name == o.name && (o.kind == "ClusterScalingSchedule" || namespace == o.namespace)
}

// scalingSchedule is a ScalingSchedule or ClusterScalingSchedule.
type scalingSchedule struct {
	*object
	im   *importer
	ramp time.Duration
}

// readScalingSchedule imports a schedule: for each HPA that uses it a floor at each of its times.
func (im *importer) readScalingSchedule(o *object) {
	s := &scalingSchedule{object: o, im: im, ramp: defaultRamp}
	spec := o.field("spec")
	if minutes, set := spec.child("scalingWindowDurationMinutes").count(); set {
		s.ramp = time.Duration(minutes) * time.Minute
	} else {
		s.note("spec.scalingWindowDurationMinutes is absent; lead and ramp are kube-metrics-adapter's default, 10 minutes")
	}
	var times []scheduleTime
	for _, n := range spec.child("schedules").items() {
		if t, ok := s.readTime(n); ok {
			times = append(times, t)
		}
	}
	users := s.users()
	if len(users) == 0 {
		s.leftOut("no HorizontalPodAutoscaler of the input uses it, and its values are replicas only once an averageValue divides them: add the HPAs that use it to the input")
		s.leaveAll()
		return
	}
	before := len(im.result.Windows)
	for _, t := range times {
		for _, u := range users {
			s.add(t, u)
		}
	}
	if len(im.result.Windows) > before {
		s.changed("its value is a metric of an HPA, whose tolerance of 10%% and stabilization act between it and the count; a window's floor is exact")
	}
}

// scheduleUser is an HPA that a schedule scales, with the value of the schedule for one replica.
type scheduleUser struct {
	*hpa
	perReplica v1alpha1.Quantity
}

func (s *scalingSchedule) users() []scheduleUser {
	var users []scheduleUser
	for _, h := range s.im.hpas {
		for i := range h.schedules {
			u := &h.schedules[i]
			if !u.uses(s.object, h.namespace) {
				continue
			}
			if problem := u.problem(); problem != "" {
				u.source.leftOut("%s", problem)
				continue
			}
			h.used = true
			users = append(users, scheduleUser{h, *u.target.AverageValue})
		}
	}
	return users
}

// problem is why the value of the schedule is no count of replicas for its HPA; empty where it is one.
func (u *scheduleUse) problem() string {
	switch {
	case u.err != nil:
		return "object.target cannot be read: " + u.err.Error()
	case !strings.HasPrefix(u.apiVersion, "zalando.org/"):
		return "object.describedObject.apiVersion: Unsupported value: must be zalando.org/v1 for a schedule of kube-metrics-adapter; its windows are not imported"
	case u.target.Type == autoscalingv2.ValueMetricType || u.target.AverageValue == nil:
		return "object.target.type: Unsupported value: must be AverageValue with averageValue; a target of type Value multiplies the current replicas at each sync, which no window does: " +
			"use AverageValue, or write the windows by hand"
	case u.target.AverageValue.Sign() <= 0:
		return "object.target.averageValue: Invalid value: must be positive"
	default:
		return ""
	}
}

// add adds the window of one HPA.
func (s *scalingSchedule) add(t scheduleTime, u scheduleUser) {
	replicas := math.Ceil(float64(t.value)/u.perReplica.AsApproximateFloat64() - 1e-9)
	if !(replicas >= 0 && replicas <= 1e6) {
		t.source.child("value").leftOut("divided by averageValue %s of %s it is no count of replicas", u.perReplica.String(), u.hpa)
		return
	}
	count := int32(replicas)
	switch {
	case count < u.min:
		t.source.child("value").changed("%d replicas by averageValue %s, below spec.minReplicas (%d) of %s; the HPA takes the larger of the two, and so the window's minReplicas is %d",
			count, u.perReplica.String(), u.min, u.hpa, u.min)
		count = u.min
	case u.hasMax && count > u.max:
		t.source.child("value").changed("%d replicas by averageValue %s, above spec.maxReplicas (%d) of %s, which holds; the window's minReplicas is %d",
			count, u.perReplica.String(), u.max, u.hpa, u.max)
		count = u.max
	}
	w := t.window
	w.MinReplicas = &count
	if length := v1alpha1.Duration(s.ramp.String()); s.ramp > 0 {
		w.Lead, w.Ramp = &length, &length
	}
	s.im.addWindow(t.source, u.name+"-"+s.name, u.namespace, v1alpha1.WindowTarget{Kind: "HorizontalPodAutoscaler", Name: u.name}, w)
}
