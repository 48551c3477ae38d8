package schedule

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// day is a date, as days since 1970-01-01 on the civil clock.
type day int

// firstDay and lastDay bound all dates.
const (
	firstDay day = math.MinInt32
	lastDay  day = math.MaxInt32
)

// days is a range of dates, both ends included.
type days struct{ first, last day }

func dayOf(wall time.Time) day {
	year, month, date := wall.Date()
	return day(time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// begin returns midnight of the day on the civil clock.
func (d day) begin() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// parseDay parses a date such as 2026-12-25.
func parseDay(text string) (day, error) {
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date: write year, month and day like 2026-12-25", text)
	}
	return dayOf(date), nil
}

// parseDays parses a date, or a range such as 2026-12-31/2027-01-02.
func parseDays(text string) (days, error) {
	from, to, ranged := strings.Cut(text, "/")
	first, err := parseDay(from)
	if err != nil || !ranged {
		return days{first, first}, err
	}
	last, err := parseDay(to)
	if err == nil && last < first {
		err = fmt.Errorf("%q runs backwards: write the earlier date first, like 2026-12-31/2027-01-02", text)
	}
	return days{first, last}, err
}

// union sorts ranges and joins overlapping or touching ones.
func union(ranges []days) []days {
	slices.SortFunc(ranges, func(a, b days) int { return cmp.Compare(a.first, b.first) })
	var joined []days
	for _, r := range ranges {
		if last := len(joined) - 1; last >= 0 && r.first <= joined[last].last+1 {
			joined[last].last = max(joined[last].last, r.last)
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// without returns all dates outside of ranges that union has sorted.
func without(ranges []days) []days {
	var left []days
	from := firstDay
	for _, r := range ranges {
		if from < r.first {
			left = append(left, days{from, r.first - 1})
		}
		from = r.last + 1
	}
	return append(left, days{from, lastDay})
}

// within limits sorted ranges to one range.
func within(ranges []days, bounds days) []days {
	var cut []days
	for _, r := range ranges {
		r = days{max(r.first, bounds.first), min(r.last, bounds.last)}
		if r.first <= r.last {
			cut = append(cut, r)
		}
	}
	return cut
}

// firstFrom returns the first date at or after d in sorted ranges.
func firstFrom(ranges []days, d day) (day, bool) {
	i, _ := slices.BinarySearchFunc(ranges, d, func(r days, d day) int { return cmp.Compare(r.last, d) })
	if i == len(ranges) {
		return 0, false
	}
	return max(d, ranges[i].first), true
}

// lastUpTo returns the last date at or before d in sorted ranges.
func lastUpTo(ranges []days, d day) (day, bool) {
	i, found := slices.BinarySearchFunc(ranges, d, func(r days, d day) int { return cmp.Compare(r.first, d) })
	if !found {
		i--
	}
	if i < 0 {
		return 0, false
	}
	return min(d, ranges[i].last), true
}
