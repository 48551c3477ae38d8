package damping

import "slices"

// Clone gives a State that shares no memory with s.
func (s State) Clone() State {
	s.Ready = slices.Clone(s.Ready)
	s.Forecasts = slices.Clone(s.Forecasts)
	s.Needs = slices.Clone(s.Needs)
	s.PlainNeeds = slices.Clone(s.PlainNeeds)
	return s
}
