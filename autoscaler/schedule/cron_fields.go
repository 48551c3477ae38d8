package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// field is one of the five fields of a cron line.
type field struct {
	name     string
	min, max int
	names    string // three letters for each value from min on, or empty
}

var fields = [5]field{
	{name: "minute", min: 0, max: 59},
	{name: "hour", min: 0, max: 23},
	{name: "day of month", min: 1, max: 31},
	{name: "month", min: 1, max: 12, names: "janfebmaraprmayjunjulaugsepoctnovdec"},
	{name: "day of week", min: 0, max: 6, names: "sunmontuewedthufrisat"},
}

// descriptors are the short forms of cron lines, and the lines that they abbreviate.
var descriptors = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// errNever is the error of a valid line that matches no time.
var errNever = errors.New("never comes")

// checkForm rejects the forms that other schedulers accept in place of five fields.
func checkForm(line string) error {
	lower := strings.ToLower(strings.TrimSpace(line))
	switch {
	case strings.HasPrefix(lower, "tz="), strings.HasPrefix(lower, "cron_tz="):
		return fmt.Errorf("%q carries a time zone: write it into timeZone, and only the five fields here", line)
	case strings.HasPrefix(lower, "@every"):
		return fmt.Errorf("%q has no place on the clock: write the five fields minute, hour, day of month, month, day of week", line)
	case strings.HasPrefix(lower, "@"):
		if meant, known := descriptors[lower]; known {
			return fmt.Errorf("%q is a short form: write %q", line, meant)
		}
	}
	return nil
}

// checkLine is stricter than the library, which gives some lines another meaning than their text. It runs first, because
// the library panics on some invalid lines.
func checkLine(line string) error {
	if err := checkForm(line); err != nil {
		return err
	}
	parts := strings.Fields(line)
	switch len(parts) {
	case len(fields):
	case len(fields) + 1, len(fields) + 2:
		return fmt.Errorf("%q has %d fields, not five: minute, hour, day of month, month, day of week; a field of seconds or of years is left out",
			line, len(parts))
	default:
		return fmt.Errorf("%q has %d fields, not five: minute, hour, day of month, month, day of week", line, len(parts))
	}
	if strings.HasPrefix(parts[2], "*/") && parts[4] != "*" || strings.HasPrefix(parts[4], "*/") && parts[2] != "*" {
		return fmt.Errorf("%q opens on the days that both of its day fields name in some crons, and that either names in others: "+
			"write the days out, such as 1-31/2 for */2, to open on the days that either names, or let one of the two fields be *", line)
	}
	for i, part := range parts {
		for item := range strings.SplitSeq(part, ",") {
			if err := fields[i].check(item); err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
		}
	}
	return nil
}

// check checks one item of the list of a field: a star, a value or a range, with an optional step.
func (f field) check(item string) error {
	span, step, stepped := strings.Cut(item, "/")
	low, high := f.min, f.max
	if span != "*" {
		from, to, ranged := strings.Cut(span, "-")
		var err error
		if low, err = f.value(from); err != nil {
			return err
		}
		switch {
		case ranged:
			if high, err = f.value(to); err != nil {
				return err
			}
		case !stepped:
			high = low
		}
	}
	if low > high {
		return fmt.Errorf("%s %q runs backwards: write %d-%d,%d-%d to go round", f.name, span, low, f.max, f.min, high)
	}
	if !stepped {
		return nil
	}
	n, err := number(step)
	if err != nil || n < 1 || n > f.max-f.min {
		return fmt.Errorf("%s %q: the step after / must be a number from 1 to %d", f.name, item, f.max-f.min)
	}
	return nil
}

func (f field) value(text string) (int, error) {
	if len(text) == 3 {
		if instant := strings.Index(f.names, strings.ToLower(text)); instant >= 0 && instant%3 == 0 {
			return f.min + instant/3, nil
		}
	}
	n, err := number(text)
	switch {
	case text == "?":
		return 0, fmt.Errorf("%s %q is not of this form of cron: write *", f.name, text)
	case err != nil && f.max < 32 && strings.ContainsAny(text, "LW#"):
		return 0, fmt.Errorf("%s %q is not of this form of cron, which has no last day, nearest weekday or n-th weekday: "+
			"match all candidate days, and list the dates in only", f.name, text)
	case err != nil:
		return 0, fmt.Errorf("%s %q is not a number from %d to %d", f.name, text, f.min, f.max)
	case n == 7 && f.max == 6:
		return 0, fmt.Errorf("%s 7 is out of range: write 0 for Sunday", f.name)
	case n < f.min || n > f.max:
		return 0, fmt.Errorf("%s %d is out of range: it must be from %d to %d", f.name, n, f.min, f.max)
	default:
		return n, nil
	}
}

// number parses digits only: no sign, no space.
func number(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return int(n), nil
}
