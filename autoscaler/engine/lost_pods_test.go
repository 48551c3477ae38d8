package engine_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// nodeLoss is the loss of the node of three of ten pods, which are at their target, at noon. The others take over their load. The node
// lifecycle controller sets the pods unready after grace, and evicts them after five minutes. The autoscaler's own scale-outs are
// created at once, as are replacements after the eviction, and are ready a minute later. The window of the samples is a minute; they
// stay for two minutes after a pod has gone.
type nodeLoss struct {
	metric *engine.Metric
	grace  time.Duration
	// created are the times at which the target got more pods.
	created  []time.Time
	replicas int32
}

const (
	lossWindow   = time.Minute
	lossStart    = time.Minute
	lossEviction = 5 * time.Minute
	lostPods     = 3
	lossLoad     = 10 // in pods at their target of 700
)

// serving returns the number of pods that share the load at a time.
func (w *nodeLoss) serving(instant time.Time) int {
	n := lossLoad
	if !instant.Before(noon) {
		n -= lostPods
	}
	for _, created := range w.created {
		if !instant.Before(created.Add(lossStart)) {
			n++
		}
	}
	return n
}

// share returns the mean load of a pod over the window before a time.
func (w *nodeLoss) share(instant time.Time) int64 {
	var sum int64
	const step = time.Second
	for t := instant.Add(-lossWindow); t.Before(instant); t = t.Add(step) {
		sum += int64(700 * lossLoad / w.serving(t))
	}
	return sum / int64(lossWindow/step)
}

// scale creates or deletes pods; the newest are deleted first.
func (w *nodeLoss) scale(replicas int32, instant time.Time) {
	for ; w.replicas < replicas; w.replicas++ {
		w.created = append(w.created, instant)
	}
	for ; w.replicas > replicas && len(w.created) > 0; w.replicas-- {
		w.created = w.created[:len(w.created)-1]
	}
	w.replicas = replicas
}

func (w *nodeLoss) observe(now time.Time) *engine.Observation {
	if now.Equal(noon.Add(w.grace + lossEviction)) {
		for range lostPods {
			w.created = append(w.created, now)
		}
	}
	o := &engine.Observation{SpecReplicas: w.replicas, StatusReplicas: w.replicas, Pods: pods(lossLoad)}
	r := engine.Reading{Time: now, Window: lossWindow, Value: w.share(now)}
	if w.metric.TargetType == engine.AverageValue && w.metric.Type == engine.External {
		r.Value = 700 * lossLoad
	}
	add := func(sample engine.Sample) {
		r.Pods = append(r.Pods, sample)
		if w.metric.TargetType == engine.Utilization {
			r.Requests = append(r.Requests, 1000)
		}
	}
	for i := range o.Pods {
		switch pod := &o.Pods[i]; {
		case i >= lostPods || now.Before(noon):
			add(engine.Sample{Known: true, Value: w.share(now), Time: now, Window: lossWindow})
		default:
			if marked := noon.Add(w.grace); !now.Before(marked) {
				pod.Readiness, pod.ReadySince, pod.Lost, pod.Deleting = engine.NotReady, marked, true, !now.Before(marked.Add(lossEviction))
			}
			add(engine.Sample{Known: now.Before(noon.Add(2 * time.Minute)), Value: 700, Time: noon.Add(-time.Second), Window: lossWindow})
		}
	}
	for i, created := range w.created {
		pod := engine.Pod{Name: fmt.Sprint("new-", i), Phase: engine.Running, Readiness: engine.NotReady, Started: created, ReadySince: created}
		ready := now.Sub(created) - lossStart
		if ready >= 0 {
			pod.Readiness, pod.ReadySince = engine.Ready, created.Add(lossStart)
		}
		o.Pods = append(o.Pods, pod)
		add(engine.Sample{Known: ready > 15*time.Second, Value: w.share(now) * int64(min(lossWindow, ready)) / int64(lossWindow), Time: now, Window: lossWindow})
	}
	o.Readings = []engine.Reading{r}
	return o
}

// TestLostNode: three of ten pods are lost, and their load moves to the others. It is the same load all the time, so that three
// replacements are requested, and no more: upstream adds the last samples of the lost pods to the load of the others, or waits for the
// eviction.
func TestLostNode(t *testing.T) {
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70}
	requests := engine.Metric{Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue, Target: 700}
	latency := engine.Metric{Type: engine.External, Name: "latency", TargetType: engine.Value, Target: 700}
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 700}
	for name, metric := range map[string]engine.Metric{"utilization": cpu, "average": requests, "value": latency, "average of a value": queue} {
		for _, grace := range []time.Duration{0, 50 * time.Second} {
			for _, damped := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, found after %s, damped %t", name, grace, damped), func(t *testing.T) {
					s := spec(metric)
					s.MinReplicas, s.Down.Stabilization = 1, 5*time.Minute
					if damped {
						s.Damping = new(damping.Balanced())
					}
					lowest, highest, replaced := lossRun(t, s, &nodeLoss{metric: &metric, grace: grace, replicas: 10})
					if lowest != 10 || highest != 13 || replaced > grace+75*time.Second {
						t.Errorf("%d to %d replicas, want 10 to 13; replacements after %s", lowest, highest, replaced)
					}
				})
			}
		}
	}
	t.Run("without the correction", func(t *testing.T) {
		s := spec(latency)
		s.MinReplicas, s.Without, s.Down.Stabilization = 1, engine.LostPods, 5*time.Minute
		if _, highest, _ := lossRun(t, s, &nodeLoss{metric: &latency, grace: 50 * time.Second, replicas: 10}); highest != 14 {
			t.Errorf("%d replicas, want 14: the load counts twice", highest)
		}
	})
}

// lossRun returns the lowest and the highest replicas of a run, and when after the loss the replacements were requested.
func lossRun(t *testing.T, s *engine.Spec, w *nodeLoss) (lowest, highest int32, replaced time.Duration) {
	t.Helper()
	var state engine.State
	var d engine.Decision
	lowest = w.replicas
	for after := -10 * time.Minute; after <= 15*time.Minute; after += 10 * time.Second {
		now := noon.Add(after)
		d, state = engine.Decide(s, state, w.observe(now), now)
		if d.Desired != d.Current {
			t.Logf("%s after the loss: %d → %d: %+v", after, d.Current, d.Desired, d.Steps)
			state = engine.RecordScale(state, &d, now)
		}
		w.scale(d.Desired, now)
		lowest, highest = min(lowest, d.Desired), max(highest, d.Desired)
		if replaced == 0 && d.Desired >= 13 {
			replaced = after
		}
	}
	return lowest, highest, replaced
}
