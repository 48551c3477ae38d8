package importer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// lasting says that the starts of a job by this line are followed by one and the same job.
type lasting struct {
	start    string
	follower int
}

// searchStart is the Monday from which followers are searched.
var searchStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// mostStarts of a job are looked at: each minute of two weeks, or each hour of more than two years.
const mostStarts = 14*24*60 + 1

// followers finds which jobs follow a job. Where that depends on the day of the week, its line is split by days.
func followers(jobs []job, i int) ([]lasting, error) {
	if len(jobs) < 2 {
		return nil, errors.New("no other job sets the count again, so that its window would have no end; write a window with a duration")
	}
	j := &jobs[i]
	fields := strings.Fields(j.line)
	until := searchStart.AddDate(4, 0, 0)
	weekly := fields[2] == "*" && fields[3] == "*"
	if weekly {
		until = searchStart.AddDate(0, 0, 14) // the second week repeats the first
	}
	days := map[int][]int{} // days of the week, by the follower
	var order []int
	starts := 0
	for o := range j.when.Occurrences(searchStart, until) {
		if starts++; starts > mostStarts {
			break
		}
		next, err := follower(jobs, i, o.Start)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(order, next) {
			order = append(order, next)
		}
		if day := int(o.Start.Weekday()); !slices.Contains(days[next], day) {
			days[next] = append(days[next], day)
		}
	}
	if len(order) == 1 {
		return []lasting{{j.line, order[0]}}, nil
	}
	return splitByDays(fields, order, days, weekly)
}

func splitByDays(fields []string, order []int, days map[int][]int, weekly bool) ([]lasting, error) {
	var split []lasting
	seen := map[int]bool{}
	for _, next := range order {
		slices.Sort(days[next])
		names := make([]string, len(days[next]))
		for n, day := range days[next] {
			if seen[day] || !weekly {
				return nil, errors.New("different jobs follow it on the same day of the week, so that its windows have no single end; write them with durations")
			}
			seen[day], names[n] = true, strconv.Itoa(day)
		}
		split = append(split, lasting{strings.Join(append(slices.Clone(fields[:4]), strings.Join(names, ",")), " "), next})
	}
	return split, nil
}

// follower is the job that sets the count next after a time.
func follower(jobs []job, i int, start time.Time) (int, error) {
	first, found := time.Time{}, -1
	for k := range jobs {
		if k == i {
			continue
		}
		if _, due := jobs[k].when.Open(start); due {
			return 0, fmt.Errorf("job %s is due at the same time, and either may run last: move one of them by a minute", jobs[k].name)
		}
		if o, comes := jobs[k].when.Next(start); comes && (found < 0 || o.Start.Before(first)) {
			first, found = o.Start, k
		}
	}
	if found < 0 {
		return 0, errors.New("no other job comes after it")
	}
	return found, nil
}
