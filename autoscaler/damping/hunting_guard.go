package damping

import "time"

const (
	reversalTimeConstant = time.Hour
	// alarm is how many reversals lately make a step of widening, and widening what it adds to band and hold.
	reversalsPerStep = 1.25
	widenPerStep     = 0.3
)

// noteChange counts what has become of the replicas since the last tick.
func (s *State) countReversal(current int32, elapsed time.Duration) {
	if s.Time.IsZero() {
		return
	}
	s.Reversals *= decay(elapsed, reversalTimeConstant)
	change := current - s.Replicas
	if change == 0 {
		return
	}
	direction := int32(1)
	if change < 0 {
		direction = -1
	}
	if direction == -s.Direction && float64(max(change, -change)) >= 0.05*float64(s.Replicas) {
		s.Reversals++
	}
	s.Direction = direction
}

// turned is how far, as a share, the load goes the other way until that counts as a turn.
const loadReversalShare = 0.1

// noteSwing counts the turns of the load.
func (s *State) countLoadReversal(elapsed time.Duration) {
	s.LoadReversals *= decay(elapsed, reversalTimeConstant)
	if s.LoadDirection == 0 {
		s.LoadDirection, s.LoadExtreme = 1, s.Level
	}
	switch back := float64(s.LoadDirection) * (s.LoadExtreme - s.Level); {
	case back <= 0:
		s.LoadExtreme = s.Level
	case back >= loadReversalShare*max(s.LoadExtreme, s.Level):
		s.LoadDirection, s.LoadExtreme = -s.LoadDirection, s.Level
		s.LoadReversals++
	}
}

// hunts says whether the loop swings by itself: the replicas turn more than twice as often as the load.
func (s *State) hunting() bool {
	return s.Reversals >= reversalsPerStep && s.LoadReversals < s.Reversals/2
}

// widened is how many steps band and hold are widened by.
func (s *State) guardSteps(spec *Spec) int32 {
	return min(spec.GuardSteps, int32(s.Reversals/reversalsPerStep))
}
