package load

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// Trace is a recorded load: values at a regular step, with gaps where nothing was recorded.
type Trace struct {
	// Start is the time of the first point, Step the time between two.
	Start time.Time
	Step  time.Duration
	// values by the number of steps after Start; a number that is missing is a gap.
	values map[int64]float64
	last   int64
}

// ReadTrace reads a CSV of timestamp,value with times in RFC 3339. The commonest distance of two times is the step.
func ReadTrace(r io.Reader) (*Trace, error) {
	type point struct {
		at    time.Time
		value float64
	}
	var points []point
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 2
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the trace must be a CSV of timestamp,value: %w", err)
		}
		line, _ := lines.FieldPos(0)
		if line == 1 && record[0] == "timestamp" {
			continue
		}
		at, err := time.Parse(time.RFC3339, record[0])
		if err != nil {
			return nil, fmt.Errorf("trace, line %d: %q is not a time such as 2026-01-31T08:00:00Z", line, record[0])
		}
		value, err := strconv.ParseFloat(record[1], 64)
		if err != nil || !(value >= 0 && value <= maxLoad) {
			return nil, fmt.Errorf("trace, line %d: %q is not a load: want a number from 0 to %g", line, record[1], maxLoad)
		}
		if len(points) > 0 && !at.After(points[len(points)-1].at) {
			return nil, fmt.Errorf("trace, line %d: %s is not after the time of the line before", line, record[0])
		}
		points = append(points, point{at, value})
	}
	if len(points) < 2 {
		return nil, fmt.Errorf("the trace has %d points; it takes two to know its step", len(points))
	}
	distances := map[time.Duration]int{}
	for i := 1; i < len(points); i++ {
		distances[points[i].at.Sub(points[i-1].at)]++
	}
	t := &Trace{Start: points[0].at, Step: commonest(distances), values: make(map[int64]float64, len(points))}
	for _, p := range points {
		// A clock that was corrected while recording shifts points against the grid: each goes to the nearest place.
		t.last = int64(math.Round(float64(p.at.Sub(t.Start)) / float64(t.Step)))
		t.values[t.last] = p.value
	}
	return t, nil
}

// commonest is the distance seen most often; of equals the shortest.
func commonest(distances map[time.Duration]int) time.Duration {
	type counted struct {
		distance time.Duration
		times    int
	}
	var all []counted
	for distance, times := range distances {
		all = append(all, counted{distance, times})
	}
	return slices.MinFunc(all, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.times, a.times), cmp.Compare(a.distance, b.distance))
	}).distance
}

// Duration is how long the trace lasts at its own speed.
func (t *Trace) Duration() time.Duration { return time.Duration(t.last+1) * t.Step }

// Peak is the value that 99.9 % of the points do not exceed: one freak point does not set the scale.
func (t *Trace) Peak() float64 {
	values := make([]float64, 0, len(t.values))
	for _, value := range t.values {
		values = append(values, value)
	}
	slices.Sort(values)
	return values[int(math.Ceil(0.999*float64(len(values))))-1]
}

// Curve replays the trace from start (a time after its first point, on the trace's own clock) at a speed, with each
// value multiplied by scale. A point holds for its step: what happened inside a step is not known. After
// its end the trace begins again.
func (t *Trace) Curve(start time.Duration, speed, scale float64) Curve {
	return func(elapsed time.Duration) (float64, bool) {
		at := start + time.Duration(float64(elapsed)*speed)
		value, known := t.values[int64(at/t.Step)%(t.last+1)]
		return value * scale, known
	}
}
