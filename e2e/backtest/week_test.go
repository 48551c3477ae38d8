package backtest

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

const (
	// scrapeInterval of the simulated Prometheus, and step of the curves.
	scrapeInterval = 30 * time.Second
	// week is the history that the backtest asks for; the simulation begins before it, so that counters have a first rate.
	week, before = 7 * 24 * time.Hour, 10 * time.Minute
	// after the start of the test, in which the command runs.
	after = 5 * time.Minute
	// outage is an outage of Prometheus, from a time since the start of the simulation.
	outageAt, outage = 60 * time.Hour, 2 * time.Hour
	// startingCPU is used by a starting container, in cores.
	startingCPU = 0.2
)

// recordedPod is a pod at the time of a scrape.
type recordedPod struct {
	name           string
	created, ready time.Time // ready is zero for a pod that is not
	running        bool
	cpu            float64 // counter, in core seconds
}

// scrape is what the exporters showed at a time. Its pods are valid until the next scrape.
type scrape struct {
	since           time.Duration
	replicas, ready int
	pods            []recordedPod
}

// run simulates a policy over the week's load. Each of its scrapes is passed to record, and its replicas are returned.
func run(t *testing.T, spec *engine.Spec, begin time.Time, record func(*scrape)) []float64 {
	t.Helper()
	k := &kubelet{}
	config := plant.Defaults()
	config.Pod.CPU.Starting = startingCPU
	policy := &sim.Engine{Spec: spec, Watch: func(_ *engine.State, o *engine.Observation, _ *engine.Decision) { k.observe(o) }}
	s, err := sim.New(sim.Config{
		Policy: policy, Plant: config, Load: load.Noise(load.Diurnal(30, 200, 24*time.Hour), 0.05, time.Minute, 1),
		Begin: begin, Replicas: 4, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	var replicas []float64
	s.Run(before+week+after, func(st *sim.Step) {
		if st.At%scrapeInterval == 0 {
			replicas = append(replicas, float64(st.Replicas))
			record(&scrape{st.At, int(st.Replicas), st.Ready, k.pods})
		}
		k.use(st.Busy, st.Length)
	})
	return replicas
}

// hpa is the HPA that ran.
func hpa() *engine.Spec {
	return peers.HPA(peers.Goal{Metric: peers.CPU, Busy: 0.7, PodRate: 10, Min: 2, Max: 40})
}

// kubelet has the pods of the last observation, with their CPU counters.
type kubelet struct {
	pods  []recordedPod
	named int
}

func (k *kubelet) observe(o *engine.Observation) {
	former := k.pods
	k.pods = nil
	for i := range o.Pods {
		p := &o.Pods[i]
		if p.Deleting {
			continue
		}
		var ready time.Time
		if p.Readiness == engine.Ready {
			ready = p.ReadySince
		}
		// Simulated pods have no names, and are in the order of their creation.
		for len(former) > 0 && (!former[0].created.Equal(p.Started) || !former[0].ready.IsZero() && !former[0].ready.Equal(ready)) {
			former = former[1:]
		}
		one := recordedPod{created: p.Started}
		if len(former) > 0 {
			one, former = former[0], former[1:]
		} else {
			k.named++
			one.name = fmt.Sprintf("web-6d4cf56db6-%05d", k.named)
		}
		one.ready, one.running = ready, p.Phase == engine.Running
		k.pods = append(k.pods, one)
	}
}

// use adds the usage of a step to the counters of the pods.
func (k *kubelet) use(busy float64, length time.Duration) {
	for i := range k.pods {
		p := &k.pods[i]
		switch {
		case !p.ready.IsZero():
			p.cpu += busy * length.Seconds()
		case p.running:
			p.cpu += startingCPU * length.Seconds()
		}
	}
}
