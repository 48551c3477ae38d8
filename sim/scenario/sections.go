package scenario

import "strings"

// text is a line of a file.
type text struct {
	number int // from 1
	words  string
}

// section is a block before parsing.
type section struct {
	head  text
	input []text
}

const separator = "----"

// sections splits a file into blocks without comments and expected outputs.
func sections(file string) ([]section, error) {
	r := reader{}
	for line := range strings.Lines(file) {
		r.lines = append(r.lines, strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
	}
	var found []section
	for {
		s, err := r.section()
		if s == nil || err != nil {
			return found, err
		}
		found = append(found, *s)
	}
}

// reader reads the lines of a file.
type reader struct {
	lines []string
	read  int
}

func (r *reader) more() bool { return r.read < len(r.lines) }

func (r *reader) next() text {
	r.read++
	return text{number: r.read, words: r.lines[r.read-1]}
}

// section returns the next block, or nil at the end.
func (r *reader) section() (*section, error) {
	for r.more() {
		line := r.next()
		if isIgnored(line.words) {
			continue
		}
		s := &section{head: r.continued(line)}
		if !r.input(s) {
			return nil, &Error{Line: line.number, Problem: "the block that starts here has no line " + separator + " after its input"}
		}
		return s, r.skipExpected()
	}
	return nil, nil
}

func isIgnored(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

// continued appends the lines that follow a backslash.
func (r *reader) continued(line text) text {
	line.words = strings.TrimSpace(line.words)
	for strings.HasSuffix(line.words, `\`) && r.more() {
		line.words = strings.TrimSuffix(line.words, `\`) + " " + strings.TrimSpace(r.next().words)
	}
	return line
}

// input reads up to the separator, and reports whether it was found.
func (r *reader) input(s *section) bool {
	for r.more() {
		line := r.next()
		if line.words == separator {
			return true
		}
		if !isIgnored(line.words) {
			s.input = append(s.input, line)
		}
	}
	return false
}

// skipExpected skips an expected output. It ends at a blank line or, if it starts with a second separator, at two separators
// in a row.
func (r *reader) skipExpected() error {
	if !r.more() {
		return nil
	}
	line := r.next()
	if line.words == separator {
		return r.skipFenced()
	}
	for strings.TrimSpace(line.words) != "" && r.more() {
		line = r.next()
	}
	return nil
}

func (r *reader) skipFenced() error {
	for r.more() {
		if r.next().words != separator || !r.more() || r.next().words != separator {
			continue
		}
		if r.more() {
			if after := r.next(); after.words != "" {
				return &Error{Line: after.number, Word: after.words, Problem: "follows an output: insert a blank line before it"}
			}
		}
		return nil
	}
	return nil
}
