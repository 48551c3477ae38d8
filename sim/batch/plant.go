package batch

import (
	"cmp"
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
)

// Item is a work item. Times are in seconds since the start of the night.
type Item struct {
	// At is the arrival, Takes the processing time.
	At, Takes float64
}

// worker is a pod. Times are in seconds since the start of the night.
type worker struct {
	// number in the order of creation.
	number         int
	created, ready float64
	// free is the end of its current or last item.
	free float64
	// leaving workers take no more items and terminate at free.
	leaving bool
}

// plant is the queue and its workers.
type plant struct {
	config  *Config
	dice    *rand.Rand
	now     float64
	items   []Item // by arrival
	begun   int    // number of started items
	workers []*worker
	created int
	total   totals
}

// totals are the results of a night.
type totals struct {
	podSeconds, finish float64
	late               int
}

// advance processes items until a time. The worker that is free first takes the oldest item.
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

// scale sets the number of workers. It removes starting workers first, then idle ones, then busy ones, the youngest first.
func (p *plant) scale(replicas int) {
	count := 0
	for _, w := range p.workers {
		if !w.leaving {
			count++
		}
	}
	for ; count < replicas; count++ {
		startUp := p.config.StartUp * math.Exp(p.config.StartUpSigma*p.dice.NormFloat64())
		p.created++
		p.workers = append(p.workers, &worker{number: p.created, created: p.now, ready: p.now + startUp, free: p.now + startUp})
	}
	if count == replicas {
		return
	}
	candidates := slices.Clone(p.workers)
	slices.SortStableFunc(candidates, func(a, b *worker) int {
		return cmp.Or(cmp.Compare(p.removalClass(a), p.removalClass(b)), cmp.Compare(b.number, a.number))
	})
	for _, w := range candidates {
		if count > replicas && !w.leaving {
			w.leaving = true
			count--
			if p.removalClass(w) < 2 {
				w.free = p.now
			}
		}
	}
	p.advance(p.now)
}

// removalClass is the order of removal: starting, idle, busy.
func (p *plant) removalClass(w *worker) int {
	switch {
	case w.ready > p.now:
		return 0
	case w.free <= p.now:
		return 1
	default:
		return 2
	}
}

// arrivedBy is the number of items that arrived by a time.
func (p *plant) arrivedBy(t float64) int {
	arrived, _ := slices.BinarySearchFunc(p.items, math.Nextafter(t, math.Inf(1)), func(i Item, t float64) int { return cmp.Compare(i.At, t) })
	return arrived
}

// backlog is the number of waiting and of processed items.
func (p *plant) backlog() int {
	arrived := p.arrivedBy(p.now)
	working := 0
	for _, w := range p.workers {
		if w.ready <= p.now && w.free > p.now {
			working++
		}
	}
	return arrived - p.begun + working
}

// end completes the totals.
func (p *plant) end() {
	for _, w := range p.workers {
		p.total.podSeconds += p.now - w.created
	}
	p.total.late += len(p.items) - p.begun
	if p.begun < len(p.items) {
		p.total.finish = math.Inf(1)
	}
}

// idle is a heap of workers by the time at which they are free.
type idle []*worker

func (w idle) Len() int { return len(w) }
func (w idle) Less(i, j int) bool {
	return w[i].free < w[j].free || (w[i].free == w[j].free && w[i].number < w[j].number)
}
func (w idle) Swap(i, j int) { w[i], w[j] = w[j], w[i] }

// Push implements [heap.Interface].
func (w *idle) Push(x any) { *w = append(*w, x.(*worker)) }

// Pop implements [heap.Interface].
func (w *idle) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

func sortItems(items []Item) {
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.At, b.At) })
}
