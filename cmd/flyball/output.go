package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// format is how an answer is printed.
type format struct {
	name  string
	names []string
}

// newFormat is the first of the formats, until another is chosen.
func newFormat(names ...string) *format { return &format{name: names[0], names: names} }

func (f *format) addFlag(command *cobra.Command) {
	last := len(f.names) - 1
	command.Flags().VarP(f, "output", "o", "What to print: "+strings.Join(f.names[:last], ", ")+" or "+f.names[last]+".")
}

// Set refuses what is no format before anything is done.
func (f *format) Set(name string) error {
	if !slices.Contains(f.names, name) {
		return fmt.Errorf("must be one of %v", f.names)
	}
	f.name = name
	return nil
}

// String is part of pflag.Value.
func (f *format) String() string { return f.name }

// Type is part of pflag.Value; it stands in the help.
func (f *format) Type() string { return "format" }

// print gives the answer to programs, or the page to people.
func (f *format) print(out io.Writer, answer any, page string) error {
	var text []byte
	var err error
	switch f.name {
	case "json":
		text, err = json.MarshalIndent(answer, "", "  ")
		text = append(text, '\n')
	case "yaml":
		text, err = yaml.Marshal(answer)
	default:
		text = []byte(page)
	}
	if err != nil {
		return fmt.Errorf("printing the answer as %s: %w", f.name, err)
	}
	_, err = out.Write(text)
	return err
}
