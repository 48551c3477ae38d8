package queue

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Work is what a queue is given, and how fast workers are at it. Items are a fluid: workers are slow enough to finish many
// of them, and many of them.
type Work struct {
	// Seed of what is left to chance.
	Seed uint64
	// Start is when the queue is filled. Before, it is empty.
	Start time.Time
	// Backlog is there at the start, and Arrivals come in a second for the time Arriving after it.
	Backlog, Arrivals float64
	Arriving          time.Duration
	// Throughput of a worker in a second, on average. Each worker's is off by up to the share Spread, another one every pace.
	Throughput, Spread float64
}

// pace is how long a worker keeps its speed.
const pace = 2 * time.Second

// All is how much there is to do in all.
func (w *Work) All() float64 { return w.Backlog + w.Arrivals*w.Arriving.Seconds() }

// State is how the work of a queue stands.
type State struct {
	// Left is what is not done, and Arrived what has come since the start, the backlog aside.
	Left, Arrived, Worked float64
	// Busy are the seconds that workers had something to do, all of them together.
	Busy float64
	// Workers now, and PodSeconds since the start of all pods from their creation until they have finished or are gone.
	Workers    int
	PodSeconds float64
	// Interrupted counts the workers that went with an item in hand.
	Interrupted int
	// Done is when all was done that there was to do; zero before.
	Done time.Time
}

// queue is a Work on its way.
type queue struct {
	work  Work
	state State
	now   time.Time
	dice  *rand.Rand
	paces map[string]float64
	// until is when paces are thrown anew.
	until time.Time
	// workers are those of now, and busy those with an item in hand.
	workers, busy []string
}

func newQueue(work Work) *queue {
	return &queue{work: work, now: work.Start, until: work.Start, dice: rand.New(rand.NewPCG(work.Seed, 0)), state: State{Left: work.Backlog}}
}

// advance lets time pass until now, with so many pods, of which these are workers. A time before the start passes unseen.
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

// handOut gives each worker an item for as long as there are some. Who has one keeps it; the last is done by whoever has had
// one for longest.
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

// arrive adds what has come between the last time and now.
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
