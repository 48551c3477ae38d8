package explain

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// proposal writes a metric's value, its target, the pods that it covers, and the reason for a count that is not their product.
func proposal(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	m, p := &spec.Metrics[s.Index], &d.Proposals[s.Index]
	var b strings.Builder
	b.WriteString(name(spec, s.Index) + ": " + current(m, p, d) + ", target " + amount(m, m.Target) + pods(p))
	if p.AdjustedPods > 0 && p.Hold != engine.HoldPartial {
		fmt.Fprintf(&b, "; with assumed values for missing and unready pods: %s at %s× target", count(p.AdjustedPods, "pod"), decimal(p.Adjusted))
	}
	if reason := holdReason(m, p); reason != "" {
		b.WriteString("; " + reason)
	}
	if p.Shared > 0 {
		b.WriteString("; " + shared(p, d))
	}
	if p.Replicas < 0 && s.To == 0 {
		b.WriteString("; a negative value counts as 0")
	}
	fmt.Fprintf(&b, " → %d", s.To)
	if p.Via != "" {
		b.WriteString(" (" + p.Via + ")")
	}
	return b.String()
}

// current writes the current value in the terms of the target.
func current(m *engine.Metric, p *engine.Proposal, d *engine.Decision) string {
	value := amount(m, p.Current)
	switch {
	case m.TargetType == engine.Utilization:
		return "utilization " + value
	case m.TargetType != engine.AverageValue || d.Current <= 0:
		return "value " + value
	case p.Ready > 0:
		return "average " + value
	default:
		return value + " per replica"
	}
}

// shared writes the age of a sample that is older than the last change of the pods, the pods that it covers, and the replicas
// that its load required.
func shared(p *engine.Proposal, d *engine.Decision) string {
	sample := "sample"
	if !p.Time.IsZero() {
		sample = "sample " + span(d.Time.Sub(p.Time).Round(time.Second)) + " old"
	}
	text := fmt.Sprintf("%s, taken over %s pods", sample, decimal(p.Shared))
	if need := math.Ceil(p.SharedRatio*p.Shared - 1e-9); p.Hold == engine.HoldOlderSample && need != float64(p.Replicas) {
		text += fmt.Sprintf("; required %.0f replicas, no change until a newer sample", need)
	}
	return text
}

// pods writes the ready pods of the value, and the pods that it does not cover. It is empty for a value that is not by pods.
func pods(p *engine.Proposal) string {
	var parts []string
	if p.Ready > 0 {
		parts = append(parts, count(p.Ready, "ready pod"))
	}
	if p.Unready > 0 {
		parts = append(parts, fmt.Sprintf("%d not ready", p.Unready))
	}
	if p.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d missing", p.Missing))
	}
	if p.PartialPods > 0 {
		parts = append(parts, fmt.Sprintf("%d partial", p.PartialPods))
	}
	if p.Ignored > 0 {
		parts = append(parts, fmt.Sprintf("%d terminating", p.Ignored))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, ", ")
}

// holdReason writes why the metric keeps the current replicas; empty where it does not.
func holdReason(m *engine.Metric, p *engine.Proposal) string {
	switch p.Hold {
	case engine.HoldWithinTolerance:
		return "within tolerance"
	case engine.HoldUncertain:
		return "scale direction not confirmed"
	case engine.HoldNoReadyPods:
		return "no ready pods"
	case engine.HoldDirection:
		side, way := "below", "out"
		if p.Ratio > 1 {
			side, way = "above", "in"
		}
		return fmt.Sprintf("%s× target requires %s; a value %s target never scales %s",
			decimal(p.Ratio), count(int(p.Product), "replica"), side, way)
	case engine.HoldPartial:
		return "partial value: " + p.Partial + "; scale-in held"
	case engine.HoldAfterSurge:
		return "pods beyond the replicas left within the window of the value; scale-in held"
	case engine.HoldAwaitedPods:
		return awaited(p)
	case engine.HoldInactive:
		return "inactive: value not above activationValue " + amount(m, m.Activation)
	default:
		return ""
	}
}

// awaited writes what a scale-out waits for.
func awaited(p *engine.Proposal) string {
	switch {
	case !p.FullUse:
		return "the pods were at full use within the window of the value; scale-out held"
	case p.Awaited == 1:
		return "full use shows no higher load; waiting for 1 pod on its way"
	default:
		return fmt.Sprintf("full use shows no higher load; waiting for %d pods on their way", p.Awaited)
	}
}

// described returns a metric's name with its kind, in the words of the HPA controller for metrics that it has.
func described(spec *engine.Spec, i int) string {
	m := &spec.Metrics[i]
	switch {
	case m.Type == engine.Resource && m.TargetType == engine.Utilization:
		return m.Name + " resource utilization (percentage of request)"
	case m.Type == engine.ContainerResource && m.TargetType == engine.Utilization:
		return m.Name + " container resource utilization (percentage of request)"
	case m.Type == engine.Resource || m.Type == engine.ContainerResource:
		return m.Name + " resource"
	case m.Type == engine.Pods:
		return "pods metric " + m.Name
	case m.Type == engine.Object:
		return m.Object.Kind + " metric " + m.Name
	case m.Type == engine.External:
		return "external metric " + m.Name
	default:
		return "query " + shortened(m.Query)
	}
}

// shortened cuts a query to 80 characters, which identify it in the spec.
func shortened(query string) string {
	const most = 80
	query = strings.Join(strings.Fields(query), " ")
	if runes := []rune(query); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return query
}
