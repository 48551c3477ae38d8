package prom

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v2"
)

// What the YAML library says, which names types of Go and quotes values that may be secrets.
var (
	unknownField = regexp.MustCompile(`(?s)^line (\d+): field (.+?) not found in type .+$`)
	setTwice     = regexp.MustCompile(`(?s)^line (\d+): (?:field|key) (.+?) already set in .+$`)
	wrongForm    = regexp.MustCompile(`(?s)^line (\d+): cannot unmarshal !!(\w+).* into .+$`)
)

// yamlError makes sentences of what the YAML library says.
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
		return fmt.Sprintf("line %s: there is no field %q here: docs/prometheus.md lists them", m[1], m[2])
	}
	if m := setTwice.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("line %s: %s is given twice: leave one out", m[1], strings.Trim(m[2], `"`))
	}
	if m := wrongForm.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("line %s: %s does not belong here: docs/prometheus.md shows what does", m[1], yamlKind(m[2]))
	}
	return said
}

// yamlKind names what was written by its YAML tag.
func yamlKind(tag string) string {
	switch tag {
	case "seq":
		return "a list"
	case "map":
		return "a map"
	}
	return "a single value"
}
