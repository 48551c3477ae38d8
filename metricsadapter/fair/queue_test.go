package fair

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)

// server runs the queries of a queue on a virtual clock.
type server struct {
	queue *Queue
	now   time.Time
	// takes is how long a query of a class takes.
	takes   func(class string) time.Duration
	running []run
	pushed  map[*Ticket]time.Time
	// service is the query time that each class received, longest its longest wait, and refused its refused queries.
	service, longest map[string]time.Duration
	refused          map[string]int
}

type run struct {
	ticket *Ticket
	took   time.Duration
	end    time.Time
}

func newServer(limits Limits, takes func(string) time.Duration) *server {
	return &server{
		queue: New(limits), now: start, takes: takes, pushed: map[*Ticket]time.Time{},
		service: map[string]time.Duration{}, longest: map[string]time.Duration{}, refused: map[string]int{},
	}
}

func (s *server) push(class string, n int) {
	for range n {
		s.pushed[s.queue.Push(class, s.now)] = s.now
	}
	s.admit()
}

func (s *server) admit() {
	for {
		ticket, refused := s.queue.Pop(s.now)
		switch {
		case ticket == nil:
			return
		case refused:
			s.refused[ticket.Class()]++
		default:
			class := ticket.Class()
			s.longest[class] = max(s.longest[class], s.now.Sub(s.pushed[ticket]))
			took := s.takes(class)
			s.running = append(s.running, run{ticket, took, s.now.Add(took)})
		}
		delete(s.pushed, ticket)
	}
}

// until lets time go by; ended is called with the class of each query that ends.
func (s *server) until(end time.Time, ended func(class string)) {
	for len(s.running) > 0 {
		slices.SortStableFunc(s.running, func(a, b run) int { return a.end.Compare(b.end) })
		first := s.running[0]
		if first.end.After(end) {
			break
		}
		s.running = s.running[1:]
		s.now = first.end
		s.service[first.ticket.Class()] += first.took
		s.queue.Release(first.ticket, first.took, s.now)
		ended(first.ticket.Class())
		s.admit()
	}
	s.now = end
}

// TestFairShare holds classes that always have queries in the queue against their share: of any two, the query time
// differs by no more than what start-time fair queueing allows, however long the queries of each are.
func TestFairShare(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		limits := Limits{MaxConcurrent: 1 + r.IntN(10)}
		limits.MaxPerClass = 1 + r.IntN(limits.MaxConcurrent)
		classes := 2*limits.MaxConcurrent + r.IntN(10) // enough that no class is kept from its share by PerClass
		typical := make(map[string]time.Duration)
		for i := range classes {
			typical[fmt.Sprint("n", i)] = time.Duration(1+r.IntN(10_000)) * time.Millisecond
		}
		s := newServer(limits, func(class string) time.Duration {
			return typical[class]/2 + time.Duration(r.Int64N(int64(typical[class]/2+1)))
		})
		for class := range typical {
			s.push(class, 10)
		}
		s.until(start.Add(time.Hour), func(class string) { s.push(class, 1) })
		var received []time.Duration
		for class := range typical {
			received = append(received, s.service[class])
		}
		// Each class may have so many queries at the server at a time, each of 10s at most.
		allowed := 2 * time.Duration(limits.MaxPerClass+1) * 10 * time.Second
		if least, most := slices.Min(received), slices.Max(received); most-least > allowed {
			t.Errorf("seed %d, %+v, %d classes: query times are from %s to %s, which differ by more than %s", seed, limits, classes, least, most, allowed)
		}
	}
}

