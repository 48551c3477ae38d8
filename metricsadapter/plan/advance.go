package plan

import (
	"time"

	"github.com/prometheus/common/model"
)

// Advance compares the sample times of a result with those of the previous result of the same query.
type Advance struct {
	// Newest is the newest sample time of a row; zero where no row has one.
	Newest time.Time
	// Rows is the number of rows whose time is newer than in the previous result, Oldest the oldest time of these rows,
	// and Least their smallest advance. A row of one series advances by multiples of its scrape interval. A row of many
	// series has the time of the oldest one, which advances with each scrape of a series.
	Rows   int
	Oldest time.Time
	Least  time.Duration
}

// Advance returns the progress since the previous result. Rows that are not in both have none, nor have those of ended
// series, whose time is the earliest possible one. previous may be nil.
func (t *Table) Advance(previous *Table) Advance {
	var a Advance
	var newest, oldest model.Time
	var before []Row
	if previous != nil {
		before = previous.rows
	}
	for i := range t.rows {
		row := &t.rows[i]
		newest = max(newest, row.Time)
		for len(before) > 0 && compareRows(&before[0], row) < 0 {
			before = before[1:]
		}
		if row.Time <= t.earliest || len(before) == 0 || compareRows(&before[0], row) != 0 || before[0].Time == 0 || row.Time <= before[0].Time {
			continue
		}
		advance := row.Time.Sub(before[0].Time)
		if a.Rows == 0 || advance < a.Least {
			a.Least = advance
		}
		if a.Rows++; oldest == 0 || row.Time < oldest {
			oldest = row.Time
		}
	}
	if newest != 0 {
		a.Newest = newest.Time()
	}
	if oldest != 0 {
		a.Oldest = oldest.Time()
	}
	return a
}
