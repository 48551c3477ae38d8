package override

import (
	"fmt"
	"strconv"
	"strings"
)

// ChangeType is the kind of a change.
type ChangeType int

const (
	// Set is where a window gave the field its value.
	Set ChangeType = iota
	// Restored is where the field got its original value back.
	Restored
	// EditedByOwner is where the owner edited a borrowed field, which is left alone until the next edge.
	EditedByOwner
)

// Change of a field that people are told of.
type Change struct {
	Type     ChangeType
	Field    Field
	From, To int32
	// By names the windows that borrow or borrowed the field.
	By []string
}

// String is the change as a sentence without a full stop.
func (c Change) String() string {
	by := strings.Join(c.By, " and ")
	switch c.Type {
	case Set:
		return fmt.Sprintf("%s set %s from %s to %s", by, c.Field, c.Field.Text(c.From), c.Field.Text(c.To))
	case Restored:
		return fmt.Sprintf("%s gave %s back: from %s to %s", by, c.Field, c.Field.Text(c.From), c.Field.Text(c.To))
	default:
		return fmt.Sprintf("%s, which %s had set to %s, was changed to %s: that stays until the next edge of a window, and after the last one",
			c.Field, by, c.Field.Text(c.From), c.Field.Text(c.To))
	}
}

// Text is a value of the field as people write it.
func (f Field) Text(value int32) string {
	if f == Suspend {
		return strconv.FormatBool(value != 0)
	}
	return strconv.Itoa(int(value))
}
