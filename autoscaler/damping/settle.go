package damping

import (
	"math"
	"time"
)

// urgent is how far the need may be above the replicas while pods are on their way.
const urgent = 0.3

// settle turns the need into replicas.
func (s *State) settle(spec *Spec, seen *Seen, w *Wish, now time.Time) {
	current := seen.Current
	wide := 1 + widening*float64(w.Widened)
	n := float64(current)
	hold := time.Duration(wide * given(w.Strain, holdGivesFrom, holdGivesTo, leastHold) * float64(spec.HoldDown))
	s.Needs = push(s.Needs, Need{At: now, Replicas: w.Need}, now.Add(-hold))
	w.Highest = s.Needs[0].Replicas
	if w.Need <= n {
		s.AboveSince = time.Time{}
	} else if s.AboveSince.IsZero() {
		s.AboveSince = now
	}
	w.Replicas = current
	switch held := spec.HoldUp > 0 && !s.AboveSince.IsZero() && now.Sub(s.AboveSince) >= spec.HoldUp; {
	case w.Need > n && s.Direction > 0 && now.Sub(s.Changed) < spec.RestUp && w.Need < n*(1+urgent):
		w.Kept = KeptStarting
	case w.Need > n*(1+wide*spec.BandUp) || (w.Need > n && held):
		w.Replicas = ceil(w.Need)
	case w.Need > n:
		w.Kept = KeptInBand
	case ceil(w.Need) == current:
	case ceil(w.Highest) >= current:
		w.Kept = KeptHeld
	case w.Highest > n*(1-wide*spec.BandDown):
		w.Kept = KeptInBand
	case now.Sub(s.Changed) < spec.RestDown:
		w.Kept = KeptHeld
	default:
		w.Replicas = s.descend(spec, current, ceil(w.Highest), w)
	}
}

// descend bounds how many replicas go within a minute.
func (s *State) descend(spec *Spec, current, to int32, w *Wish) int32 {
	if spec.Descent <= 0 {
		return to
	}
	lowest := current - max(1, int32(spec.Descent*float64(current))-int32(math.Ceil(s.Fell)))
	if s.Fell > 0 && lowest >= current-1 && s.Fell >= spec.Descent*float64(current) {
		lowest = current
	}
	if to >= lowest {
		return to
	}
	w.Kept = KeptDescent
	return lowest
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
