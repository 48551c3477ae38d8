package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// lasts says that a job's starts of this line are followed by one and the same job.
type lasts struct {
	start    string
	follower int
}

// monday is where the search for followers begins.
var monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// followers finds which jobs follow a job. Where that depends on the day of the week, its line is split by days.
func followers(edges []edge, i int) ([]lasts, error) {
	if len(edges) < 2 {
		return nil, errors.New("no other job sets the count again, so there is no end; write a window with a duration")
	}
	e := &edges[i]
	fields := strings.Fields(e.line)
	until := monday.AddDate(4, 0, 0)
	weekly := fields[2] == "*" && fields[3] == "*"
	if weekly {
		until = monday.AddDate(0, 0, 14) // beyond the first week nothing is new, but where others are not weekly
	}
	next := map[int][]int{} // days of the week, by the follower
	var order []int
	for o := range e.when.Occurrences(monday, until) {
		follower, err := follower(edges, i, o.Start)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(order, follower) {
			order = append(order, follower)
		}
		if day := int(o.Start.Weekday()); !slices.Contains(next[follower], day) {
			next[follower] = append(next[follower], day)
		}
	}
	if len(order) == 1 {
		return []lasts{{e.line, order[0]}}, nil
	}
	var split []lasts
	seen := map[int]bool{}
	for _, follower := range order {
		days := next[follower]
		slices.Sort(days)
		names := make([]string, len(days))
		for n, day := range days {
			if seen[day] || !weekly {
				return nil, errors.New("one time this job follows it, and another time that one, on the same days; write its windows with durations")
			}
			seen[day], names[n] = true, strconv.Itoa(day)
		}
		split = append(split, lasts{strings.Join(append(slices.Clone(fields[:4]), strings.Join(names, ",")), " "), follower})
	}
	return split, nil
}

// follower is the job that sets the count next after a time.
func follower(edges []edge, i int, at time.Time) (int, error) {
	first, found := time.Time{}, -1
	for j := range edges {
		if j == i {
			continue
		}
		if _, open := edges[j].when.Open(at); open {
			return 0, fmt.Errorf("job %s is due at the same time, and which of the two comes last is chance", edges[j].job.Name)
		}
		if o, comes := edges[j].when.Next(at); comes && (found < 0 || o.Start.Before(first)) {
			first, found = o.Start, j
		}
	}
	return found, nil
}

// Dates that are excluded each year are written out for some years.
const (
	excludedYears = 2
	mostDates     = 128 // what the schema allows
)

// excluded writes out the dates that cron lines exclude.
func (im *importer) excluded(about string, lines []string) []v1alpha1.Dates {
	var days []time.Time
	today := im.now.UTC().Truncate(24 * time.Hour)
	for i, line := range lines {
		w, err := everyDate(line)
		if err != nil {
			im.leave(about, "excludeDates[%d]: %q: %v", i, line, err)
			continue
		}
		for o := range w.Occurrences(today, today.AddDate(excludedYears, 0, 0)) {
			days = append(days, o.Start)
		}
	}
	if len(lines) > 0 {
		im.wrong(about, "excludeDates: its controller compares the month and the hour and never the day, so that it leaves out other times than these dates")
		im.note(about, "excludeDates are written out until %s; on them no window opens and the own bounds hold, where the last count stayed", today.AddDate(excludedYears, 0, 0).Format(time.DateOnly))
	}
	slices.SortFunc(days, time.Time.Compare)
	dates := inRanges(slices.CompactFunc(days, time.Time.Equal))
	if len(dates) > mostDates {
		im.leave(about, "excludeDates are %d dates and ranges in %d years, and a window takes %d; leave the days of the week out of the jobs' lines", len(dates), excludedYears, mostDates)
		return nil
	}
	return dates
}

// everyDate starts at the begin of each date that a line excludes.
func everyDate(line string) (schedule.Window, error) {
	five, err := fiveFields(line)
	if err != nil {
		return schedule.Window{}, err
	}
	fields := strings.Fields(five)
	fields[0], fields[1] = "0", "0" // the smallest unit is a day
	return schedule.Compile("excluded", schedule.Timing{Start: strings.Join(fields, " "), Duration: time.Second})
}

// inRanges joins dates that follow each other.
func inRanges(days []time.Time) []v1alpha1.Dates {
	var dates []v1alpha1.Dates
	for i := 0; i < len(days); {
		last := i
		for last+1 < len(days) && days[last+1].Sub(days[last]) == 24*time.Hour {
			last++
		}
		text := days[i].Format(time.DateOnly)
		if last > i {
			text += "/" + days[last].Format(time.DateOnly)
		}
		dates = append(dates, v1alpha1.Dates(text))
		i = last + 1
	}
	return dates
}