// TestVictim: a class that asks for less than its share waits for no more than one query of each other class, whatever
// these do.
func TestVictim(t *testing.T) {
	const slow, quick, period = 10 * time.Second, 50 * time.Millisecond, 15 * time.Second
	for _, hostile := range []int{1, 3, 10, 40} {
		t.Run(fmt.Sprint(hostile, " hostile classes"), func(t *testing.T) {
			s := newServer(Limits{MaxConcurrent: 10, MaxPerClass: 5}, func(class string) time.Duration {
				if class == "victim" || class == Shared {
					return quick
				}
				return slow
			})
			for i := range hostile {
				s.push(fmt.Sprint("hostile", i), 300)
			}
			for instant := start.Add(time.Second); instant.Before(start.Add(time.Hour)); instant = instant.Add(period) {
				s.until(instant, func(class string) {
					if class != "victim" && class != Shared {
						s.push(class, 1)
					}
				})
				s.push("victim", 5)
				s.push(Shared, 20)
			}
			turns := (hostile + 9) / 10
			for _, class := range []string{"victim", Shared} {
				if bound := time.Duration(turns+1) * slow; s.longest[class] > bound {
					t.Errorf("%q waited %s, more than %s", class, s.longest[class], bound)
				}
			}
			if hostile == 1 && s.longest["victim"] > 0 {
				t.Errorf("the victim waited %s though one class may have half of the turns only", s.longest["victim"])
			}
		})
	}
}

// TestBudget: a class receives its budget and no more, its excess is refused at once, and others lose nothing by it.
func TestBudget(t *testing.T) {
	const budget, period = 30 * time.Second, 15 * time.Second
	s := newServer(Limits{MaxConcurrent: 10, MaxPerClass: 5, Budget: budget, Period: period}, func(class string) time.Duration {
		if class == "greedy" {
			return 10 * time.Second
		}
		return 100 * time.Millisecond
	})
	const rounds = 240
	for i := range rounds {
		s.push("greedy", 300)
		s.push("modest", 100)
		s.push(Shared, 400)
		s.until(start.Add(time.Duration(i+1)*period), func(string) {})
	}
	// Beyond the budget a class can have what was running when it was used up.
	if most := (rounds+1)*budget + 5*10*time.Second; s.service["greedy"] > most || s.service["greedy"] < most*9/10 {
		t.Errorf("greedy received %s, want up to %s", s.service["greedy"], most)
	}
	if want := rounds * 100 * 100 * time.Millisecond; s.service["modest"] != want || s.refused["modest"] > 0 {
		t.Errorf("modest received %s and had %d refused, want %s and none", s.service["modest"], s.refused["modest"], want)
	}
	if want := rounds * 400 * 100 * time.Millisecond; s.service[Shared] != want || s.refused[Shared] > 0 {
		t.Errorf("the shared class received %s and had %d refused, want %s and none: it has no budget", s.service[Shared], s.refused[Shared], want)
	}
	if waiting, _ := s.queue.Waiting(); waiting > 0 {
		t.Errorf("%d queries wait though their class has no budget", waiting)
	}
	if s.queue.Refill("nobody", s.now) != 0 || s.refused["greedy"] == 0 {
		t.Errorf("greedy had %d refused, and a class that never asked must wait %s", s.refused["greedy"], s.queue.Refill("nobody", s.now))
	}
}

// TestSharedHasHalf: the shared class has as much as all others together.
func TestSharedHasHalf(t *testing.T) {
	s := newServer(Limits{MaxConcurrent: 4, MaxPerClass: 2}, func(string) time.Duration { return time.Second })
	classes := []string{Shared, "a", "b", "c", "d", "e", "f"}
	for _, class := range classes {
		s.push(class, 20)
	}
	s.until(start.Add(time.Hour), func(class string) { s.push(class, 1) })
	if got := s.service[Shared]; got < 110*time.Minute || got > 130*time.Minute {
		t.Errorf("the shared class received %s of 4h, want half", got)
	}
}

// TestIdleEarnsNothing: who comes back after an hour is first once, and not for an hour.
func TestIdleEarnsNothing(t *testing.T) {
	s := newServer(Limits{MaxConcurrent: 1, MaxPerClass: 1}, func(string) time.Duration { return time.Second })
	s.push("idle", 1)
	s.push("busy", 1)
	again := func(class string) {
		if class == "busy" {
			s.push(class, 1)
		}
	}
	s.until(start.Add(time.Hour), again)
	s.push("idle", 1000)
	before := s.service["busy"]
	s.until(s.now.Add(100*time.Second), again)
	if got := s.service["busy"] - before; got < 48*time.Second {
		t.Errorf("busy received %s of 100s beside a class that was idle, want half", got)
	}
}

