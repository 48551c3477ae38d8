package damping

import "time"

const (
	// reversalTimeConstant is the time constant with which the counts of reversals decay.
	reversalTimeConstant = time.Hour
	// reversalsPerStep is the number of reversals for one step of the guard, and wideningPerStep the share by which a step widens
	// dead band and hold.
	reversalsPerStep = 1.25
	wideningPerStep  = 0.3
	// minReversalShare is the smallest change, as a share of the replicas, that counts as a reversal.
	minReversalShare = 0.05
	// loadReversalShare is the share by which the load must leave an extreme to reverse.
	loadReversalShare = 0.1
)

// countReversal counts a change of the replicas in the direction opposite to the last change.
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
	if direction == -s.Direction && float64(max(change, -change)) >= minReversalShare*float64(s.Replicas) {
		s.Reversals++
	}
	s.Direction = direction
}

// countLoadReversal counts the reversals of the load.
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

// hunting reports whether the control loop oscillates by itself: the replicas reverse more than twice as often as the load.
func (s *State) hunting() bool {
	return s.Reversals >= reversalsPerStep && s.LoadReversals < s.Reversals/2
}

// guardSteps returns the number of steps by which the guard widens dead band and hold.
func (s *State) guardSteps(spec *Spec) int32 {
	return min(spec.GuardSteps, int32(s.Reversals/reversalsPerStep))
}

// widening returns the factor by which the guard widens dead band and hold; at least 1.
func (r *Recommendation) widening() float64 { return 1 + wideningPerStep*float64(r.GuardSteps) }
