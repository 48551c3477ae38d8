package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	yamlv2 "go.yaml.in/yaml/v2"
	"sigs.k8s.io/yaml"
)

// Document is one document of a YAML stream.
type Document struct {
	// Number of the document among those with content, from 1.
	Number int
	// Line of the stream where Text starts, from 1.
	Line int
	// Text in YAML.
	Text []byte
}

// Split returns the documents of a YAML stream, without those that contain only comments. It splits at lines that begin
// with --- or ... followed by white space, which YAML reserves at any depth.
func Split(stream []byte) []Document {
	s := splitter{line: 1}
	stream = bytes.TrimPrefix(stream, []byte("\xef\xbb\xbf"))
	for len(stream) > 0 {
		end := lineEnd(stream)
		s.add(stream[:end])
		stream = stream[end:]
		s.line++
	}
	s.cut()
	return s.documents
}

// breaks are the line breaks of YAML 1.1, longer ones before their prefixes.
var breaks = [][]byte{[]byte("\r\n"), []byte("\n"), []byte("\r"), []byte("\u0085"), []byte("\u2028"), []byte("\u2029")}

// lineEnd returns the length of the first line with its break.
func lineEnd(text []byte) int {
	for i := range text {
		for _, b := range breaks {
			if bytes.HasPrefix(text[i:], b) {
				return i + len(b)
			}
		}
	}
	return len(text)
}

// splitter collects the lines of the documents.
type splitter struct {
	documents []Document
	// text is the current document, which starts on line first; line is the current line.
	text        []byte
	first, line int
	// begun reports whether the current document had its ---; content whether it has content.
	begun, content bool
}

func (s *splitter) add(line []byte) {
	switch {
	case isMarker(line, "---"):
		if s.begun || s.content {
			s.cut()
		}
		s.begun = true
		s.append(line)
		s.content = hasContent(line[len("---"):])
	case isMarker(line, "..."):
		s.cut()
	default:
		directive := line[0] == '%' && !s.begun && !s.content
		s.append(line)
		s.content = s.content || !directive && hasContent(line)
	}
}

func (s *splitter) append(line []byte) {
	if len(s.text) == 0 {
		s.first = s.line
	}
	s.text = append(s.text, line...)
}

// cut ends the current document.
func (s *splitter) cut() {
	if s.content {
		s.documents = append(s.documents, Document{Number: len(s.documents) + 1, Line: s.first, Text: s.text})
	}
	s.text, s.begun, s.content = nil, false, false
}

// isMarker reports whether a line begins with a marker that is followed by white space or by nothing.
func isMarker(line []byte, marker string) bool {
	rest, found := bytes.CutPrefix(line, []byte(marker))
	return found && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || lineEnd(rest) == len(rest) && len(bytes.TrimSpace(rest)) == 0)
}

// hasContent reports whether a line is neither blank nor a comment.
func hasContent(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 0 && line[0] != '#'
}

// One returns the only document of a stream, and an empty one for an empty stream. The error states where the second
// begins.
func One(stream []byte) (Document, error) {
	switch documents := Split(stream); len(documents) {
	case 0:
		return Document{Number: 1, Line: 1}, nil
	case 1:
		return documents[0], nil
	default:
		return Document{}, fmt.Errorf("the file has %d YAML documents, and the second begins on line %d: it must have one; "+
			"write each into a file of its own", len(documents), documents[1].Line)
	}
}

// JSON returns the document as JSON; null for an empty document. It rejects duplicate keys. The error has the line
// numbers of the stream.
func (d Document) JSON() ([]byte, error) {
	err := checkSingle(d.Text)
	if err == nil {
		var text []byte
		if text, err = yaml.YAMLToJSONStrict(d.Text); err == nil {
			return text, nil
		}
	}
	if d.Line > 1 { // again, so that the error has the line numbers of the stream
		if text := d.placed(); checkSingle(text) != nil {
			return nil, checkSingle(text)
		} else if _, placed := yaml.YAMLToJSONStrict(text); placed != nil {
			return nil, placed
		}
	}
	return nil, err
}

// placed returns the document's text at its line of the stream.
func (d Document) placed() []byte {
	return append(bytes.Repeat([]byte("\n"), d.Line-1), d.Text...)
}

// checkSingle returns an error unless the decoder reads the whole text as one document. Split does not split documents
// without a marker, such as two JSON objects in sequence.
func checkSingle(text []byte) error {
	decoder := yamlv2.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(new(any)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch err := decoder.Decode(new(any)); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return errors.New("yaml: a second document follows without a --- line")
}
