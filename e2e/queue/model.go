package queue

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Work is the items of a queue and the speed of its workers. Items are a fluid: each worker finishes many.
type Work struct {
	// Seed of the random numbers.
	Seed uint64
	// Start is the time at which the queue gets its backlog. Before, it is empty.
	Start time.Time
	// Backlog is the number of items at the start; Arrivals a second come for the time Arriving after it.
	Backlog, Arrivals float64
	Arriving          time.Duration
	// Throughput is the mean number of items a second of a worker. Each worker deviates by up to the share Spread, which
	// changes at every pace.
	Throughput, Spread float64
}

// pace is how long a worker keeps its speed.
const pace = 2 * time.Second

// All is the number of items, with the arrivals.
func (w *Work) All() float64 { return w.Backlog + w.Arrivals*w.Arriving.Seconds() }

// State is the progress of a queue.
type State struct {
	// Left items are not done; Arrived items came after the start, without the backlog.
	Left, Arrived, Worked float64
	// Busy is the time, in worker seconds, in which workers had items.
	Busy float64
	// Workers now, and PodSeconds since the start of all pods from their creation until they have finished or are gone.
	Workers    int
	PodSeconds float64
	// Interrupted counts the workers that ended while they had an item.
	Interrupted int
	// Done is the time at which all items were done; zero before.
	Done time.Time
}

// queue is a Work in progress.
type queue struct {
	work  Work
	state State
	now   time.Time
	dice  *rand.Rand
	paces map[string]float64
	// until is the time of the next random speeds.
	until time.Time
	// workers are the current ones, busy those with an item.
	workers, busy []string
}

func newQueue(work Work) *queue {
	return &queue{work: work, now: work.Start, until: work.Start, dice: rand.New(rand.NewPCG(work.Seed, 0)), state: State{Left: work.Backlog}}
}

// advance moves the queue on to now, with this number of pods, of which these are workers. It ignores the time before the
// start.
func (q *queue) advance(now time.Time, pods int, workers []string) {
	passed := now.Sub(q.now).Seconds()
	if passed <= 0 {
		return
	}
	q.arrive(now)
	if !now.Before(q.until) {
		q.paces, q.until = map[string]float64{}, now.Add(pace)
	}
	can := 0.0
	for _, worker := range workers {
		if _, thrown := q.paces[worker]; !thrown {
			q.paces[worker] = q.work.Throughput * (1 + q.work.Spread*(2*q.dice.Float64()-1))
		}
		can += q.paces[worker] * passed
	}
	worked := min(can, q.state.Left)
	q.state.Left -= worked
	q.state.Worked += worked
	if can > 0 {
		q.state.Busy += float64(len(workers)) * passed * worked / can
	}
	q.state.PodSeconds += float64(pods) * passed
	q.state.Workers = len(workers)
	q.workers = workers
	q.handOut()
	q.now = now
	if q.state.Left <= 0 && q.state.Done.IsZero() && !now.Before(q.work.Start.Add(q.work.Arriving)) {
		q.state.Done = now
	}
}

// handOut gives each worker an item while items are left. A worker keeps its item; the last one is done by the worker that
// has had an item for longest.
func (q *queue) handOut() {
	kept := q.busy[:0]
	for _, worker := range q.busy {
		if slices.Contains(q.workers, worker) {
			kept = append(kept, worker)
		} else {
			q.state.Interrupted++
		}
	}
	items := min(len(q.workers), int(math.Ceil(q.state.Left)))
	for _, worker := range q.workers {
		if len(kept) < items && !slices.Contains(kept, worker) {
			kept = append(kept, worker)
		}
	}
	q.busy = kept[:min(len(kept), items)]
}

// arrive adds the arrivals between the last time and now.
func (q *queue) arrive(now time.Time) {
	end := q.work.Start.Add(q.work.Arriving)
	if now.After(end) {
		now = end
	}
	if came := now.Sub(q.now).Seconds() * q.work.Arrivals; came > 0 {
		q.state.Left += came
		q.state.Arrived += came
	}
}
