package top

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
)

// filter are the selectors of the flags; an empty one matches all.
type filter struct{ labels, fields string }

// selectable are the fields by which --field-selector selects: those of the object, and limit of the row.
var selectable = []string{"metadata.name", "metadata.namespace", "spec.mode", "status.reference", "limit"}

func fieldsOf(r *summary.Row) fields.Set {
	return fields.Set{"metadata.name": r.Name, "metadata.namespace": r.Namespace, "spec.mode": r.Mode, "status.reference": r.Reference, "limit": r.Limit}
}

// check returns what is wrong with the selectors.
func (f filter) check() error {
	if _, err := labels.Parse(f.labels); err != nil {
		return fmt.Errorf("--selector: Invalid value: %q: %w", f.labels, err)
	}
	_, err := f.parse()
	return err
}

func (f filter) parse() (fields.Selector, error) {
	selector, err := fields.ParseSelector(f.fields)
	if err != nil {
		return nil, fmt.Errorf("--field-selector: Invalid value: %q: %w", f.fields, err)
	}
	for _, r := range selector.Requirements() {
		if !slices.Contains(selectable, r.Field) {
			return nil, fmt.Errorf("--field-selector: Unsupported value: %q: supported fields: %s", r.Field, strings.Join(selectable, ", "))
		}
	}
	return selector, nil
}

// apply removes the rows that the field selector does not match.
func (f filter) apply(to *cluster.Summary) error {
	selector, err := f.parse()
	if err != nil || selector.Empty() {
		return err
	}
	before := len(to.Rows)
	to.Rows = slices.DeleteFunc(to.Rows, func(r summary.Row) bool { return !selector.Matches(fieldsOf(&r)) })
	to.Total -= before - len(to.Rows)
	return nil
}
