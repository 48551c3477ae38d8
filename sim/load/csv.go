package load

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ParseTrace parses a trace: the header timestamp,value and one line per value, with ascending times in RFC 3339. An empty value
// is unknown. An error is a [*TraceError].
func ParseTrace(text string) (*Trace, error) {
	// Spreadsheets can write a byte order mark before the first line.
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = -1, true, true
	if err := header(r); err != nil {
		return nil, err
	}
	t := table{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if problem := t.add(record); problem != "" {
			line, _ := r.FieldPos(0)
			return nil, &TraceError{Line: line, Problem: problem}
		}
	}
	if len(t.points) < 2 {
		return nil, &TraceError{Line: 1, Problem: fmt.Sprintf("the trace has %d values: it needs at least two", len(t.points))}
	}
	return NewTrace(t.points), nil
}

// TraceError is an error in a trace.
type TraceError struct {
	// Line of the text, from 1.
	Line    int
	Problem string
}

func (e *TraceError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

func header(r *csv.Reader) error {
	record, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return &TraceError{Line: 1, Problem: "the trace is empty: start with the header timestamp,value"}
	case err != nil:
		return unreadable(err)
	case len(record) != 2 || strings.TrimSpace(record[0]) != "timestamp" || strings.TrimSpace(record[1]) != "value":
		line, _ := r.FieldPos(0)
		return &TraceError{Line: line, Problem: fmt.Sprintf("%q is not the header of a trace: start with the header timestamp,value", strings.Join(record, ","))}
	}
	return nil
}

// unreadable converts an error of the CSV reader, such as about an open quotation mark.
func unreadable(err error) error {
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return &TraceError{Line: wrong.Line, Problem: fmt.Sprintf("the line is not CSV: %v", wrong.Err)}
	}
	return &TraceError{Line: 1, Problem: err.Error()}
}

// table collects the lines. first and last are the times of lines, including those without a value.
type table struct {
	points      []Point
	lines       int
	first, last time.Time
}

// add parses TIME,VALUE. It returns the problem, or "".
func (t *table) add(record []string) (problem string) {
	if len(record) != 2 {
		return fmt.Sprintf("the line has %d fields: write a timestamp and a value", len(record))
	}
	text, value := strings.TrimSpace(record[0]), strings.TrimSpace(record[1])
	instant, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return fmt.Sprintf("%q is not a timestamp: use RFC 3339, such as 2026-03-02T12:00:00Z", text)
	case t.lines == 0:
		t.first = instant
	case !instant.After(t.last):
		return fmt.Sprintf("%s is not after the previous time %s: sort the lines by time and remove duplicates",
			text, t.last.Format(time.RFC3339Nano))
	case instant.Sub(t.first) > longest:
		return fmt.Sprintf("%s is more than 100 years after the first line: check the year", text)
	}
	t.last = instant
	t.lines++
	if value == "" {
		return ""
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !(x >= 0) || x > greatest {
		return fmt.Sprintf("%q is not a value: use a number from 0 to %g, or an empty value if it is unknown", value, greatest)
	}
	t.points = append(t.points, Point{At: instant, Value: x})
	return ""
}

// greatest value of a trace. Metrics computed from it fit into an int64.
const greatest = 1e12

// longest time from the first to the last line. It fits into a time.Duration.
const longest = 100 * 365 * 24 * time.Hour
