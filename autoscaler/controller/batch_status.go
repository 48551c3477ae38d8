package controller

import (
	"math"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// phases are the phases of a batch in the API.
var phases = [...]string{
	batch.OnTime: v1alpha1.ReasonOnTime, batch.Drained: v1alpha1.ReasonDrained, batch.AtRisk: "AtRisk", batch.Late: "Late",
}

// batchStatuses converts the plans to the API. An inactive batch keeps its last status until its window opens again.
func batchStatuses(before []v1alpha1.BatchStatus, spec *engine.Spec, d *engine.Decision) []v1alpha1.BatchStatus {
	var statuses []v1alpha1.BatchStatus
	for i := range spec.Batches {
		window := spec.Windows[spec.Batches[i].Window].Name
		if j := slices.IndexFunc(d.Batches, func(p engine.BatchPlan) bool { return p.Batch == i }); j >= 0 {
			statuses = append(statuses, batchStatus(spec, &d.Batches[j]))
		} else if last := batchOf(before, window); last != nil {
			statuses = append(statuses, *last)
		}
	}
	return statuses
}

func batchOf(statuses []v1alpha1.BatchStatus, window string) *v1alpha1.BatchStatus {
	if i := slices.IndexFunc(statuses, func(s v1alpha1.BatchStatus) bool { return s.Window == window }); i >= 0 {
		return &statuses[i]
	}
	return nil
}

func batchStatus(spec *engine.Spec, p *engine.BatchPlan) v1alpha1.BatchStatus {
	status := v1alpha1.BatchStatus{
		Window: spec.Windows[spec.Batches[p.Batch].Window].Name, Phase: phases[p.Phase], Start: inUTC(p.Start), Deadline: inUTC(p.Deadline),
		Missed: p.Missed, Backlog: thousandths(p.Backlog), Unknown: p.Problem,
		ThroughputPerReplica: thousandths(p.Throughput), Arrivals: thousandths(p.Arrivals), Needed: p.Needed,
	}
	if !p.Finish.IsZero() {
		status.Finish = new(inUTC(p.Finish))
	}
	if p.Missed {
		status.Left = new(thousandths(p.Left))
	}
	if spec.Batches[p.Batch].Busy.Exists() {
		status.Busy = new(p.Busy)
	}
	if p.HeldBusy {
		status.BusyUnknown = p.BusyProblem
	}
	return status
}

// inUTC returns a time as the API server stores it, so that it is equal after it is read back.
func inUTC(t time.Time) metav1.Time { return metav1.NewTime(t.UTC().Truncate(time.Second)) }

func thousandths(x float64) resource.Quantity {
	return *resource.NewMilliQuantity(int64(math.Round(min(x, math.MaxInt64/1e4)*1000)), resource.DecimalSI)
}
