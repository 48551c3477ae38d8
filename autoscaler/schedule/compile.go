package schedule

import (
	"fmt"
	"time"
)

// MaxDuration of an occurrence.
const MaxDuration = 366 * 24 * time.Hour

// Timing is when a window is open, as it is written.
type Timing struct {
	// Start is a cron line of five fields.
	Start string
	// Duration of each occurrence. Greater than 0, at most MaxDuration.
	Duration time.Duration
	// TimeZone is an IANA name; UTC when empty.
	TimeZone string
}

// Error says which part of a Timing means nothing, and why.
type Error struct {
	// Field is start, duration or timeZone.
	Field string
	// Value is what it was.
	Value string
	// Problem in a sentence.
	Problem string
}

func (e *Error) Error() string { return e.Field + ": " + e.Problem }

// Compile makes a Window of a timing; the caller adds the bounds. An error is an [*Error].
func Compile(name string, timing Timing) (Window, error) {
	starts, err := parseCron(timing.Start)
	if err != nil {
		return Window{}, &Error{Field: "start", Value: timing.Start, Problem: err.Error()}
	}
	if timing.Duration <= 0 || timing.Duration > MaxDuration {
		return Window{}, &Error{
			Field: "duration", Value: timing.Duration.String(),
			Problem: fmt.Sprintf("%s is out of range: it must be greater than 0s and at most %s", timing.Duration, MaxDuration),
		}
	}
	location, err := zone(timing.TimeZone)
	if err != nil {
		return Window{}, &Error{Field: "timeZone", Value: timing.TimeZone, Problem: err.Error()}
	}
	return Window{
		Name: name, Start: timing.Start, TimeZone: location.String(), Duration: timing.Duration,
		starts: starts, location: location,
	}, nil
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
