package engine_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/invariant"
)

var decisions = flag.Int("decisions", defaultDecisions, "how many random decisions each property checks")

// sequence is the number of decisions of one random autoscaler.
const sequence = 50

// TestInvariants runs random specs on random loads and checks each decision by package invariant. Each seed is a sequence; a failure
// names its seed, and -decisions selects how many run.
func TestInvariants(t *testing.T) {
	var next, checked, lower, damped, fellBack, batches, blocked, limited atomic.Int64
	for worker := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			for {
				seed := next.Add(1)
				if (seed-1)*sequence >= int64(*decisions) || t.Failed() {
					return
				}
				playChecked(t, uint64(seed), func(d *engine.Decision) {
					checked.Add(1)
					if d.Desired < d.Current {
						lower.Add(1)
					}
					if d.Damped {
						damped.Add(1)
					}
					if d.HighestBatch >= 0 {
						batches.Add(1)
					}
					if d.Shortage.Blocked > 0 {
						blocked.Add(1)
					}
					if slices.ContainsFunc(d.Steps, func(s engine.Step) bool { return s.Kind == engine.StepCapacity }) {
						limited.Add(1)
					}
					for i := range d.Proposals {
						if d.Proposals[i].IsFallback {
							fellBack.Add(1)
						}
					}
				})
			}
		})
	}
	t.Cleanup(func() {
		t.Logf("%d decisions: %d scale-ins, %d damped, %d led by a batch, %d fallbacks, %d with blocked pods, %d of them limited",
			checked.Load(), lower.Load(), damped.Load(), batches.Load(), fellBack.Load(), blocked.Load(), limited.Load())
		if n := checked.Load(); !t.Failed() && (lower.Load() < n/100 || damped.Load() < n/20 || batches.Load() < n/200 || fellBack.Load() < n/200 || limited.Load() < n/200) {
			t.Errorf("too few decisions of a kind among %d", n)
		}
	})
}

// playChecked runs and checks the sequence of a seed.
func playChecked(t *testing.T, seed uint64, each func(*engine.Decision)) {
	g := worlds{generator: generator{rand.New(rand.NewPCG(seed, 13))}}
	spec := g.spec()
	g.begin(spec)
	var state engine.State
	var d engine.Decision
	var checker invariant.Checker
	for range sequence {
		g.advance()
		state = engine.DecideInto(&d, spec, state, &g.seen, g.now)
		if err := checker.Check(spec, &g.seen, &d); err != nil {
			t.Errorf("seed %d, %s: %v\n%+v", seed, g.now, err, spec)
			return
		}
		each(&d)
		if d.Desired != d.Current && g.IntN(12) > 0 {
			state = engine.RecordScale(state, &d, g.now)
			checker.RecordScale(&d, g.now)
			g.replicas = d.Desired
		}
		if g.IntN(40) == 0 {
			g.replicas = g.Int32N(60) // a user scales
		}
	}
}

// worlds generates loads that stay for a while, fall to 0 for a moment, become unknown, and rise to extreme values.
type worlds struct {
	generator
	policy   *engine.Spec
	replicas int32
	now      time.Time
	seen     engine.Observation
	// load is the load of each metric, as a share of that of 20 replicas at their target; failing is the number of decisions for which
	// it stays unknown.
	load    []float64
	failing []int
	period  time.Duration
	// shortage is the number of decisions for which pods stay blocked by obstacle; NoObstacle stands for a controller that cannot
	// create them.
	shortage int
	obstacle engine.Obstacle
}

func (g *worlds) spec() *engine.Spec {
	s := g.generator.spec()
	s.MaxReplicas += g.Int32N(40)
	if g.IntN(4) == 0 {
		s.MaxPendingPods = 1 + g.Int32N(8)
	}
	if g.IntN(3) == 0 {
		s.Fallback = &engine.Fallback{
			After: time.Duration(1+g.IntN(120)) * time.Second, Replicas: g.Int32N(30), Behavior: engine.FallbackBehavior(1 + g.IntN(4)),
		}
	}
	for i := range s.Metrics {
		if m := &s.Metrics[i]; m.Type == engine.Prometheus && g.IntN(3) == 0 {
			m.Activation = m.Target * g.Int64N(30)
		}
	}
	if s.Damping != nil && g.IntN(3) > 0 {
		s.Down.Stabilization = 0 // as policies compile it
	}
	return s
}

func (g *worlds) begin(spec *engine.Spec) {
	g.policy, g.replicas, g.now = spec, g.Int32N(40), noon
	g.period = []time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 4 * time.Minute}[g.IntN(4)]
	g.load, g.failing = make([]float64, len(spec.Metrics)), make([]int, len(spec.Metrics))
	for i := range g.load {
		g.load[i] = 2 * g.Float64()
	}
	g.seen.Readings = make([]engine.Reading, len(spec.Metrics))
	g.seen.Batches = make([]engine.BatchReading, len(spec.Batches))
}

