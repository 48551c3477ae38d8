package engine_test

import (
	"fmt"
	"math"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// phase of a rollout. The numbers of pods are shares of spec.replicas, rounded up.
type phase struct {
	stable, canary float64
	// weight is the share of the traffic that the canary gets; equal for a load balancer that serves all ready pods alike.
	weight float64
	lasts  time.Duration
}

// equal is the weight of pods behind one Service.
const equal = -1

// rolloutPod is a pod with the load that it had in each second since it was created.
type rolloutPod struct {
	engine.Pod
	canary        bool
	readyAt, gone time.Time
	load          []float64
	created       int // second
}

// rolloutWorld is a target in a rollout under steady load, whose pods are scraped every second.
type rolloutWorld struct {
	spec     *engine.Spec
	state    engine.State
	second   int
	replicas int32
	// load of the target, in replicas at their target.
	load        float64
	pods        []*rolloutPod
	phase       phase
	neverReady  bool // of the canary's pods
	startUp     time.Duration
	drain       time.Duration
	window, lag int // seconds
	next        int
}

func newRolloutWorld(s *engine.Spec, replicas int32, load float64) *rolloutWorld {
	w := &rolloutWorld{spec: s, replicas: replicas, load: load, phase: phase{stable: 1, weight: equal}, startUp: 25 * time.Second, drain: 10 * time.Second, window: 60, lag: 10}
	w.reconcile()
	for _, p := range w.pods {
		p.Started, p.ReadySince, p.Phase, p.Readiness = w.now().Add(-time.Hour), w.now().Add(-time.Hour), engine.Running, engine.Ready
	}
	w.pass(120)
	return w
}

func (w *rolloutWorld) now() time.Time { return noon.Add(time.Duration(w.second) * time.Second) }

// reconcile creates and deletes the pods of both versions.
func (w *rolloutWorld) reconcile() {
	for canary, share := range map[bool]float64{false: w.phase.stable, true: w.phase.canary} {
		want := int(math.Ceil(share*float64(w.replicas) - 1e-9))
		for _, p := range slices.Backward(w.pods) {
			if p.canary != canary || p.Deleting {
				continue
			}
			if want--; want < 0 {
				p.Deleting, p.gone = true, w.now().Add(w.drain)
			}
		}
		for ; want > 0; want-- {
			w.next++
			w.pods = append(w.pods, &rolloutPod{
				Pod:    engine.Pod{Name: fmt.Sprint("p", w.next), Phase: engine.Pending, Readiness: engine.NotReady, Started: w.now(), ReadySince: w.now()},
				canary: canary, readyAt: w.now().Add(w.startUp), created: w.second,
			})
		}
	}
}

// promote makes the canary the stable version.
func (w *rolloutWorld) promote() {
	for _, p := range w.pods {
		p.canary = false
	}
	w.phase = phase{stable: 1, weight: equal}
}

// pass lets seconds pass.
func (w *rolloutWorld) pass(seconds int) {
	for range seconds {
		w.reconcile()
		kept := w.pods[:0]
		for _, p := range w.pods {
			if p.Deleting && !w.now().Before(p.gone) {
				continue
			}
			if age := w.now().Sub(p.Started); p.Phase == engine.Pending && age >= w.startUp/2 {
				p.Phase, p.ReadySince = engine.Running, w.now()
			}
			if p.Readiness == engine.NotReady && !w.now().Before(p.readyAt) && !(p.canary && w.neverReady) {
				p.Readiness, p.ReadySince = engine.Ready, w.now()
			}
			kept = append(kept, p)
		}
		w.pods = kept
		w.share()
		w.second++
	}
}

func (p *rolloutPod) serving() bool { return !p.Deleting && p.Readiness == engine.Ready }

// share gives each serving pod its part of a second's load.
func (w *rolloutWorld) share() {
	serving := map[bool]float64{}
	for _, p := range w.pods {
		if p.serving() {
			serving[p.canary]++
		}
	}
	toCanary := w.phase.weight
	switch {
	case toCanary == equal:
		toCanary = serving[true] / max(1, serving[true]+serving[false])
	case serving[true] == 0:
		toCanary = 0
	case serving[false] == 0:
		toCanary = 1
	}
	for _, p := range w.pods {
		part := 0.0
		if p.serving() {
			part = w.load * (1 - toCanary) / serving[false]
			if p.canary {
				part = w.load * toCanary / serving[true]
			}
		}
		p.load = append(p.load, part)
	}
}

// rate of a pod over the window, since its container runs; ok is false without two scrapes of it.
func (w *rolloutWorld) rate(p *rolloutPod) (rate float64, ok bool) {
	begin := max(len(p.load)-w.lag-w.window, int(w.startUp/time.Second)/2)
	if p.created == 0 {
		begin = max(0, len(p.load)-w.lag-w.window)
	}
	end := len(p.load) - w.lag
	if end-begin < 2 {
		return 0, false
	}
	for _, part := range p.load[begin:end] {
		rate += part
	}
	return rate / float64(end-begin), true
}

func (w *rolloutWorld) observe() *engine.Observation {
	o := &engine.Observation{SpecReplicas: w.replicas}
	m := &w.spec.Metrics[0]
	scale := float64(m.Target)
	if m.TargetType == engine.Utilization {
		scale = 10 * float64(m.Target)
	}
	sampled, window := w.now().Add(-time.Duration(w.lag)*time.Second), time.Duration(w.window)*time.Second
	r := engine.Reading{Time: sampled, Window: window}
	sum, rated := 0.0, 0
	for _, p := range w.pods {
		o.Pods = append(o.Pods, p.Pod)
		if !p.Deleting {
			o.StatusReplicas++
		}
		sample := engine.Sample{}
		if rate, ok := w.rate(p); ok {
			sample = engine.Sample{Known: true, Value: int64(scale * rate), Time: sampled, Window: window}
			if p.serving() { // a query can leave out the pods that are not ready
				sum, rated = sum+rate, rated+1
			}
		}
		r.Pods, r.Requests = append(r.Pods, sample), append(r.Requests, 1000)
	}
	switch {
	case m.Type == engine.Resource || m.Type == engine.Pods:
		r.Time, r.Window = time.Time{}, 0
	case m.TargetType == engine.Value:
		r.Value, r.Pods, r.Requests = int64(scale*sum/float64(max(1, rated))), nil, nil
	default:
		r.Value, r.Pods, r.Requests = int64(scale*w.load), nil, nil
	}
	o.Readings = []engine.Reading{r}
	return o
}

// tick decides after a period, and applies the decision.
func (w *rolloutWorld) tick() *engine.Decision {
	w.pass(15)
	var d engine.Decision
	d, w.state = engine.Decide(w.spec, w.state, w.observe(), w.now())
	if d.Desired != d.Current {
		w.state = engine.RecordScale(w.state, &d, w.now())
		w.replicas = d.Desired
	}
	return &d
}
