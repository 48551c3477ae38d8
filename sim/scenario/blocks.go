package scenario

import "strings"

// text is a line of a file.
type text struct {
	number int // from 1
	words  string
}

// section is a block before it is understood.
type section struct {
	head  text
	input []text
}

const separator = "----"

// sections divides a file into blocks, and leaves out comments and expected outputs.
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

// reader goes through the lines of a file.
type reader struct {
	lines []string
	at    int
}

func (r *reader) more() bool { return r.at < len(r.lines) }

func (r *reader) next() text {
	r.at++
	return text{number: r.at, words: r.lines[r.at-1]}
}

// section gives the next block, or nil at the end.
func (r *reader) section() (*section, error) {
	for r.more() {
		line := r.next()
		if isNothing(line.words) {
			continue
		}
		s := &section{head: r.continued(line)}
		if !r.input(s) {
			return nil, &Error{Line: line.number, Problem: "the block that begins here has no line " + separator + ", which ends what goes in"}
		}
		return s, r.skipExpected()
	}
	return nil, nil
}

func isNothing(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

// continued joins the lines that follow a backslash.
func (r *reader) continued(line text) text {
	line.words = strings.TrimSpace(line.words)
	for strings.HasSuffix(line.words, `\`) && r.more() {
		line.words = strings.TrimSuffix(line.words, `\`) + " " + strings.TrimSpace(r.next().words)
	}
	return line
}

// input reads on to the separator, and says whether there was one.
func (r *reader) input(s *section) bool {
	for r.more() {
		line := r.next()
		if line.words == separator {
			return true
		}
		if !isNothing(line.words) {
			s.input = append(s.input, line)
		}
	}
	return false
}

// skipExpected goes past an output: to the first blank line or, where it begins with a second separator, to two in a row.
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
				return &Error{Line: after.number, Word: after.words, Problem: "follows an output: a blank line must stand between"}
			}
		}
		return nil
	}
	return nil
}
