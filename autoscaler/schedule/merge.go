package schedule

import "time"

// InForce are the bounds in force, and their origin.
type InForce struct {
	Bounds
	// MinWindow and MaxWindow are the indices of the windows that set the bounds; -1 for the autoscaler's own.
	MinWindow, MaxWindow int
	// Next is the first instant at which the bounds can change; the zero time for none.
	Next time.Time
}

// Merge returns the bounds in force at now: those of the open windows of the highest priority, or the autoscaler's own.
// Among windows of equal priority, the highest floor and the lowest ceiling apply, and the floor where they cross. The own
// ceiling applies unless a window sets one, so that a floor exceeds no quota; a window's ceiling lowers the own floor.
//
// A bound of a lead, before its window is open, or of a ramp, after it, competes with bounds of equal priority and yields to
// open windows of higher priority. It displaces no bound of lower priority.
//
// Merge appends the indices of the open windows to open.
func Merge(windows []Window, own Bounds, now time.Time, open []int) (InForce, []int) {
	m := merger{own: own, InForce: InForce{MinWindow: -1, MaxWindow: -1}}
	around := false
	for i := range windows {
		s := windows[i].At(now, own)
		m.Next = earlier(m.Next, s.Next)
		if s.Open {
			open = append(open, i)
			m.put(i, windows[i].Priority, &s)
		}
		around = around || !s.Open && (s.HasMin || s.HasMax)
	}
	if around {
		for i := range windows {
			if m.any && windows[i].Priority < m.top {
				continue
			}
			if s := windows[i].At(now, own); !s.Open {
				m.add(i, &s)
			}
		}
	}
	m.settle(windows)
	return m.InForce, open
}

// merger combines the states of windows.
type merger struct {
	InForce
	own Bounds
	// top is the highest priority among the open windows.
	top int32
	any bool
}

// put adds an open window.
func (m *merger) put(window int, priority int32, s *State) {
	if m.any && priority < m.top {
		return
	}
	if !m.any || priority > m.top {
		m.any, m.top, m.MinWindow, m.MaxWindow = true, priority, -1, -1
	}
	m.add(window, s)
}

// add combines the bounds of a window with those of equal priority.
func (m *merger) add(window int, s *State) {
	if s.HasMin && (m.MinWindow < 0 || s.Min > m.Min) {
		m.Min, m.MinWindow = s.Min, window
	}
	if s.HasMax && (m.MaxWindow < 0 || s.Max < m.Max) {
		m.Max, m.MaxWindow = s.Max, window
	}
}

// settle fills missing bounds with the own ones, and lowers a floor above the ceiling.
func (m *merger) settle(windows []Window) {
	if m.MinWindow < 0 {
		m.Min = m.own.Min
	}
	if m.MaxWindow < 0 {
		m.Max = m.own.Max
	}
	switch {
	case m.Min <= m.Max:
	case m.MinWindow >= 0 && (m.MaxWindow >= 0 || windows[m.MinWindow].HasMax):
		// A floor of a lead, with its window's ceiling, may raise the own ceiling.
		m.Max, m.MaxWindow = m.Min, m.MinWindow
	default:
		m.Min, m.MinWindow = m.Max, m.MaxWindow
	}
}
