package explain

import (
	"fmt"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// winner names whose proposal was taken.
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

// planOf is the plan of a batch; nil where there is none.
func planOf(d *engine.Decision, i int) *engine.BatchPlan {
	for j := range d.Batches {
		if d.Batches[j].Batch == i {
			return &d.Batches[j]
		}
	}
	return nil
}

// batchStep tells what is left, how fast it goes, what that takes, and when it will be done.
func batchStep(spec *engine.Spec, d *engine.Decision, s *engine.Step) string {
	if s.Index < 0 {
		return fmt.Sprintf("no batch window is open, so the floor holds → %d", s.To)
	}
	p := planOf(d, s.Index)
	text := "window " + batchName(spec, s.Index) + ": "
	switch {
	case p.Problem != "":
		text += "nothing can be planned: " + p.Problem + ", which takes no replica away"
	case p.Phase == batch.Drained:
		text += "nothing is left"
	default:
		text += strings.Join(workOf(p), ", ")
	}
	if p.Partial != "" {
		text += ", partial: " + p.Partial + "; scale-in held"
	}
	return fmt.Sprintf("%s%s; %s → %d", text, spared(p), standing(p), s.To)
}

// BatchBusy says for a batch which replicas are kept for what they may work on, for an event.
func BatchBusy(spec *engine.Spec, p *engine.BatchPlan) string {
	return "Window " + batchName(spec, p.Batch) + ": fewer replicas would do" + spared(p)
}

// spared tells of replicas that are kept because they work; empty where there is nothing to tell.
func spared(p *engine.BatchPlan) string {
	switch {
	case p.BusyProblem != "" && p.HeldBusy:
		return fmt.Sprintf(", but %d stay that may be at work, which is unknown: %s", p.Replicas, p.BusyProblem)
	case p.BusyProblem != "":
		return ", and which pods are at work is unknown: " + p.BusyProblem
	case p.HeldBusy:
		return fmt.Sprintf(", but %d stay until those at work have finished", p.Replicas)
	default:
		return ""
	}
}

// workOf is what the plan was made of.
func workOf(p *engine.BatchPlan) []string {
	rate := figure(p.Throughput) + "/s a replica"
	if p.Error > 0 {
		rate = figure(p.Throughput) + "/s ±" + figure(p.Error) + " a replica"
	}
	parts := []string{figure(p.Backlog) + " left", rate}
	if p.Arrivals > 0 {
		parts = append(parts, figure(p.Arrivals)+"/s come")
	}
	needs := "needs " + count(int(p.Needed), "replica")
	if p.Needed == p.Items {
		needs += ", one for each item"
	}
	switch {
	case p.Fewer:
		needs += ", but has not for long enough"
	case p.Held:
		needs += ", and the plan is kept"
	}
	return append(parts, needs)
}

// standing tells how the batch stands to its deadline.
func standing(p *engine.BatchPlan) string {
	finish := "never done as it goes"
	if !p.Finish.IsZero() {
		finish = "done at " + instant(p.Finish)
	}
	switch {
	case p.Missed:
		return fmt.Sprintf("the deadline at %s was missed with %s left, %s", instant(p.Deadline), figure(p.Left), finish)
	case p.Phase == batch.Drained:
		return "done before the deadline at " + instant(p.Deadline)
	case p.Phase == batch.AtRisk:
		return fmt.Sprintf("the deadline at %s is at risk, %s", instant(p.Deadline), finish)
	default:
		return fmt.Sprintf("the deadline is at %s, %s", instant(p.Deadline), finish)
	}
}

// BatchMessage tells of every batch how it stands, for a condition.
func BatchMessage(spec *engine.Spec, d *engine.Decision) string {
	var parts []string
	for i := range d.Batches {
		p := &d.Batches[i]
		text := "window " + batchName(spec, p.Batch) + ": "
		if p.Problem != "" {
			text += "nothing can be planned: " + p.Problem + "; "
		}
		parts = append(parts, text+standing(p))
	}
	if len(parts) == 0 {
		return "no batch is worked for"
	}
	return strings.Join(parts, "; ")
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// figure writes a number with as many digits as tell something.
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

// BatchPhaseChange tells of a batch whose standing has changed, for an event.
func BatchPhaseChange(spec *engine.Spec, p *engine.BatchPlan) string {
	text := "Window " + batchName(spec, p.Batch) + ": " + standing(p)
	switch {
	case p.Phase == batch.Drained && !p.Missed:
		return fmt.Sprintf("Window %s: nothing has been left since %s, %s before the deadline at %s",
			batchName(spec, p.Batch), instant(p.Finish), whole(p.Deadline.Sub(p.Finish)), instant(p.Deadline))
	case p.Phase == batch.Drained:
		return text
	case !p.Finish.IsZero() && p.Finish.After(p.Deadline):
		text += ", " + whole(p.Finish.Sub(p.Deadline)) + " late"
	}
	return text + "; " + strings.Join(workOf(p), ", ")
}

// whole is a duration without what nobody reads.
func whole(d time.Duration) string { return d.Round(time.Second).String() }
