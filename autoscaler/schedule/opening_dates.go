package schedule

import "fmt"

// setDates compiles the dates on which occurrences may start.
func setDates(w *Window, timing *Timing) error {
	bounds, err := limits(timing)
	if err != nil {
		return err
	}
	if len(timing.Except) > 0 && len(timing.Only) > 0 {
		return &Error{Field: "only", Value: timing.Only[0], Problem: "a window has dates that it leaves out in except, or its only dates in only, not both"}
	}
	except, err := ranges("except", timing.Except)
	if err != nil {
		return err
	}
	only, err := ranges("only", timing.Only)
	if err != nil {
		return err
	}
	switch {
	case len(only) > 0:
		w.dates = within(only, bounds)
	case len(except) > 0 || bounds != (days{firstDay, lastDay}):
		w.dates = within(without(except), bounds)
	default:
		return nil
	}
	if len(w.dates) == 0 {
		return &Error{Field: leavesOut(timing), Value: outValue(timing), Problem: "no date is left on which the window could open", Never: true}
	}
	return nil
}

func limits(timing *Timing) (days, error) {
	bounds := days{firstDay, lastDay}
	var err error
	if timing.NotBefore != "" {
		if bounds.first, err = parseDay(timing.NotBefore); err != nil {
			return bounds, &Error{Field: "notBefore", Value: timing.NotBefore, Problem: err.Error()}
		}
	}
	if timing.NotAfter != "" {
		if bounds.last, err = parseDay(timing.NotAfter); err != nil {
			return bounds, &Error{Field: "notAfter", Value: timing.NotAfter, Problem: err.Error()}
		}
	}
	if bounds.last < bounds.first {
		return bounds, &Error{
			Field: "notAfter", Value: timing.NotAfter,
			Problem: fmt.Sprintf("%q is before notBefore, %q", timing.NotAfter, timing.NotBefore),
		}
	}
	return bounds, nil
}

func ranges(field string, texts []string) ([]days, error) {
	all := make([]days, len(texts))
	for i, text := range texts {
		var err error
		if all[i], err = parseDays(text); err != nil {
			return nil, &Error{Field: fmt.Sprintf("%s[%d]", field, i), Value: text, Problem: err.Error()}
		}
	}
	return union(all), nil
}

// checkOpens checks that a recurring window opens at least once, and closes.
func checkOpens(w *Window, timing *Timing) error {
	if w.starts == nil {
		return nil
	}
	from := someTime
	if len(w.dates) > 0 && w.dates[0].first != firstDay {
		from = w.dates[0].first.begin()
	}
	wall := w.startAfter(from.AddDate(-1, 0, 0))
	if wall.IsZero() {
		return &Error{
			Field: leavesOut(timing), Value: outValue(timing), Never: true,
			Problem: fmt.Sprintf("leaves out every date on which the window could open: %q comes on none that is left", timing.Start),
		}
	}
	if w.dates != nil || w.ends == nil {
		return nil
	}
	for range 1000 { // more than two years of a daily window
		next := w.startAfter(wall)
		if !w.ends.after(wall).Equal(next) {
			return nil
		}
		wall = next
	}
	return &Error{
		Field: "end", Value: timing.End,
		Problem: fmt.Sprintf("%q comes only when the window starts again, so that it would never close: write another end, or the bounds into the spec",
			timing.End),
	}
}

// leavesOut returns the field that excludes every date.
func leavesOut(timing *Timing) string {
	switch {
	case len(timing.Only) > 0:
		return "only"
	case len(timing.Except) > 0:
		return "except"
	case timing.NotAfter != "":
		return "notAfter"
	default:
		return "notBefore"
	}
}

func outValue(timing *Timing) string {
	switch leavesOut(timing) {
	case "only":
		return fmt.Sprint(timing.Only)
	case "except":
		return fmt.Sprint(timing.Except)
	case "notAfter":
		return timing.NotAfter
	default:
		return timing.NotBefore
	}
}
