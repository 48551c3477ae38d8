package damping

import "time"

const (
	guardTime = time.Hour
	// alarm is how many reversals lately make a step of widening, and widening what it adds to band and hold.
	alarm    = 1.5
	widening = 0.3
)

// noteChange counts what has become of the replicas since the last tick.
func (s *State) noteChange(current int32, elapsed time.Duration) {
	if s.At.IsZero() {
		return
	}
	s.Reversals *= fade(elapsed, guardTime)
	change := current - s.Last
	if change == 0 {
		return
	}
	direction := int32(1)
	if change < 0 {
		direction = -1
	}
	if direction == -s.Direction && float64(max(change, -change)) >= 0.05*float64(s.Last) {
		s.Reversals++
	}
	s.Direction = direction
}

// widened is how many steps band and hold are widened by.
func (s *State) widened(spec *Spec) int32 {
	return min(spec.GuardSteps, int32(s.Reversals/alarm))
}
