package importer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Outcome is the result for a field or an object.
type Outcome string

const (
	// LeftOut marks a value that would change replica counts and that nothing in the output stands for.
	LeftOut Outcome = "Left out"
	// Changed marks a value that is carried over and acts differently here, and says how.
	Changed Outcome = "Changed"
	// Note marks a value that does not change replica counts, or an assumption to check.
	Note Outcome = "Note"
)

// Entry is one line of the report.
type Entry struct {
	Outcome Outcome
	// Object is the kind, namespace and name, such as ScaledObject shop/web.
	Object string
	// Field is the path in the object, such as spec.triggers[0].type; empty where the entry is about the whole object.
	Field string
	// Value of the field as JSON, cut to a line; empty where the entry is about several fields.
	Value string
	// Message says what becomes of the value, and how to fix it where that is needed.
	Message string
}

// String returns the entry as one line.
func (e Entry) String() string {
	text := string(e.Outcome) + ": " + e.Object + ": "
	if e.Field != "" {
		text += e.Field + ": "
	}
	if e.Value != "" {
		text += e.Value + ": "
	}
	return text + e.Message
}

// report collects entries in the order of their discovery.
type report struct{ entries []Entry }

func (r *report) add(e Entry) {
	if !slices.Contains(r.entries, e) {
		r.entries = append(r.entries, e)
	}
}

const longestValue = 1000 // characters of a value in an entry

// shown returns a value as JSON, cut to one line.
func shown(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	letters := []rune(strings.TrimSpace(text.String()))
	if len(letters) > longestValue {
		return string(letters[:longestValue]) + "…"
	}
	return string(letters)
}
