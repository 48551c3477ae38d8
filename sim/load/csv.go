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

// ParseTrace reads a trace: a line timestamp,value, and below it one line for each value, with times in RFC 3339 that grow.
// A value that is left empty is not known. An error is a [*TraceError].
func ParseTrace(text string) (*Trace, error) {
	// A spreadsheet may have put a byte order mark before the first line.
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
		return nil, &TraceError{Line: 1, Problem: fmt.Sprintf("the number of values is %d: it takes two to tell the step", len(t.points))}
	}
	return NewTrace(t.points), nil
}

// TraceError says what is wrong with a trace.
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
		return &TraceError{Line: 1, Problem: "the trace is empty: begin with a line timestamp,value"}
	case err != nil:
		return unreadable(err)
	case len(record) != 2 || strings.TrimSpace(record[0]) != "timestamp" || strings.TrimSpace(record[1]) != "value":
		line, _ := r.FieldPos(0)
		return &TraceError{Line: line, Problem: fmt.Sprintf("%q is not the head of a trace: begin with a line timestamp,value", strings.Join(record, ","))}
	}
	return nil
}

// unreadable is what the reader of CSV says, such as of quotation marks that are not closed.
func unreadable(err error) error {
	if wrong, is := errors.AsType[*csv.ParseError](err); is {
		return &TraceError{Line: wrong.Line, Problem: fmt.Sprintf("the line is not CSV: %v", wrong.Err)}
	}
	return &TraceError{Line: 1, Problem: err.Error()}
}

// table is what has been read so far. first and last are the times of its lines, also of those without a value.
type table struct {
	points      []Point
	lines       int
	first, last time.Time
}

// add reads TIME,VALUE and says what is wrong with it, or nothing.
func (t *table) add(record []string) (problem string) {
	if len(record) != 2 {
		return fmt.Sprintf("there are %d fields: write a timestamp and a value, with one comma between them", len(record))
	}
	text, value := strings.TrimSpace(record[0]), strings.TrimSpace(record[1])
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return fmt.Sprintf("%q is no timestamp: use RFC 3339, such as 2026-03-02T12:00:00Z", text)
	case t.lines == 0:
		t.first = at
	case !at.After(t.last):
		return fmt.Sprintf("%s is not after the line before, which is of %s: sort the lines by time, and keep one for each",
			text, t.last.Format(time.RFC3339Nano))
	case at.Sub(t.first) > longest:
		return fmt.Sprintf("%s is more than a century after the first line: is the year right?", text)
	}
	t.last = at
	t.lines++
	if value == "" {
		return ""
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !(x >= 0) || x > greatest {
		return fmt.Sprintf("%q is no value: use a number from 0 to %g, or leave it empty where none is known", value, greatest)
	}
	t.points = append(t.points, Point{At: at, Value: x})
	return ""
}

// greatest value of a trace. It keeps what is made of it within what a metric can hold.
const greatest = 1e12

// longest time from the first line to the last. A duration can tell every time within it.
const longest = 100 * 365 * 24 * time.Hour
