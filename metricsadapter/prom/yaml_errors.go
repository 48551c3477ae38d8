package prom

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v2"
)

// Errors of the YAML library, which contain Go types and values that may be secrets.
var (
	unknownField = regexp.MustCompile(`(?s)^line (\d+): field (.+?) not found in type .+$`)
	setTwice     = regexp.MustCompile(`(?s)^line (\d+): (?:field|key) (.+?) already set in .+$`)
	wrongForm    = regexp.MustCompile(`(?s)^line (\d+): cannot unmarshal !!(\w+).* into .+$`)
)

// yamlError rewrites the errors of the YAML library.
func yamlError(err error) error {
	typed, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	sentences := make([]error, len(typed.Errors))
	for i, said := range typed.Errors {
		sentences[i] = errors.New(readable(said))
	}
	return errors.Join(sentences...)
}

func readable(said string) string {
	if m := unknownField.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("line %s: unknown field %q: docs/prometheus.md lists the fields", m[1], m[2])
	}
	if m := setTwice.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("line %s: %s is set twice: remove one", m[1], strings.Trim(m[2], `"`))
	}
	if m := wrongForm.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("line %s: %s is not allowed here: docs/prometheus.md shows the format", m[1], yamlKind(m[2]))
	}
	return said
}

// yamlKind names the kind of a value by its YAML tag.
func yamlKind(tag string) string {
	switch tag {
	case "seq":
		return "a list"
	case "map":
		return "a map"
	}
	return "a single value"
}
