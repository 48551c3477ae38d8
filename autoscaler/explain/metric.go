package explain

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// proposal gives a metric's value, its target, the pods that it is about, and why the count is not their product.
func proposal(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	m, p := &spec.Metrics[s.Index], &d.Proposals[s.Index]
	var b strings.Builder
	b.WriteString(name(spec, s.Index) + " " + amount(m, p.Current) + measured(m, p, d) + ", target " + amount(m, m.Target))
	if left := leftOut(p); left != "" {
		b.WriteString(" (" + left + ")")
	}
	if p.AdjustedPods > 0 && p.Hold != engine.HoldPartial {
		fmt.Fprintf(&b, "; counting pods in doubt, %s at %s× target", count(p.AdjustedPods, "pod"), decimal(p.Adjusted))
	}
	if kept := keeping(m, p); kept != "" {
		b.WriteString(", " + kept)
	}
	if p.Shared > 0 {
		b.WriteString("; " + shared(p, d))
	}
	if p.Replicas < 0 && s.To == 0 {
		b.WriteString(", a negative value counts as 0")
	}
	fmt.Fprintf(&b, " → %d", s.To)
	if p.Via != "" {
		b.WriteString(" (" + p.Via + ")")
	}
	return b.String()
}

// measured says over what the current value was taken.
func measured(m *engine.Metric, p *engine.Proposal, d *engine.Decision) string {
	switch {
	case m.TargetType == engine.Utilization:
		return " of the requests of " + count(p.Ready, "ready pod")
	case p.Ready > 0 && m.TargetType == engine.AverageValue:
		return " on average over " + count(p.Ready, "ready pod")
	case p.Ready > 0:
		return " over " + count(p.Ready, "ready pod")
	case m.TargetType == engine.AverageValue && d.Current > 0:
		return " per replica"
	default:
		return ""
	}
}

// shared says over which pods an older sample was measured, and what the load needed.
func shared(p *engine.Proposal, d *engine.Decision) string {
	sampled := "the sample"
	if !p.Time.IsZero() {
		sampled = "the sample, " + span(d.Time.Sub(p.Time).Round(time.Second)) + " old,"
	}
	text := fmt.Sprintf("%s is from when %s pods shared the load", sampled, decimal(p.Shared))
	if need := math.Ceil(p.SharedRatio*p.Shared - 1e-9); p.Hold == engine.HoldOlderSample && need != float64(p.Replicas) {
		text += fmt.Sprintf(", and needed %.0f; the replicas stay until a newer sample comes", need)
	}
	return text
}

// leftOut tells of the pods that do not count.
func leftOut(p *engine.Proposal) string {
	var parts []string
	if p.Unready > 0 {
		parts = append(parts, fmt.Sprintf("%d not ready", p.Unready))
	}
	if p.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d without a sample", p.Missing))
	}
	if p.PartialPods > 0 {
		parts = append(parts, fmt.Sprintf("%d partial", p.PartialPods))
	}
	if p.Ignored > 0 {
		parts = append(parts, fmt.Sprintf("%d ending", p.Ignored))
	}
	return strings.Join(parts, ", ")
}

func keeping(m *engine.Metric, p *engine.Proposal) string {
	switch p.Hold {
	case engine.HoldWithinTolerance:
		return "within tolerance"
	case engine.HoldUncertain:
		return "which does not justify a change"
	case engine.HoldNoReadyPods:
		return "and no ready pod to multiply"
	case engine.HoldDirection:
		side, way := "below", "out"
		if p.Ratio > 1 {
			side, way = "above", "in"
		}
		return fmt.Sprintf("%s at %s× target would be %d replicas; a value %s its target never scales %s",
			count(p.Ready, "ready pod"), decimal(p.Ratio), p.Product, side, way)
	case engine.HoldPartial:
		return "partial: " + p.Partial + "; scale-in held"
	case engine.HoldInactive:
		return "not above the activation value " + amount(m, m.Activation)
	default:
		return ""
	}
}

// described is a metric's name with its kind, in upstream's words where it has some.
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

// shortened keeps the start of a long query, which is enough to find it in the spec.
func shortened(query string) string {
	const most = 80
	query = strings.Join(strings.Fields(query), " ")
	if runes := []rune(query); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return query
}
