package override

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Field of an object that windows may borrow.
type Field string

// MinReplicas and MaxReplicas are those of a HorizontalPodAutoscaler, Replicas is the count of what has a scale, and Suspend a
// CronJob's: 1 for true, 0 for false.
const (
	MinReplicas Field = "minReplicas"
	MaxReplicas Field = "maxReplicas"
	Replicas    Field = "replicas"
	Suspend     Field = "suspend"
)

// Values of the fields of an object.
type Values map[Field]int32

// Record is what is remembered on an object of which something is borrowed.
type Record struct {
	// By names the windows that the values come from.
	By []string `json:"by,omitempty"`
	// Edge tells the stretch of time between two edges in which the record was written: the windows that are open, each with the
	// generation of its object and the time at which it closes; empty where a bound holds before or after its window is open.
	Edge string `json:"edge,omitempty"`
	// Fields that are borrowed; at least one.
	Fields map[Field]FieldRecord `json:"fields"`
}

// FieldRecord is one field that is borrowed.
type FieldRecord struct {
	// Original is the value to give back: what the owner wrote last.
	Original int32 `json:"original"`
	// Set is the value that the field was given; the owner's where it has edited the field in this stretch.
	Set int32 `json:"set"`
	// Edited says that it has: the field is left alone until the next edge.
	Edited bool `json:"edited,omitempty"`
	// From is the value that Set is about to replace, where record and field cannot be written at once. A field that still has
	// it has not been written yet.
	From *int32 `json:"from,omitempty"`
}

// Parse reads a record as [Record.Text] writes it. An error says what is wrong with it: then it is not known what the
// object's own values are.
func Parse(text string) (*Record, error) {
	var r Record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("it is not the JSON of a record: %w", err)
	}
	if len(r.Fields) == 0 {
		return nil, errors.New("its fields are missing")
	}
	for field := range r.Fields {
		if !slices.Contains([]Field{MinReplicas, MaxReplicas, Replicas, Suspend}, field) {
			return nil, fmt.Errorf("its fields have %q, which is none that is borrowed", field)
		}
	}
	return &r, nil
}

// Text is the record as it stands on the object: JSON with its keys in order, so that equal records have equal texts.
func (r *Record) Text() string {
	text, err := json.Marshal(r)
	if err != nil { // there is nothing in it that JSON has no form for
		return ""
	}
	return string(text)
}

// Equal says whether two records say the same; nil is that of an object of which nothing is borrowed.
func (r *Record) Equal(other *Record) bool {
	if r == nil || other == nil {
		return r == other
	}
	return r.Text() == other.Text()
}

// EditedFields returns the fields that are left alone because their owner edited them.
func (r *Record) EditedFields() []Field {
	if r == nil {
		return nil
	}
	var edited []Field
	for _, field := range slices.Sorted(maps.Keys(r.Fields)) {
		if r.Fields[field].Edited {
			edited = append(edited, field)
		}
	}
	return edited
}
