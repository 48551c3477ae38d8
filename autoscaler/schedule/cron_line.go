package schedule

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/robfig/cron/v3"
)

// line is a cron line on the civil clock, the clock without gaps and repetitions.
type line struct {
	*cron.SpecSchedule // one bit for each value of a field
}

const (
	// everyValue is the bit that the library sets in a field with a star.
	everyValue = 1 << 63
	// longestGap is the largest number of years between two times of a line: 29 February around a year such as 2100.
	longestGap = 8
)

// someTime is the start of the search for the first time of a line.
var someTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func newLine(text string) (*line, error) {
	if err := checkLine(text); err != nil {
		return nil, err
	}
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a cron line: %w", text, err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("%q is not a cron line of five fields", text)
	}
	l := &line{spec}
	if l.after(someTime).IsZero() {
		return nil, fmt.Errorf("%q %w: no month of any year has that day", text, errNever)
	}
	return l, nil
}

// after returns the first time of the line after wall; the zero time for none. The library stops after five years, which is
// too early for 29 February around a year such as 2100.
func (l *line) after(wall time.Time) time.Time {
	next := l.Next(wall)
	if next.IsZero() {
		next = l.Next(wall.AddDate(4, 0, 0))
	}
	return next
}

// upTo returns the last time of the line at or before wall; the zero time for none. The library cannot search backward.
func (l *line) upTo(wall time.Time) time.Time {
	year, month, date := wall.Date()
	latest := wall.Hour()*60 + wall.Minute()
	for oldest := year - longestGap - 1; ; latest = 24*60 - 1 {
		day := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
		year, month, date = day.Date()
		switch {
		case year < oldest:
			return time.Time{}
		case l.Month>>month&1 == 0:
			date = 0 // the last day of the previous month
			continue
		case l.onDay(day):
			if minute := l.inDay(latest); minute >= 0 {
				return day.Add(time.Duration(minute) * time.Minute)
			}
		}
		date--
	}
}

// onDay reports whether the line matches a day of a month that it matches. Where both day fields are restricted, one match
// is sufficient.
func (l *line) onDay(day time.Time) bool {
	byDate, byWeekday := l.Dom>>day.Day()&1 == 1, l.Dow>>day.Weekday()&1 == 1
	if (l.Dom|l.Dow)&everyValue != 0 {
		return byDate && byWeekday
	}
	return byDate || byWeekday
}

// inDay returns the last minute of the day at or before latest that the line matches; -1 for none.
func (l *line) inDay(latest int) int {
	hour, minute := latest/60, latest%60
	if l.Hour>>hour&1 == 1 {
		if m := lastBit(l.Minute, minute); m >= 0 {
			return hour*60 + m
		}
	}
	if hour = lastBit(l.Hour, hour-1); hour < 0 {
		return -1
	}
	return hour*60 + lastBit(l.Minute, 59)
}

// lastBit returns the highest bit of set that is not above highest; -1 for none.
func lastBit(set uint64, highest int) int {
	return bits.Len64(set&(1<<(highest+1)-1)) - 1
}
