package scenario

import (
	"fmt"
	"strings"
)

// Error describes an error in a story.
type Error struct {
	// Line of the text, from 1.
	Line int
	// Word is the invalid word; empty if a word is missing.
	Word string
	// Problem and the allowed values, as the predicate of a sentence about the Word.
	Problem string
}

func (e *Error) Error() string {
	if e.Word == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d: %q %s", e.Line, e.Word, e.Problem)
}

// either lists allowed words: a, b or c.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
