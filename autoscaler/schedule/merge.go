package schedule

import "time"

// InForce are the bounds that hold, and where they come from.
type InForce struct {
	Bounds
	// MinWindow and MaxWindow are the indices of the windows that the bounds come from; -1 for the autoscaler's own.
	MinWindow, MaxWindow int
	// Next is the first instant at which that could change; the zero time for none.
	Next time.Time
}

// Merge finds the bounds in force at now: the autoscaler's own, or those of the open windows of the highest priority.
// Among equals the highest floor and the lowest ceiling hold, and where they cross, the floor. The own ceiling stands
// unless a window sets one, so that a floor exceeds no quota; a window's ceiling lowers the own floor.
//
// A bound that holds before its window is open, by a lead, or after it, by a ramp, counts among its equals, and yields
// to open windows of a higher priority; but it displaces none of a lower one.
//
// The indices of the open windows are appended to open.
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

// merger puts the states of windows together.
type merger struct {
	InForce
	own Bounds
	// top is the highest priority among the open windows.
	top int32
	any bool
}

// put counts an open window.
func (m *merger) put(window int, priority int32, s *State) {
	if m.any && priority < m.top {
		return
	}
	if !m.any || priority > m.top {
		m.any, m.top, m.MinWindow, m.MaxWindow = true, priority, -1, -1
	}
	m.add(window, s)
}

// add counts the bounds of a window among its equals.
func (m *merger) add(window int, s *State) {
	if s.HasMin && (m.MinWindow < 0 || s.Min > m.Min) {
		m.Min, m.MinWindow = s.Min, window
	}
	if s.HasMax && (m.MaxWindow < 0 || s.Max < m.Max) {
		m.Max, m.MaxWindow = s.Max, window
	}
}

// settle puts the own bounds where no window has one, and settles a floor above the ceiling.
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
		// A floor that holds before its window is open, and with it the window's ceiling, may raise the own one.
		m.Max, m.MaxWindow = m.Min, m.MinWindow
	default:
		m.Min, m.MinWindow = m.Max, m.MaxWindow
	}
}
