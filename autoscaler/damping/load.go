package damping

import (
	"math"
	"time"
)

// Count is the ready pods from a time on.
type Count struct {
	At    time.Time
	Ready int32
}

// mostCounts are remembered. What was before the oldest counts as the oldest.
const mostCounts = 16

// NoteReady remembers how many pods are ready. Where they are fewer than before, they have gone since the last tick: most of
// them because it told them to.
func (s *State) NoteReady(ready int32, now time.Time) {
	n := len(s.Ready)
	if n > 0 && s.Ready[n-1].Ready == ready {
		return
	}
	at := now
	if n > 0 && ready < s.Ready[n-1].Ready && s.At.After(s.Ready[n-1].At) {
		at = s.At
	}
	if n >= mostCounts {
		s.Ready = append(s.Ready[:0], s.Ready[1:]...)
	}
	s.Ready = append(s.Ready, Count{At: at, Ready: ready})
}

// Offered is the load, in replicas at their target, of which each pod's share was measured over the time from from to to:
// the ratio of the share to its target, by the pods that were ready then. So the replicas drop out: those that have come or
// gone since are no load. NoteReady must have been called.
//
// A load L that n(t) pods share shows as the mean of L/n(t), so what it is multiplied by is the harmonic mean of n(t). By the
// arithmetic one a load would seem to rise by an eighth when half of the pods have gone within the window.
func (s *State) Offered(ratio float64, from, to time.Time) float64 {
	return ratio * s.sharing(from, to)
}

// sharing is the harmonic mean of the ready pods, over the time in which there were some.
func (s *State) sharing(from, to time.Time) float64 {
	last := len(s.Ready) - 1
	if !from.Before(to) {
		for last > 0 && s.Ready[last].At.After(to) {
			last--
		}
		return float64(s.Ready[last].Ready)
	}
	shares, shared, end := 0.0, 0.0, to
	for i := last; i >= 0 && end.After(from); i-- {
		begin := s.Ready[i].At
		if i == 0 || begin.Before(from) {
			begin = from
		}
		if begin.Before(end) {
			if n := s.Ready[i].Ready; n > 0 {
				shares += end.Sub(begin).Seconds() / float64(n)
				shared += end.Sub(begin).Seconds()
			}
			end = begin
		}
	}
	if shares == 0 {
		return 0
	}
	return shared / shares
}

// Eased is the load of a metric that is neither shared by the pods nor a rate, such as a latency. What replicas do to it is
// not known, so only a part of the way is gone: the law e' = e − g·e(d ticks ago) is stable only for g < 2·cos(d·π/(2d+1))
// (Levin and May, A note on difference-delay equations, 1976), and g is half of that.
func Eased(ratio float64, current int32, delay, period time.Duration) float64 {
	d := math.Ceil(delay.Seconds() / max(1, period.Seconds()))
	gain := math.Cos(d * math.Pi / (2*d + 1))
	return float64(current) * (1 + gain*(ratio-1))
}
