package explain

import (
	"fmt"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// winner names the metric or window of the highest proposal.
func winner(spec *engine.Spec, d *engine.Decision) string {
	if d.HighestMetric < 0 {
		return "window " + batchName(spec, d.Batches[d.HighestBatch].Batch)
	}
	return name(spec, d.HighestMetric)
}

func batchName(spec *engine.Spec, i int) string { return spec.Windows[spec.Batches[i].Window].Name }

func isWinner(d *engine.Decision, i int) bool {
	return d.HighestMetric < 0 && d.HighestBatch >= 0 && d.Batches[d.HighestBatch].Batch == i
}

// planOf returns the plan of batch i; nil where it has none.
func planOf(d *engine.Decision, i int) *engine.BatchPlan {
	for j := range d.Batches {
		if d.Batches[j].Batch == i {
			return &d.Batches[j]
		}
	}
	return nil
}

// batchStep writes the backlog, the throughput, the required replicas and the expected finish.
func batchStep(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	if s.Index < 0 {
		return fmt.Sprintf("no batch window is open; minimum replicas apply → %d", s.To)
	}
	p := planOf(d, s.Index)
	text := "window " + batchName(spec, s.Index) + ": "
	switch {
	case p.Problem != "":
		text += "cannot plan: " + p.Problem + "; no scale-in"
	case p.Phase == batch.Drained:
		text += "backlog empty"
	default:
		text += strings.Join(workOf(p), "; ")
	}
	if p.Partial != "" {
		text += "; partial value: " + p.Partial + "; scale-in held"
	}
	return fmt.Sprintf("%s%s; %s → %d", text, busy(p), deadline(p), s.To)
}

// BatchBusy is the text of the event about replicas that a batch keeps because they are, or may be, busy.
func BatchBusy(spec *engine.Spec, p *engine.BatchPlan) string {
	return "Window " + batchName(spec, p.Batch) + ": " + strings.TrimPrefix(busy(p), "; ")
}

// busy writes the replicas that are kept because they are, or may be, busy; empty where none are.
func busy(p *engine.BatchPlan) string {
	switch {
	case p.BusyProblem != "" && p.HeldBusy:
		return fmt.Sprintf("; scale-in held at %d: busy pods unknown: %s", p.Replicas, p.BusyProblem)
	case p.BusyProblem != "":
		return "; busy pods unknown: " + p.BusyProblem
	case p.HeldBusy:
		return fmt.Sprintf("; scale-in held at %d until busy pods finish", p.Replicas)
	default:
		return ""
	}
}

// workOf returns the figures of the plan: backlog, throughput, arrivals and required replicas.
func workOf(p *engine.BatchPlan) []string {
	deviation := ""
	if p.Error > 0 {
		deviation = " ±" + figure(p.Error)
	}
	parts := []string{"backlog " + figure(p.Backlog), "throughput " + figure(p.Throughput) + "/s" + deviation + " per replica"}
	if p.Arrivals > 0 {
		parts = append(parts, "arrivals "+figure(p.Arrivals)+"/s")
	}
	required := "required " + count(int(p.Needed), "replica")
	if p.Needed == p.Items {
		required += ", one per item"
	}
	switch {
	case p.Fewer:
		required += ", too recently to scale in"
	case p.Held:
		required += ", earlier plan held"
	}
	return append(parts, required)
}

// deadline writes the deadline of the batch, whether it is met, and the expected finish.
func deadline(p *engine.BatchPlan) string {
	finish := "no finish expected"
	if !p.Finish.IsZero() {
		finish = "expected finish " + instant(p.Finish)
	}
	switch {
	case p.Missed:
		return fmt.Sprintf("deadline %s missed with backlog %s; %s", instant(p.Deadline), figure(p.Left), finish)
	case p.Phase == batch.Drained:
		return "finished before deadline " + instant(p.Deadline)
	case p.Phase == batch.AtRisk:
		return fmt.Sprintf("deadline %s at risk; %s", instant(p.Deadline), finish)
	default:
		return fmt.Sprintf("deadline %s; %s", instant(p.Deadline), finish)
	}
}

// BatchMessage is the message of a condition: the deadline and expected finish of every batch.
func BatchMessage(spec *engine.Spec, d *engine.Decision) string {
	var parts []string
	for i := range d.Batches {
		p := &d.Batches[i]
		text := "window " + batchName(spec, p.Batch) + ": "
		if p.Problem != "" {
			text += "cannot plan: " + p.Problem + "; "
		}
		parts = append(parts, text+deadline(p))
	}
	if len(parts) == 0 {
		return "no batch is active"
	}
	return strings.Join(parts, "; ")
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// figure writes a number with two or three significant digits, and no fraction from 100 on.
func figure(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 1:
		return decimal(float64(int64(x*10+0.5)) / 10)
	default:
		return fmt.Sprintf("%.2g", x)
	}
}

// BatchPhaseChange is the text of the event about a batch that enters another phase.
func BatchPhaseChange(spec *engine.Spec, p *engine.BatchPlan) string {
	text := "Window " + batchName(spec, p.Batch) + ": " + deadline(p)
	switch {
	case p.Phase == batch.Drained && !p.Missed:
		return fmt.Sprintf("Window %s: backlog empty since %s, %s before deadline %s",
			batchName(spec, p.Batch), instant(p.Finish), whole(p.Deadline.Sub(p.Finish)), instant(p.Deadline))
	case p.Phase == batch.Drained:
		return text
	case !p.Finish.IsZero() && p.Finish.After(p.Deadline):
		text += ", " + whole(p.Finish.Sub(p.Deadline)) + " late"
	}
	return text + "; " + strings.Join(workOf(p), "; ")
}

// whole writes a duration in whole seconds.
func whole(d time.Duration) string { return d.Round(time.Second).String() }
