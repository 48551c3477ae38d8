package override

import (
	"fmt"
	"strconv"
	"strings"
)

// ChangeType is the kind of a change.
type ChangeType int

const (
	// Set is the change of a field to the value of a window.
	Set ChangeType = iota
	// Restored is the change of a field back to its original value.
	Restored
	// EditedByOwner is an edit of an overridden field. Windows do not change the field before the next edge.
	EditedByOwner
)

// Change of a field, for an event.
type Change struct {
	Type     ChangeType
	Field    Field
	From, To int32
	// By has the names of the windows that override or overrode the field.
	By []string
}

// String returns the change as a message.
func (c Change) String() string {
	by := strings.Join(c.By, " and ")
	from, to := c.Field.Text(c.From), c.Field.Text(c.To)
	switch c.Type {
	case Set:
		return fmt.Sprintf("%s set %s from %s to %s", by, c.Field, from, to)
	case Restored:
		return fmt.Sprintf("%s restored %s from %s to %s", by, c.Field, from, to)
	default:
		return fmt.Sprintf("%s, set to %s by %s, was changed to %s: windows do not change it before their next edge, and restore %s at their end",
			c.Field, from, by, to, to)
	}
}

// Text returns a value of the field as its YAML form.
func (f Field) Text(value int32) string {
	if f == Suspend {
		return strconv.FormatBool(value != 0)
	}
	return strconv.Itoa(int(value))
}
