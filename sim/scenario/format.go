package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/engine"
)

// Format prints a decision: the replicas, the steps that led to them, and the conditions that it sets with their reasons.
func Format(spec *engine.Spec, d *engine.Decision) string { return format(spec, d, false) }

// FormatValues is [Format] with each metric's value and the classes of its pods.
func FormatValues(spec *engine.Spec, d *engine.Decision) string { return format(spec, d, true) }

func format(spec *engine.Spec, d *engine.Decision, values bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d → %d of [%d, %d]", d.Current, d.Desired, d.Min, d.Max)
	if d.Failed {
		b.WriteString(" failed")
	}
	b.WriteString("\n")
	for i := range d.Steps[1:] { // the first is the current count
		step := &d.Steps[i+1]
		if step.Kind == engine.StepPods {
			b.WriteString(waiting(&d.Pods))
			continue
		}
		words := []string{kinds[step.Kind], fmt.Sprintf("%d → %d", step.From, step.To), about(spec, step), step.Code, step.Detail}
		b.WriteString(" ")
		for _, word := range words {
			if word != "" {
				b.WriteString(" " + word)
			}
		}
		b.WriteString("\n")
		if values && step.Kind == engine.StepMetric {
			b.WriteString("    " + valueOf(&spec.Metrics[step.Index], &d.Proposals[step.Index]) + "\n")
		}
	}
	return b.String() + verdicts(d) + "\n"
}

// waiting prints the classes of the pods where some are late, blocked or not created; pods that start are in the input.
func waiting(c *engine.PodCounts) string {
	if c.Late+c.Blocked+c.Uncreated == 0 {
		return ""
	}
	return fmt.Sprintf("  pods: %d serving, %d starting, %d late, %d blocked, %d not created\n", c.Serving, c.Starting, c.Late, c.Blocked, c.Uncreated)
}

// about names the subject of a step.
func about(spec *engine.Spec, s *engine.Step) string {
	switch {
	case s.Kind == engine.StepRatePolicy:
		return "policy " + strconv.Itoa(s.Index)
	case s.Index < 0:
		return ""
	case s.Kind == engine.StepWindow:
		return spec.Windows[s.Index].Name
	default:
		return label(&spec.Metrics[s.Index])
	}
}

func verdicts(d *engine.Decision) string {
	var words []string
	for _, v := range []engine.Verdict{d.AbleToScale, d.ScalingActive, d.ScalingLimited, d.ScaledToZero} {
		if v.Status != engine.Unchanged {
			words = append(words, fmt.Sprintf("%s=%t", v.Reason, v.Status == engine.True))
		}
	}
	if v := d.CapacityLimited; v.Status == engine.True {
		words = append(words, "CapacityLimited="+v.Reason)
	}
	return strings.Join(words, " ")
}

// valueOf prints a proposal's value as the status shows it.
func valueOf(m *engine.Metric, p *engine.Proposal) string {
	value := strconv.FormatInt(p.Current, 10) + "%"
	if m.TargetType != engine.Utilization {
		value = resource.NewMilliQuantity(p.Current, resource.DecimalSI).String()
	}
	words := fmt.Sprintf("%s, %.4g × target; pods: %d ready, %d unready, %d missing, %d ignored",
		value, p.Ratio, p.Ready, p.Unready, p.Missing, p.Ignored)
	if p.Shared > 0 {
		words += fmt.Sprintf("; averaged over %.4g pods", p.Shared)
	}
	if p.Hold != 0 {
		words += "; hold: " + holds[p.Hold]
	}
	return words
}

var holds = map[engine.Hold]string{
	engine.HoldWithinTolerance: "within tolerance", engine.HoldUncertain: "uncertain", engine.HoldNoReadyPods: "no ready pods",
	engine.HoldDirection: "against the ratio", engine.HoldInactive: "inactive",
	engine.HoldPartial: "partial", engine.HoldOlderSample: "older sample",
	engine.HoldAfterSurge: "after surge", engine.HoldAwaitedPods: "pods on their way",
}

var kinds = map[engine.StepKind]string{
	engine.StepMetric: "metric", engine.StepUnknown: "unknown", engine.StepFallback: "fallback", engine.StepHighest: "highest",
	engine.StepHold: "hold", engine.StepStabilization: "stabilization", engine.StepRatePolicy: "rate", engine.StepWindow: "window",
	engine.StepBounds: "bounds", engine.StepDamping: "damping", engine.StepPods: "pods", engine.StepCapacity: "capacity",
	engine.StepFirstStart: "first start", engine.StepDraining: "draining", engine.StepLost: "lost",
}
