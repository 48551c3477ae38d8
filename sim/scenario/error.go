package scenario

import (
	"fmt"
	"strings"
)

// Error says what is wrong with a story.
type Error struct {
	// Line of the text, from 1.
	Line int
	// Word that cannot be used; empty where one is missing.
	Word string
	// Problem with it, and what is allowed, in words that follow the Word.
	Problem string
}

func (e *Error) Error() string {
	if e.Word == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d: %q %s", e.Line, e.Word, e.Problem)
}

// either lists what is allowed: a, b or c.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
