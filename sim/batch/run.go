package batch

import (
	"math"
	"math/rand/v2"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Config is a night. Times are in seconds since its start, which is before its window opens.
type Config struct {
	// Begin is the start time of the night.
	Begin time.Time
	// Opens and Closes are the times of the window; Closes is the deadline. Ends is the end of the night.
	Opens, Closes, Ends float64
	// Items by arrival. All are due.
	Items []Item
	// StartUp of a worker: lognormal, StartUp·e^(StartUpSigma·N).
	StartUp, StartUpSigma float64
	// DarkFrom and DarkTo bound a time with unknown metrics.
	DarkFrom, DarkTo float64
	Seed             uint64
}

func (c *Config) deadline() float64 { return c.Closes }

const (
	// period is the time between two ticks, and two scrapes, in seconds. Metrics show the scrape before the last.
	period = 15.0
	// rateWindow is the range of the rate of arrivals, in seconds.
	rateWindow = 300.0
)

// Result is the result of a night.
type Result struct {
	// Late is the number of items done after the deadline or never.
	Late int
	// Finish is the end of the last item, in seconds; infinite for never.
	Finish float64
	// PodSeconds of all workers, including starting and draining ones.
	PodSeconds float64
	// Changes of the desired replicas, and their maximum.
	Changes int
	Peak    int32
	// Warned is the time of the first DeadlineAtRisk, in seconds; infinite for never.
	Warned float64
}

// Run simulates a night with an autoscaler of this spec, from zero replicas. External metrics measure the backlog. each is called
// with every decision; it may be nil.
func Run(c *Config, spec *engine.Spec, each func(d *engine.Decision, backlog int)) Result {
	r := runner{
		config: c, spec: spec, state: engine.State{ScaledToZero: true},
		plant:  plant{config: c, dice: rand.New(rand.NewPCG(c.Seed, 1)), items: c.Items},
		result: Result{Warned: math.Inf(1)},
	}
	for ; r.plant.now < c.Ends; r.plant.advance(r.plant.now + period) {
		r.scrape()
		r.tick()
		if each != nil {
			each(&r.decision, r.plant.backlog())
		}
		if r.over() {
			break
		}
	}
	r.plant.end()
	r.result.Late, r.result.Finish, r.result.PodSeconds = r.plant.total.late, r.plant.total.finish, r.plant.total.podSeconds
	return r.result
}

type runner struct {
	config      *Config
	spec        *engine.Spec
	state       engine.State
	observation engine.Observation
	decision    engine.Decision
	plant       plant
	replicas    int32
	// scraped is the backlog at the scrape before the last, and at the last.
	scraped [2]int
	scrapes int
	result  Result
}

// over reports whether the window is closed, all items are done and all workers are gone.
func (r *runner) over() bool {
	return r.plant.now > r.config.Closes && r.replicas == 0 && len(r.plant.workers) == 0 && r.plant.begun == len(r.plant.items)
}

func (r *runner) scrape() {
	r.scraped[0], r.scraped[1] = r.scraped[1], r.plant.backlog()
	r.scrapes++
}

func (r *runner) instant(t float64) time.Time {
	return r.config.Begin.Add(time.Duration(t * float64(time.Second)))
}

func (r *runner) tick() {
	r.observe()
	now := r.instant(r.plant.now)
	r.state = engine.DecideInto(&r.decision, r.spec, r.state, &r.observation, now)
	d := &r.decision
	if d.DeadlineAtRisk.Status == engine.True {
		r.result.Warned = min(r.result.Warned, r.plant.now)
	}
	if d.Desired == d.Current {
		return
	}
	r.result.Changes++
	r.replicas = d.Desired
	r.result.Peak = max(r.result.Peak, r.replicas)
	r.plant.scale(int(r.replicas))
	r.state = engine.RecordScale(r.state, d, now)
}

// observe sets the observation of the controller.
func (r *runner) observe() {
	r.observation.SpecReplicas, r.observation.StatusReplicas = r.replicas, r.replicas
	r.observation.Pods = r.observation.Pods[:0]
	for _, w := range r.plant.workers {
		pod := engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, Started: r.instant(w.created), Deleting: w.leaving}
		if w.ready <= r.plant.now {
			pod.Readiness, pod.ReadySince = engine.Ready, r.instant(w.ready)
		}
		r.observation.Pods = append(r.observation.Pods, pod)
	}
	backlog := engine.Reading{Via: "direct", Value: 1000 * int64(r.scraped[0]), Time: r.instant(r.plant.now - period)}
	arrivals := engine.Reading{Via: "direct", Value: int64(1000 * r.arrivals(r.plant.now-period)), Time: backlog.Time}
	if r.scrapes < 2 || (r.config.DarkFrom <= r.plant.now && r.plant.now < r.config.DarkTo) {
		backlog = engine.Reading{Problem: "Prometheus does not answer"}
		arrivals = backlog
	}
	r.observation.Readings = r.observation.Readings[:0]
	for range r.spec.Metrics {
		r.observation.Readings = append(r.observation.Readings, backlog)
	}
	r.observation.Batches = r.observation.Batches[:0]
	for range r.spec.Batches {
		r.observation.Batches = append(r.observation.Batches, engine.BatchReading{Backlog: backlog, Arrivals: arrivals})
	}
}

// arrivals is the rate per second over the range before a time.
func (r *runner) arrivals(t float64) float64 {
	count := 0
	for i := r.plant.arrivedBy(t) - 1; i >= 0 && r.plant.items[i].At > t-rateWindow; i-- {
		count++
	}
	return float64(count) / rateWindow
}
