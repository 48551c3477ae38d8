package override

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Field of an object that windows can override.
type Field string

// MinReplicas and MaxReplicas are fields of a HorizontalPodAutoscaler, Replicas of an object with a scale subresource, and Suspend
// of a CronJob: 1 for true, 0 for false.
const (
	MinReplicas Field = "minReplicas"
	MaxReplicas Field = "maxReplicas"
	Replicas    Field = "replicas"
	Suspend     Field = "suspend"
)

// Values of the fields of an object.
type Values map[Field]int32

// Record is stored on an object with overridden fields.
type Record struct {
	// By names the windows that the values come from.
	By []string `json:"by,omitempty"`
	// Edge identifies the interval between two edges in which the record was written: the open windows, each with the generation of
	// its object and the time at which it closes; empty for a lead or a ramp.
	Edge string `json:"edge,omitempty"`
	// Fields that are overridden; at least one.
	Fields map[Field]FieldRecord `json:"fields"`
}

// FieldRecord is the record of one overridden field.
type FieldRecord struct {
	// Original is the value to restore: the last one that the owner wrote.
	Original int32 `json:"original"`
	// Set is the value that was set; the owner's if Edited.
	Set int32 `json:"set"`
	// Edited is true if the owner has edited the field since the last edge: it is not changed before the next edge.
	Edited bool `json:"edited,omitempty"`
	// From is the value that Set will replace, for a kind whose record and field need two writes. A field with this value has not
	// been written yet.
	From *int32 `json:"from,omitempty"`
}

// Parse reads a record in the form of [Record.Text]. After an error, the original values of the object are unknown.
func Parse(text string) (*Record, error) {
	var r Record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("the record is not valid JSON: %w", err)
	}
	if len(r.Fields) == 0 {
		return nil, errors.New("the record has no fields")
	}
	for field := range r.Fields {
		if !slices.Contains([]Field{MinReplicas, MaxReplicas, Replicas, Suspend}, field) {
			return nil, fmt.Errorf("the record has the field %q, which windows cannot override", field)
		}
	}
	return &r, nil
}

// Text returns the record in JSON with sorted keys, so that equal records have equal texts.
func (r *Record) Text() string {
	text, err := json.Marshal(r)
	if err != nil { // all its types have a form in JSON
		return ""
	}
	return string(text)
}

// Equal reports whether two records are equal. An object without overridden fields has a nil record.
func (r *Record) Equal(other *Record) bool {
	if r == nil || other == nil {
		return r == other
	}
	return r.Text() == other.Text()
}

// EditedFields returns the fields that their owner has edited since the last edge.
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
