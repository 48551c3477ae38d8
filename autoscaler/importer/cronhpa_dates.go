package importer

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// Dates that are excluded each year are written out for some years.
const (
	excludedYears = 2
	mostDates     = 128 // in a window's schema
)

// excludedDates writes out the dates that cron lines exclude.
func (im *importer) excludedDates(field node) []v1alpha1.Dates {
	var days []time.Time
	today := im.Now.UTC().Truncate(24 * time.Hour)
	until := today.AddDate(excludedYears, 0, 0)
	lines := field.items()
	for _, n := range lines {
		line, _ := n.text()
		w, err := everyDate(line)
		if err != nil {
			n.leftOut("%v", err)
			continue
		}
		for o := range w.Occurrences(today, until) {
			days = append(days, o.Start)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	field.changed("the controller compares the month and the hour and never the day, so that it leaves out other times; here they are dates, written out until %s, "+
		"on which no window opens and the target's own count or bounds hold, where the last count stays there", until.Format(time.DateOnly))
	slices.SortFunc(days, time.Time.Compare)
	dates := inRanges(slices.CompactFunc(days, time.Time.Equal))
	if len(dates) > mostDates {
		field.leftOut("%d dates and ranges in %d years, and a window takes %d; leave the days of the week out of the jobs' lines", len(dates), excludedYears, mostDates)
		return nil
	}
	return dates
}

// everyDate starts at the begin of each date that a line excludes.
func everyDate(line string) (schedule.Window, error) {
	if fields := strings.Fields(line); len(fields) == 6 {
		fields[0] = "0" // the smallest unit is a day
		line = strings.Join(fields, " ")
	}
	five, err := withoutSeconds(line)
	if err != nil {
		return schedule.Window{}, err
	}
	fields := strings.Fields(five)
	fields[0], fields[1] = "0", "0"
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
