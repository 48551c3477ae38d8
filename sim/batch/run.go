package batch

import (
	"math"
	"math/rand/v2"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Config is a night. Times are in seconds since it began, which is a while before its window opens.
type Config struct {
	// Begin is the instant at which the night begins.
	Begin time.Time
	// Opens and Closes are when the window does; by Closes all must be done. Ends is when the night is over.
	Opens, Closes, Ends float64
	// Items by the time of their coming. All are due.
	Items []Item
	// StartUp of a worker: lognormal, StartUp·e^(StartUpSigma·N).
	StartUp, StartUpSigma float64
	// Dark is a time in which no metric is known.
	DarkFrom, DarkTo float64
	Seed             uint64
}

func (c *Config) deadline() float64 { return c.Closes }

const (
	// period is the time between two ticks, and two scrapes. What is seen is the scrape before the last.
	period = 15.0
	// rateWindow is what the rate of arrivals is taken over.
	rateWindow = 300.0
)

// Result is what a night came to.
type Result struct {
	// Late items, done after the deadline or never.
	Late int
	// Finish is when the last item was done, in seconds; infinite for never.
	Finish float64
	// PodSeconds of all workers, those that start and those that drain among them.
	PodSeconds float64
	// Changes of the replicas asked for, and the most of them.
	Changes int
	Peak    int32
	// Warned is when the deadline was first said to be at risk, in seconds; infinite for never.
	Warned float64
}

// Run lets an autoscaler of this spec go through the night, from zero. Of its metrics those of type External measure the
// backlog. each is told each decision; it may be nil.
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
	config   *Config
	spec     *engine.Spec
	state    engine.State
	seen     engine.Observation
	decision engine.Decision
	plant    plant
	replicas int32
	// scraped is the backlog as it was scraped last, and before.
	scraped [2]int
	scrapes int
	result  Result
}

// over says that the window has closed, and that nobody is there any more.
func (r *runner) over() bool {
	return r.plant.now > r.config.Closes && r.replicas == 0 && len(r.plant.workers) == 0 && r.plant.begun == len(r.plant.items)
}

func (r *runner) scrape() {
	r.scraped[0], r.scraped[1] = r.scraped[1], r.plant.backlog()
	r.scrapes++
}

func (r *runner) at(t float64) time.Time {
	return r.config.Begin.Add(time.Duration(t * float64(time.Second)))
}

func (r *runner) tick() {
	r.observe()
	now := r.at(r.plant.now)
	r.state = engine.DecideInto(&r.decision, r.spec, r.state, &r.seen, now)
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

// observe tells what a controller would see.
func (r *runner) observe() {
	r.seen.SpecReplicas, r.seen.StatusReplicas = r.replicas, r.replicas
	r.seen.Pods = r.seen.Pods[:0]
	for _, w := range r.plant.workers {
		pod := engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, Started: r.at(w.created), Deleting: w.leaving}
		if w.ready <= r.plant.now {
			pod.Readiness, pod.ReadySince = engine.Ready, r.at(w.ready)
		}
		r.seen.Pods = append(r.seen.Pods, pod)
	}
	backlog := engine.Reading{Via: "direct", Value: 1000 * int64(r.scraped[0]), Time: r.at(r.plant.now - period)}
	arrivals := engine.Reading{Via: "direct", Value: int64(1000 * r.arrivals(r.plant.now-period)), Time: backlog.Time}
	if r.scrapes < 2 || (r.config.DarkFrom <= r.plant.now && r.plant.now < r.config.DarkTo) {
		backlog = engine.Reading{Problem: "Prometheus does not answer"}
		arrivals = backlog
	}
	r.seen.Readings = r.seen.Readings[:0]
	for range r.spec.Metrics {
		r.seen.Readings = append(r.seen.Readings, backlog)
	}
	r.seen.Batches = r.seen.Batches[:0]
	for range r.spec.Batches {
		r.seen.Batches = append(r.seen.Batches, engine.BatchReading{Backlog: backlog, Arrivals: arrivals})
	}
}

// arrivals is the rate a second over the window before a time.
func (r *runner) arrivals(t float64) float64 {
	came := 0
	for i := r.plant.cameBy(t) - 1; i >= 0 && r.plant.items[i].At > t-rateWindow; i-- {
		came++
	}
	return float64(came) / rateWindow
}
