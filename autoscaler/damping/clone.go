package damping

import "slices"

// Clone gives a State that shares no memory with s.
func (s State) Clone() State {
	s.Forecasts = slices.Clone(s.Forecasts)
	s.Requirements = slices.Clone(s.Requirements)
	s.HPARequirements = slices.Clone(s.HPARequirements)
	return s
}

// Copy is Clone into the memory that s has already.
func (s *State) Copy(from *State) {
	had := *s
	*s = *from
	s.Forecasts = append(had.Forecasts[:0], from.Forecasts...)
	s.Requirements = append(had.Requirements[:0], from.Requirements...)
	s.HPARequirements = append(had.HPARequirements[:0], from.HPARequirements...)
}
