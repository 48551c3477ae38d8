package engine

import (
	"testing"
	"time"
)

// TestPodClassOf has a case for each line of upstream's grouping, in its order.
func TestPodClassOf(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	cpu := Metric{Type: Resource, Name: "cpu"}
	memory := Metric{Type: Resource, Name: "memory"}
	custom := Metric{Type: Pods, Name: "cpu"} // a custom metric that happens to have the name
	fresh := Sample{Known: true, Value: 1, Time: now, Window: 30 * time.Second}
	settled := Pod{Phase: Running, Readiness: Ready, Started: ago(time.Hour), ReadySince: ago(59 * time.Minute)}

	with := func(change func(*Pod)) Pod {
		p := settled
		change(&p)
		return p
	}
	for name, tc := range map[string]struct {
		pod    Pod
		sample Sample
		metric Metric
		want   podClass
	}{
		"settled":                         {settled, fresh, cpu, counted},
		"being deleted":                   {with(func(p *Pod) { p.Deleting = true }), fresh, cpu, ignored},
		"failed":                          {with(func(p *Pod) { p.Phase = Failed }), fresh, cpu, ignored},
		"deleted and pending":             {with(func(p *Pod) { p.Deleting, p.Phase = true, Pending }), fresh, cpu, ignored},
		"pending, though with a sample":   {with(func(p *Pod) { p.Phase = Pending }), fresh, cpu, unready},
		"pending, for memory too":         {with(func(p *Pod) { p.Phase = Pending }), fresh, memory, unready},
		"pending, without a sample":       {with(func(p *Pod) { p.Phase = Pending }), Sample{}, cpu, unready},
		"no sample":                       {settled, Sample{}, cpu, missing},
		"succeeded":                       {with(func(p *Pod) { p.Phase = Succeeded }), fresh, cpu, ignored},
		"succeeded without a sample":      {with(func(p *Pod) { p.Phase = Succeeded }), Sample{}, cpu, ignored},
		"no sample beats not ready":       {with(func(p *Pod) { p.Readiness = NotReady }), Sample{}, cpu, missing},
		"no Ready condition":              {with(func(p *Pod) { p.Readiness = NoReadyCondition }), fresh, cpu, unready},
		"no Ready condition, memory":      {with(func(p *Pod) { p.Readiness = NoReadyCondition }), fresh, memory, counted},
		"no Ready condition, custom":      {with(func(p *Pod) { p.Readiness = NoReadyCondition }), fresh, custom, counted},
		"no start time":                   {with(func(p *Pod) { p.Started = time.Time{} }), fresh, cpu, unready},
		"young and not ready":             {with(func(p *Pod) { p.Started, p.Readiness = ago(time.Minute), NotReady }), fresh, cpu, unready},
		"young, ready for a whole window": {with(func(p *Pod) { p.Started, p.ReadySince = ago(time.Minute), ago(30*time.Second) }), fresh, cpu, counted},
		"young, ready for less":           {with(func(p *Pod) { p.Started, p.ReadySince = ago(time.Minute), ago(29*time.Second) }), fresh, cpu, unready},
		"young, readiness unknown": {with(func(p *Pod) {
			p.Started, p.ReadySince, p.Readiness = ago(time.Minute), ago(31*time.Second), ReadyUnknown
		}), fresh, cpu, counted},
		"the period's last instant": {with(func(p *Pod) { p.Started, p.ReadySince = ago(5*time.Minute), now }), fresh, cpu, counted},
		"old, never ready":          {with(func(p *Pod) { p.Readiness, p.ReadySince = NotReady, ago(time.Hour-29*time.Second) }), fresh, cpu, unready},
		"old, not ready any more":   {with(func(p *Pod) { p.Readiness = NotReady }), fresh, cpu, counted},
		"container CPU is CPU":      {with(func(p *Pod) { p.Readiness = NoReadyCondition }), fresh, Metric{Type: ContainerResource, Name: "cpu"}, unready},
		"too old for its metric":    {settled, Sample{Known: true, Time: ago(2 * time.Minute)}, Metric{Type: Pods, MaxAge: 2 * time.Minute}, missing},
		"just not too old":          {settled, Sample{Known: true, Time: ago(2*time.Minute - 1)}, Metric{Type: Pods, MaxAge: 2 * time.Minute}, counted},
	} {
		t.Run(name, func(t *testing.T) {
			e := evaluation{spec: &Spec{CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second}}
			e.setNow(now)
			if got := e.podClassOf(&tc.pod, &tc.sample, &tc.metric); got != tc.want {
				t.Errorf("group %d, want %d", got, tc.want)
			}
		})
	}
}
