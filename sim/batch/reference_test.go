package batch

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// twin is the plant without cleverness: it goes by the second, and looks at every worker and every item each time. Its
// times are whole seconds.
type twin struct {
	now        float64
	items      []Item
	begun      []bool
	workers    []*twinWorker
	podSeconds float64
}

type twinWorker struct {
	worker
	busy bool
}

func (w *twin) pass() {
	w.now++
	w.settle()
}

// settle lets those who are done be done, and those who are free begin, whoever has been free for longest first.
func (w *twin) settle() {
	for _, each := range w.workers {
		if each.busy && each.free <= w.now {
			each.busy = false
		}
	}
	w.workers = slices.DeleteFunc(w.workers, func(each *twinWorker) bool {
		if !each.leaving || each.busy {
			return false
		}
		w.podSeconds += w.now - each.created
		return true
	})
	for i := range w.items {
		if w.begun[i] || w.items[i].At > w.now {
			continue
		}
		var first *twinWorker
		for _, each := range w.workers {
			if !each.busy && !each.leaving && each.ready <= w.now && (first == nil || each.free < first.free) {
				first = each
			}
		}
		if first == nil {
			return
		}
		w.begun[i], first.busy = true, true
		first.free = w.now + w.items[i].Takes
	}
}

func (w *twin) scale(replicas int, startUp float64) {
	there := 0
	for _, each := range w.workers {
		if !each.leaving {
			there++
		}
	}
	for ; there < replicas; there++ {
		w.workers = append(w.workers, &twinWorker{worker: worker{created: w.now, ready: w.now + startUp, free: w.now + startUp}})
	}
	for _, chosen := range []func(*twinWorker) bool{
		func(each *twinWorker) bool { return each.ready > w.now },
		func(each *twinWorker) bool { return !each.busy },
		func(*twinWorker) bool { return true },
	} {
		for i := len(w.workers) - 1; i >= 0 && there > replicas; i-- {
			if each := w.workers[i]; !each.leaving && chosen(each) {
				each.leaving = true
				there--
			}
		}
	}
	w.settle()
}

func (w *twin) backlog() int {
	left := 0
	for i := range w.items {
		if w.items[i].At <= w.now && !w.begun[i] {
			left++
		}
	}
	for _, each := range w.workers {
		if each.busy {
			left++
		}
	}
	return left
}

// TestPlantAgainstTheTwin: in small nights with random items and counts, the plant and the twin have the same backlog, workers and pod
// seconds after every step.
func TestPlantAgainstTheTwin(t *testing.T) {
	for seed := range uint64(300) {
		g := rand.New(rand.NewPCG(seed, 5))
		c := &Config{Closes: 200, StartUp: float64(1 + g.IntN(20))}
		for range g.IntN(80) {
			c.Items = append(c.Items, Item{At: float64(g.IntN(150)), Takes: float64(1 + g.IntN(30))})
		}
		sortItems(c.Items)
		p := plant{config: c, dice: rand.New(rand.NewPCG(seed, 1)), items: c.Items}
		w := twin{items: c.Items, begun: make([]bool, len(c.Items))}
		for p.now < 300 {
			if g.IntN(3) == 0 {
				n := g.IntN(8)
				p.scale(n)
				w.scale(n, c.StartUp)
			}
			step := 1 + g.IntN(20)
			p.advance(p.now + float64(step))
			for range step {
				w.pass()
			}
			if p.backlog() != w.backlog() || len(p.workers) != len(w.workers) || p.total.podSeconds != w.podSeconds {
				t.Fatalf("seed %d at %g: backlog %d, %d workers, %g pod seconds; the twin has %d, %d, %g", seed, p.now,
					p.backlog(), len(p.workers), p.total.podSeconds, w.backlog(), len(w.workers), w.podSeconds)
			}
		}
	}
}

// TestANightIsDeterminedByItsSeed: the same seed gives the same night and the same result, another one does not.
func TestANightIsDeterminedByItsSeed(t *testing.T) {
	run := func(seed uint64) Result {
		n := NewRandomNight(seed)
		return Run(&n.Config, n.PerReplica(n.Max, 5), nil)
	}
	if first, second := run(7), run(7); first != second {
		t.Errorf("seed 7 gave %+v, and then %+v", first, second)
	}
	if run(7) == run(8) {
		t.Error("seeds 7 and 8 gave the same")
	}
}

// TestLeastIsALowerBound: no policy is on time for less, whatever it does.
func TestLeastIsALowerBound(t *testing.T) {
	for seed := range uint64(40) {
		n := NewRandomNight(seed)
		least, replicas := LowerBound(&n.Config)
		n.StartUpSigma = 0 // a start can be shorter than it usually is
		for _, spec := range []int32{int32(replicas), int32(replicas) + 1, n.Max} {
			if r := Run(&n.Config, n.Fixed(spec), nil); r.Late == 0 && r.PodSeconds < least {
				t.Errorf("seed %d: %d replicas are on time for %g pod seconds, and the least is %g", seed, spec, r.PodSeconds, least)
			}
		}
		if replicas > 1 {
			if r := Run(&n.Config, n.Fixed(int32(replicas)-1), nil); r.Late == 0 {
				t.Errorf("seed %d: %d replicas are on time, and %d should be the fewest", seed, replicas-1, replicas)
			}
		}
	}
}
