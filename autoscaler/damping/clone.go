package damping

import "slices"

// Clone gives a State that shares no memory with s.
func (s State) Clone() State {
	s.Forecasts = slices.Clone(s.Forecasts)
	s.Needs = slices.Clone(s.Needs)
	s.PlainNeeds = slices.Clone(s.PlainNeeds)
	return s
}

// Copy is Clone into the memory that s has already.
func (s *State) Copy(from *State) {
	had := *s
	*s = *from
	s.Forecasts = append(had.Forecasts[:0], from.Forecasts...)
	s.Needs = append(had.Needs[:0], from.Needs...)
	s.PlainNeeds = append(had.PlainNeeds[:0], from.PlainNeeds...)
}
