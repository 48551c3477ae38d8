package damping

import "time"

const (
	guardTime = time.Hour
	// alarm is how many reversals lately make a step of widening, and widening what it adds to band and hold.
	alarm    = 1.25
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

// turned is how far, as a share, the load goes the other way until that counts as a turn.
const turned = 0.1

// noteSwing counts the turns of the load.
func (s *State) noteSwing(elapsed time.Duration) {
	s.Swings *= fade(elapsed, guardTime)
	if s.Toward == 0 {
		s.Toward, s.Extreme = 1, s.Level
	}
	switch back := float64(s.Toward) * (s.Extreme - s.Level); {
	case back <= 0:
		s.Extreme = s.Level
	case back >= turned*max(s.Extreme, s.Level):
		s.Toward, s.Extreme = -s.Toward, s.Level
		s.Swings++
	}
}

// hunts says whether the loop swings by itself: the replicas turn more than twice as often as the load.
func (s *State) hunts() bool { return s.Reversals >= alarm && s.Swings < s.Reversals/2 }

// widened is how many steps band and hold are widened by.
func (s *State) widened(spec *Spec) int32 {
	return min(spec.GuardSteps, int32(s.Reversals/alarm))
}
