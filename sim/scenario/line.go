package scenario

import (
	"fmt"
	"strings"
	"unicode"
)

// line reads a line word by word. err is the first error; reads after an error return zero values, so that callers check for
// an error once, at the end.
type line struct {
	lineNumber int // from 1
	rest       string
	err        *Error
}

func (t text) read() *line { return &line{lineNumber: t.number, rest: strings.TrimSpace(t.words)} }

func (l *line) fail(word, problem string, args ...any) {
	if l.err == nil {
		l.err = &Error{Line: l.lineNumber, Word: word, Problem: fmt.Sprintf(problem, args...)}
	}
}

// end returns the line's error. Unread words are an error, too.
func (l *line) end() error {
	if l.more() {
		l.fail(l.rest, "is unexpected: end the line before it")
	}
	if l.err != nil {
		return l.err
	}
	return nil
}

func (l *line) more() bool { return l.err == nil && l.rest != "" }

// peek returns the next word and the text after it without consuming them.
func (l *line) peek() (word, after string) {
	end := strings.IndexFunc(l.rest, unicode.IsSpace)
	if end < 0 {
		end = len(l.rest)
	}
	return l.rest[:end], strings.TrimSpace(l.rest[end:])
}

// word reads the next word. what names it in an error message.
func (l *line) word(what string) string {
	if !l.more() {
		l.fail("", "the line ends early: add the %s", what)
		return ""
	}
	word, after := l.peek()
	l.rest = after
	return word
}

// quoted reads a text in quotation marks.
func (l *line) quoted(what string) string {
	if !strings.HasPrefix(l.rest, `"`) {
		l.fail(l.word(what), `must be in quotation marks: write the %s as in "0 9 * * 1-5"`, what)
		return ""
	}
	words, rest, closed := strings.Cut(l.rest[1:], `"`)
	if !closed {
		l.fail(l.rest, "has no closing quotation mark")
	}
	l.rest = strings.TrimSpace(rest)
	return words
}

// sentence reads the rest of the line.
func (l *line) sentence(what string) string {
	if !l.more() {
		l.fail("", "the line ends early: add the %s", what)
	}
	words := strings.Join(strings.Fields(l.rest), " ")
	l.rest = ""
	return words
}

// option is an allowed word and its meaning.
type option[T any] struct {
	word    string
	meaning T
}

func choose[T any](l *line, what string, options []option[T]) T {
	var words []string
	for _, o := range options {
		words = append(words, o.word)
	}
	word := l.word(fmt.Sprintf("%s (%s)", what, either(words)))
	for _, o := range options {
		if o.word == word {
			return o.meaning
		}
	}
	l.fail(word, "is not a valid %s: use %s", what, either(words))
	var none T
	return none
}

// settings reads NAME=VALUE....
func settings[T any](head *line, what string, words []option[func(*line, *T)], of *T) error {
	found := map[string]bool{}
	for head.more() {
		name, value, _ := strings.Cut(head.word("setting"), "=")
		setting, given := &line{lineNumber: head.lineNumber, rest: name}, &line{lineNumber: head.lineNumber, rest: value}
		set := choose(setting, what, words)
		if found[name] {
			setting.fail(name, "is set twice")
		}
		if found[name] = true; setting.err != nil {
			return setting.err
		}
		set(given, of)
		if err := given.end(); err != nil {
			return err
		}
	}
	return nil
}
