package batch

import (
	"cmp"
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
)

// Item is a piece of work. Times are in seconds since the night began.
type Item struct {
	// At is when it comes, Takes how long a worker needs for it.
	At, Takes float64
}

// worker is a pod. Its times are in seconds since the night began.
type worker struct {
	// number in the order of creation.
	number         int
	created, ready float64
	// free is when it will have done what it has begun, or has done it.
	free float64
	// leaving says that it takes nothing more, and is gone once it is free.
	leaving bool
}

// plant is the queue and its workers.
type plant struct {
	config  *Config
	dice    *rand.Rand
	now     float64
	items   []Item // by the time of their coming
	begun   int    // of items, in their order
	workers []*worker
	created int
	total   totals
}

// totals are what a night comes to.
type totals struct {
	podSeconds, finish float64
	late               int
}

// advance lets workers work until a time. Whoever is free first takes what has waited longest.
func (p *plant) advance(to float64) {
	free := idle{}
	for _, w := range p.workers {
		if !w.leaving && w.free <= to {
			free = append(free, w)
		}
	}
	heap.Init(&free)
	for len(free) > 0 && p.begun < len(p.items) {
		w, item := free[0], p.items[p.begun]
		begins := max(w.free, item.At)
		if begins > to {
			break
		}
		p.begun++
		w.free = begins + item.Takes
		p.total.finish = max(p.total.finish, w.free)
		if w.free > p.config.deadline() {
			p.total.late++
		}
		if w.free > to {
			heap.Pop(&free)
		} else {
			heap.Fix(&free, 0)
		}
	}
	p.now = to
	p.workers = slices.DeleteFunc(p.workers, func(w *worker) bool {
		if !w.leaving || w.free > to {
			return false
		}
		p.total.podSeconds += w.free - w.created
		return true
	})
}

// scale asks for so many workers. Taken away are those that have not started, the youngest first, then those that have
// nothing to do, then those that have.
func (p *plant) scale(replicas int) {
	there := 0
	for _, w := range p.workers {
		if !w.leaving {
			there++
		}
	}
	for ; there < replicas; there++ {
		took := p.config.StartUp * math.Exp(p.config.StartUpSigma*p.dice.NormFloat64())
		p.created++
		p.workers = append(p.workers, &worker{number: p.created, created: p.now, ready: p.now + took, free: p.now + took})
	}
	if there == replicas {
		return
	}
	candidates := slices.Clone(p.workers)
	slices.SortStableFunc(candidates, func(a, b *worker) int {
		return cmp.Or(cmp.Compare(p.spared(a), p.spared(b)), cmp.Compare(b.number, a.number))
	})
	for _, w := range candidates {
		if there > replicas && !w.leaving {
			w.leaving = true
			there--
			if p.spared(w) < 2 {
				w.free = p.now
			}
		}
	}
	p.advance(p.now)
}

// spared is the order in which workers are taken away.
func (p *plant) spared(w *worker) int {
	switch {
	case w.ready > p.now:
		return 0
	case w.free <= p.now:
		return 1
	default:
		return 2
	}
}

// cameBy is how many items have come by a time.
func (p *plant) cameBy(t float64) int {
	came, _ := slices.BinarySearchFunc(p.items, math.Nextafter(t, math.Inf(1)), func(i Item, t float64) int { return cmp.Compare(i.At, t) })
	return came
}

// backlog is what waits and what is worked on.
func (p *plant) backlog() int {
	came := p.cameBy(p.now)
	working := 0
	for _, w := range p.workers {
		if w.ready <= p.now && w.free > p.now {
			working++
		}
	}
	return came - p.begun + working
}

// end takes stock.
func (p *plant) end() {
	for _, w := range p.workers {
		p.total.podSeconds += p.now - w.created
	}
	p.total.late += len(p.items) - p.begun
	if p.begun < len(p.items) {
		p.total.finish = math.Inf(1)
	}
}

// idle workers, whoever is free first at the front.
type idle []*worker

func (w idle) Len() int { return len(w) }
func (w idle) Less(i, j int) bool {
	return w[i].free < w[j].free || (w[i].free == w[j].free && w[i].number < w[j].number)
}
func (w idle) Swap(i, j int) { w[i], w[j] = w[j], w[i] }

// Push and Pop are part of [heap.Interface].
func (w *idle) Push(x any) { *w = append(*w, x.(*worker)) }

// Pop is as Push.
func (w *idle) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

func sortItems(items []Item) {
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.At, b.At) })
}