// TestTwin compares the order with the definition alone: next is the class that has received the least query time.
func TestTwin(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		q, received := New(Limits{MaxConcurrent: 1, MaxPerClass: 1}), map[string]time.Duration{}
		waiting := map[string][]uint64{}
		number := uint64(0)
		for _, class := range []string{"a", "b", "c"} {
			for range 40 {
				q.Push(class, start)
				number++
				waiting[class] = append(waiting[class], number)
			}
		}
		for range 100 {
			ticket, _ := q.Pop(start)
			classes := []string{"a", "b", "c"}
			slices.SortFunc(classes, func(a, b string) int {
				return cmp.Or(cmp.Compare(received[a], received[b]), cmp.Compare(waiting[a][0], waiting[b][0]))
			})
			if ticket.Class() != classes[0] {
				t.Fatalf("seed %d: next is %s, want %s of %v", seed, ticket.Class(), classes[0], received)
			}
			took := time.Duration(1+r.IntN(1000)) * time.Millisecond
			received[classes[0]] += took
			if waiting[classes[0]] = waiting[classes[0]][1:]; len(waiting[classes[0]]) == 0 {
				break
			}
			q.Release(ticket, took, start)
		}
	}
}

// TestForgets: classes of namespaces that are gone do not stay.
func TestForgets(t *testing.T) {
	s := newServer(Limits{MaxConcurrent: 2, MaxPerClass: 1, Budget: time.Minute, Period: time.Minute}, func(string) time.Duration { return time.Second })
	for i := range 1000 {
		s.push(fmt.Sprint(i), 1)
		s.until(s.now.Add(time.Second), func(string) {})
	}
	if len(s.queue.classes) > 10 {
		t.Errorf("%d classes are kept", len(s.queue.classes))
	}
	ticket := s.queue.Push("x", s.now)
	s.queue.Remove(ticket, s.now)
	if next, _ := s.queue.Pop(s.now); next != nil {
		t.Error("a query that was removed starts")
	}
}

func BenchmarkQueue(b *testing.B) {
	q, now := New(Limits{MaxConcurrent: 10, MaxPerClass: 5, Budget: time.Hour, Period: time.Minute}), start
	for i := range 1000 {
		q.Push(fmt.Sprint(i), now)
	}
	for b.Loop() {
		now = now.Add(time.Millisecond)
		ticket, _ := q.Pop(now)
		q.Push(ticket.Class(), now)
		q.Release(ticket, time.Millisecond, now)
	}
}

// TestBudgetOfOneClass: a class with a budget of its own receives that, and the others the common one; with 0 it has no limit.
func TestBudgetOfOneClass(t *testing.T) {
	own := map[string]time.Duration{"small": 5 * time.Second, "unlimited": 0}
	limits := Limits{
		MaxConcurrent: 30, MaxPerClass: 10, Budget: 30 * time.Second, Period: 15 * time.Second,
		BudgetOf: func(class string) (time.Duration, bool) { budget, ok := own[class]; return budget, ok },
	}
	s := newServer(limits, func(string) time.Duration { return time.Second })
	for range 20 {
		for _, class := range []string{"small", "usual", "unlimited", Shared} {
			s.push(class, 50)
		}
		s.until(s.now.Add(limits.Period), func(string) {})
	}
	for class, most := range map[string]time.Duration{"small": 21 * 5 * time.Second, "usual": 21 * 30 * time.Second} {
		// The queries of one moment are estimated by the ones before.
		if got := s.service[class]; got > most+10*time.Second || got < most*8/10 || s.refused[class] == 0 {
			t.Errorf("%s had %s of query time and %d refused, want about %s", class, got, s.refused[class], most)
		}
	}
	if s.refused["unlimited"]+s.refused[Shared] > 0 || s.service["unlimited"] < 800*time.Second {
		t.Errorf("without a limit: %d refused, %s of query time", s.refused["unlimited"], s.service["unlimited"])
	}
}
