package schedule

import (
	"errors"
	"fmt"
	"time"
)

// The upper limits of the durations of a Timing.
const (
	MaxDuration = 366 * 24 * time.Hour
	MaxLead     = 24 * time.Hour
	MaxRamp     = 24 * time.Hour
)

// Timing defines when a window is open, in the form of the API: Start and Duration, Start and End, or From and To.
type Timing struct {
	// Start and End are cron lines of five fields, wall time in TimeZone. An occurrence ends at the first End after its Start.
	Start, End string
	// Duration of each occurrence, elapsed time. Greater than 0, at most MaxDuration.
	Duration time.Duration
	// From and To are the local times of a single occurrence, such as 2026-12-24T18:00.
	From, To string
	// TimeZone is an IANA name; UTC when empty.
	TimeZone string
	// Lead and Ramp are as in Window. Not negative, at most MaxLead and MaxRamp.
	Lead, Ramp time.Duration
	// Except and Only are dates, or ranges such as 2026-12-31/2027-01-02, on which occurrences do not start, or only start. The
	// date is that of the wall time in the cron line, also where the clocks skip this time. At most one of the two is set.
	Except, Only []string
	// NotBefore and NotAfter are the first and the last date on which an occurrence may start.
	NotBefore, NotAfter string
}

// Error reports which part of a Timing is invalid, and why.
type Error struct {
	// Field is the name of the field in the API, such as start, at.from or except[2].
	Field string
	// Value is the invalid value.
	Value string
	// Problem is the reason, in a sentence.
	Problem string
	// Never is true if the timing is valid and has no occurrence.
	Never bool
}

func (e *Error) Error() string { return e.Field + ": " + e.Problem }

// Compile returns the Window of a timing; the caller sets the bounds. An error is an [*Error].
func Compile(name string, timing Timing) (Window, error) {
	location, err := zone(timing.TimeZone)
	if err != nil {
		return Window{}, &Error{Field: "timeZone", Value: timing.TimeZone, Problem: err.Error()}
	}
	w := Window{
		Name: name, Start: timing.Start, End: timing.End, TimeZone: location.String(),
		Duration: timing.Duration, Lead: timing.Lead, Ramp: timing.Ramp, location: location,
	}
	for _, set := range []func(*Window, *Timing) error{setDates, setTimes, setOnce, checkSpans, checkOpens} {
		if err := set(&w, &timing); err != nil {
			return Window{}, err
		}
	}
	return w, nil
}

func zone(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, fmt.Errorf("%q is wherever the program happens to run: write an IANA name such as Europe/Berlin", name)
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not in the time zone database: write an IANA name such as Europe/Berlin", name)
	}
	return location, nil
}

// setTimes compiles the cron lines.
func setTimes(w *Window, timing *Timing) error {
	if timing.From != "" || timing.To != "" {
		return nil
	}
	var err error
	if w.starts, err = newLine(timing.Start); err != nil {
		return lineError("start", timing.Start, err)
	}
	if timing.End == "" {
		return checkSpan("duration", timing.Duration, time.Nanosecond, MaxDuration)
	}
	if timing.Duration != 0 {
		return &Error{Field: "end", Value: timing.End, Problem: "a window has a duration or an end: leave one of them out"}
	}
	if w.ends, err = newLine(timing.End); err != nil {
		return lineError("end", timing.End, err)
	}
	return nil
}

func lineError(field, value string, err error) error {
	return &Error{Field: field, Value: value, Problem: err.Error(), Never: errors.Is(err, errNever)}
}

// setOnce compiles a single occurrence.
func setOnce(w *Window, timing *Timing) error {
	if w.starts != nil {
		return nil
	}
	if timing.Start != "" || timing.End != "" || timing.Duration != 0 {
		return &Error{Field: "at", Value: timing.From, Problem: "carries its own start and end: leave start, duration and end out"}
	}
	from, err := parseWall("at.from", timing.From)
	if err != nil {
		return err
	}
	to, err := parseWall("at.to", timing.To)
	if err != nil {
		return err
	}
	if !from.Before(to) {
		return &Error{Field: "at.to", Value: timing.To, Problem: fmt.Sprintf("%q is not after at.from, %q", timing.To, timing.From)}
	}
	if on, allowed := firstFrom(w.dates, dayOf(from)); w.dates != nil && (!allowed || on != dayOf(from)) {
		return &Error{
			Field: "at.from", Value: timing.From, Never: true,
			Problem: fmt.Sprintf("%q never comes: except, only, notBefore or notAfter leave its date out", timing.From),
		}
	}
	w.once = Occurrence{Start: happens(from, w.location), End: happens(to, w.location), Stated: to.Sub(from)}
	if !w.once.Start.Before(w.once.End) {
		return &Error{
			Field: "at.from", Value: timing.From, Never: true,
			Problem: fmt.Sprintf("%q to %q never comes: the clocks of %s skip the whole of it", timing.From, timing.To, w.TimeZone),
		}
	}
	return nil
}

// parseWall reads a local date and time.
func parseWall(field, text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if wall, err := time.Parse(layout, text); err == nil && len(text) == len(layout) {
			return wall, nil
		}
	}
	return time.Time{}, &Error{
		Field: field, Value: text,
		Problem: fmt.Sprintf("%q is not a local date and time: write it like 2026-12-24T18:00, with the zone in timeZone", text),
	}
}

func checkSpans(_ *Window, timing *Timing) error {
	if err := checkSpan("lead", timing.Lead, 0, MaxLead); err != nil {
		return err
	}
	return checkSpan("ramp", timing.Ramp, 0, MaxRamp)
}

func checkSpan(field string, d, least, most time.Duration) error {
	if least <= d && d <= most {
		return nil
	}
	above := "not be negative"
	if least > 0 {
		above = "be greater than 0s"
	}
	return &Error{
		Field: field, Value: d.String(),
		Problem: fmt.Sprintf("%s is out of range: it must %s and at most %s", d, above, most),
	}
}