// advance generates the next observation.
func (g *worlds) advance() {
	g.now = g.now.Add(g.period + time.Duration(g.IntN(2000))*time.Millisecond)
	if g.IntN(100) == 0 {
		g.now = g.now.Add(time.Duration(g.IntN(1200)) * time.Second)
	}
	g.seen.SpecReplicas, g.seen.StatusReplicas = g.replicas, max(0, g.replicas+g.Int32N(3)-1)
	g.seen.PodsProblem = ""
	if g.IntN(200) == 0 {
		g.seen.PodsProblem = "made up"
	}
	g.placePods()
	for i := range g.policy.Metrics {
		g.read(i)
	}
	for i := range g.seen.Batches {
		r := engine.Reading{Value: g.Int64N(4_000_000), Time: g.now.Add(-time.Second)}
		if g.IntN(4) == 0 {
			r.Value = 0
		}
		if g.IntN(20) == 0 {
			r = engine.Reading{Problem: "made up"}
		}
		g.seen.Batches[i].Backlog = r
	}
}

func (g *worlds) placePods() {
	g.seen.Pods = g.seen.Pods[:0]
	old := g.now.Add(-time.Hour)
	for range min(g.replicas, 12) {
		pod := engine.Pod{Phase: engine.Running, Readiness: engine.Ready, ReadySince: old, Started: old}
		switch g.IntN(16) {
		case 0:
			pod.Phase, pod.Readiness = engine.Phase(1+g.IntN(5)), engine.Readiness(g.IntN(4))
		case 1:
			pod.Started = g.now.Add(-time.Duration(g.IntN(300)) * time.Second)
			pod.ReadySince = pod.Started.Add(5 * time.Second)
		case 2:
			pod.Deleting = true
		case 3:
			pod.Readiness, pod.Lost, pod.ReadySince = engine.NotReady, true, g.now.Add(-time.Duration(g.IntN(300))*time.Second)
		}
		g.seen.Pods = append(g.seen.Pods, pod)
	}
	g.blockPods()
}

// blockPods replaces some of the pods by blocked ones, or drops them where the controller cannot create them.
func (g *worlds) blockPods() {
	g.seen.Refused, g.seen.QuotaHasRoom = "", g.IntN(2) == 0
	if g.shortage--; g.shortage < 0 {
		if g.IntN(30) > 0 {
			return
		}
		g.shortage, g.obstacle = g.IntN(30), engine.Obstacle(g.IntN(6))
	}
	running := int(g.Int32N(int32(len(g.seen.Pods) + 1)))
	if g.obstacle == engine.NoObstacle {
		g.seen.Pods, g.seen.Refused = g.seen.Pods[:running], "made up"
		return
	}
	for i := running; i < len(g.seen.Pods); i++ {
		g.seen.Pods[i] = engine.Pod{Phase: engine.Pending, Obstacle: g.obstacle, Superseded: g.IntN(8) == 0}
	}
}

// read generates the reading of metric i.
func (g *worlds) read(i int) {
	r, m := &g.seen.Readings[i], &g.policy.Metrics[i]
	pods := r.Pods[:0]
	requests := r.Requests[:0]
	*r = engine.Reading{Time: g.now.Add(-time.Duration(g.IntN(40)) * time.Second)}
	if g.IntN(20) == 0 {
		g.load[i] = 2 * g.Float64()
	}
	load := g.load[i] * (0.95 + g.Float64()/10)
	if g.IntN(8) == 0 {
		load = 0
	}
	if g.failing[i] > 0 || g.IntN(40) == 0 {
		r.Problem = "made up"
		if g.failing[i]--; g.failing[i] < 0 {
			g.failing[i] = g.IntN(20)
		}
	}
	each := load * 20 / float64(max(1, g.replicas)) * float64(m.Target)
	if m.TargetType == engine.Utilization {
		each *= 10 // of a request of a whole one
	}
	r.Value = int64(load * 20 * float64(m.Target))
	if m.TargetType == engine.Value {
		r.Value = int64(each)
	}
	if g.IntN(100) == 0 {
		r.Value, each = g.value(), float64(g.Int64N(1_000_000))
	}
	for range g.seen.Pods {
		pods = append(pods, engine.Sample{Known: g.IntN(20) > 0, Value: int64(each), Time: r.Time, Window: 20 * time.Second})
		requests = append(requests, 1000)
	}
	if g.IntN(30) == 0 {
		r.Partial = "made up"
		for i := range pods {
			pods[i].Partial = "made up"
		}
	}
	r.Pods, r.Requests = pods, requests
}
