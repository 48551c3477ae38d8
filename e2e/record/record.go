package record

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sample is one look at an application.
type Sample struct {
	Time time.Time
	// Load offered, in Unit of the record; it means nothing where LoadKnown is false.
	Load      float64
	LoadKnown bool
	// Ready replicas, and those that were asked for.
	Ready, Desired int32
}

// Record are the samples of one run, in the order of their times.
type Record struct {
	// Name of the application, and the unit of its load, such as "requests/s".
	Name, Unit string
	Samples    []Sample
}

// Add appends a sample.
func (r *Record) Add(s Sample) { r.Samples = append(r.Samples, s) }

// Range is the least, the mean and the greatest of some values.
type Range struct{ Min, Mean, Max float64 }

// Summary is what a run came to. Each sample counts alike.
type Summary struct {
	Duration time.Duration
	// Load over the samples where it was known; Ready over all.
	Load, Ready Range
	// Changes of the number of replicas asked for, and those among them that turned the direction round.
	Changes, Reversals int
}

// Summarize returns the summary of a record. With less than two samples it is zero.
func (r *Record) Summarize() Summary {
	if len(r.Samples) < 2 {
		return Summary{}
	}
	s := Summary{Duration: r.Samples[len(r.Samples)-1].Time.Sub(r.Samples[0].Time)}
	s.Load = span(r.loads())
	s.Ready = span(r.ready())
	last := int32(0)
	for i := 1; i < len(r.Samples); i++ {
		step := r.Samples[i].Desired - r.Samples[i-1].Desired
		if step == 0 {
			continue
		}
		s.Changes++
		if last != 0 && (step > 0) != (last > 0) {
			s.Reversals++
		}
		last = step
	}
	return s
}

func (r *Record) loads() []float64 {
	var loads []float64
	for _, sample := range r.Samples {
		if sample.LoadKnown {
			loads = append(loads, sample.Load)
		}
	}
	return loads
}

func (r *Record) ready() []float64 {
	ready := make([]float64, len(r.Samples))
	for i, sample := range r.Samples {
		ready[i] = float64(sample.Ready)
	}
	return ready
}

func span(values []float64) Range {
	if len(values) == 0 {
		return Range{}
	}
	out := Range{Min: values[0], Max: values[0]}
	for _, value := range values {
		out.Min, out.Max = min(out.Min, value), max(out.Max, value)
		out.Mean += value / float64(len(values))
	}
	return out
}

var columns = []string{"seconds", "load", "ready", "desired"}

// WriteCSV writes seconds since the first sample, load (empty where unknown), ready and desired replicas.
func (r *Record) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write(columns)
	for _, sample := range r.Samples {
		load := ""
		if sample.LoadKnown {
			load = strconv.FormatFloat(sample.Load, 'f', 3, 64)
		}
		seconds := strconv.FormatFloat(sample.Time.Sub(r.Samples[0].Time).Seconds(), 'f', 1, 64)
		// The writer keeps its first error for Error.
		_ = out.Write([]string{seconds, load, fmt.Sprint(sample.Ready), fmt.Sprint(sample.Desired)})
	}
	out.Flush()
	return out.Error()
}

// ReadCSV reads what WriteCSV has written, as a record that begins at the zero time.
func ReadCSV(in io.Reader) (*Record, error) {
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], columns) {
		return nil, fmt.Errorf("the first line must be %s", strings.Join(columns, ","))
	}
	r := &Record{}
	for i, row := range rows[1:] {
		sample, err := parse(row)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		r.Add(sample)
	}
	return r, nil
}

func parse(row []string) (Sample, error) {
	seconds, err := strconv.ParseFloat(row[0], 64)
	if err != nil {
		return Sample{}, err
	}
	sample := Sample{Time: time.Time{}.Add(time.Duration(seconds * float64(time.Second)))}
	if row[1] != "" {
		sample.LoadKnown = true
		if sample.Load, err = strconv.ParseFloat(row[1], 64); err != nil {
			return Sample{}, err
		}
	}
	for i, into := range []*int32{&sample.Ready, &sample.Desired} {
		count, err := strconv.ParseInt(row[2+i], 10, 32)
		if err != nil {
			return Sample{}, err
		}
		*into = int32(count)
	}
	return sample, nil
}
