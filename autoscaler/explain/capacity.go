package explain

import (
	"fmt"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// podClasses writes the number of pods of each class that has some.
func podClasses(d *engine.Decision) string {
	c := &d.Pods
	var parts []string
	for _, class := range [...]struct {
		count int32
		name  string
	}{
		{c.Serving, "serving"}, {c.Outside, "without an endpoint"}, {c.Starting, "starting"}, {c.Late, "late"}, {c.Lost, "lost"}, {c.Blocked, "blocked"}, {c.Ending - c.Draining, "ending"}, {c.Draining, "draining"}, {c.Uncreated, "not created"},
	} {
		if class.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", class.count, class.name))
		}
	}
	text := "pods: " + strings.Join(parts, ", ")
	if c.Waiting != "" {
		text += "; first one waiting: " + c.Waiting
	}
	return text
}

// lost writes how pods of lost nodes are set aside, and how they are replaced.
func lost(d *engine.Decision, s *engine.Step) string {
	if s.To < s.From {
		return fmt.Sprintf("lost nodes: without %s → %d", count(int(d.Pods.Lost), "pod"), s.To)
	}
	return fmt.Sprintf("lost nodes: %s more until the eviction → %d", count(int(d.Pods.Lost), "pod"), s.To)
}

// draining writes why a scale-in waits.
func draining(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	return fmt.Sprintf("scale-in waits: %s → %d", drainingCause(spec, d, s.Code, s.Detail), s.To)
}

func drainingCause(spec *engine.Spec, d *engine.Decision, reason, problem string) string {
	if reason == engine.ReasonEndpointsUnknown {
		return "the endpoints are unknown: " + problem
	}
	c, s := &d.Pods, spec.Serving
	return fmt.Sprintf("%d of %s of Service %s drain, limit %d%%", c.Draining, count(int(c.Serving+c.Draining), "serving pod"), s.Service, s.MaxDrainingPercent)
}

// capacityLimit writes the replicas that can run, who refuses the others, and the limit of the scale-out.
func capacityLimit(d *engine.Decision, s *engine.Step) string {
	return fmt.Sprintf("capacity: %s; no scale-out above %d → %d", shortage(d), s.Limit, s.To)
}

// CapacityMessage is the message of the condition CapacityLimited and of its event.
func CapacityMessage(d *engine.Decision) string {
	if d.Shortage.Blocked == 0 {
		return fmt.Sprintf("all of %s run or start", count(int(d.Current), "replica"))
	}
	return shortage(d)
}

// shortage writes how many of the replicas run or start, the first pod that does not, and why.
func shortage(d *engine.Decision) string {
	text := fmt.Sprintf("%d of %s run or start, %d blocked", d.Shortage.Running, count(int(d.Current), "replica"), d.Shortage.Blocked)
	switch reason, words := d.CapacityLimited.Reason, strings.TrimSuffix(d.CapacityLimited.Message, "."); {
	case reason == engine.ReasonPodNotReady:
		return text + ": the controller creates no pod before pod " + d.Pods.Waiting + " is ready"
	case reason == engine.ReasonFailedCreate:
		return text + ": pods cannot be created: " + words
	case words == "":
		return text + ": " + reason
	default:
		return text + ": pod " + d.Pods.Waiting + ": " + words
	}
}
