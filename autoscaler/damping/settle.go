package damping

import (
	"math"
	"time"
)

// settle turns the need into replicas.
func (s *State) settle(spec *Spec, seen *Seen, w *Wish, now time.Time) {
	current := seen.Current
	wide := w.wide()
	n := float64(current)
	s.keep(spec, w, now)
	w.Replicas = current
	switch {
	case w.Need > n*(1+wide*spec.BandUp):
		w.Replicas = ceil(w.Need)
	case w.Need > n:
		w.Kept = KeptInBand
	case ceil(w.Need) == current:
	case w.Believed < w.Load:
		w.Kept = KeptDoubted
	case ceil(w.Highest) >= current:
		w.Kept = KeptHeld
	case w.Highest > n*(1-wide*spec.BandDown):
		w.Kept = KeptInBand
	default:
		w.Replicas = ceil(w.Highest)
	}
}

// wide is the factor by which the guard widens band and hold.
func (w *Wish) wide() float64 { return 1 + widening*float64(w.Widened) }

// keep adds the need to those of the hold, and gives the highest of them.
func (s *State) keep(spec *Spec, w *Wish, now time.Time) {
	w.Hold = time.Duration(w.wide() * given(w.Strain, holdGivesFrom, holdGivesTo, leastHold) * float64(spec.Hold))
	s.Needs = push(s.Needs, Need{At: now, Replicas: w.Need}, now.Add(-w.Hold))
	w.Highest = s.Needs[0].Replicas
}

// push adds a need, and drops those before the cutoff, and those that are not higher than it: they can no longer be the
// highest.
func push(needs []Need, n Need, cutoff time.Time) []Need {
	for len(needs) > 0 && needs[len(needs)-1].Replicas <= n.Replicas {
		needs = needs[:len(needs)-1]
	}
	old := 0
	for old < len(needs) && needs[old].At.Before(cutoff) {
		old++
	}
	if old > 0 {
		needs = append(needs[:0], needs[old:]...)
	}
	return append(needs, n)
}

// ceil makes a count of replicas. What is a rounding error above a whole number is one.
func ceil(x float64) int32 {
	return int32(max(0, min(math.MaxInt32, math.Ceil(x-1e-9))))
}
