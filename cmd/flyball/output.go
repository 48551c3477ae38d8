package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/explain"
)

// format is how an answer is printed.
type format string

var formats = []string{"text", "json", "yaml"}

func (f *format) addFlag(command *cobra.Command) {
	*f = "text"
	command.Flags().VarP(f, "output", "o", "How to print the decision: text, json or yaml.")
}

// Set refuses what is no format before anything is done.
func (f *format) Set(name string) error {
	if !slices.Contains(formats, name) {
		return fmt.Errorf("must be one of %v", formats)
	}
	*f = format(name)
	return nil
}

// String is part of pflag.Value.
func (f *format) String() string { return string(*f) }

// Type is part of pflag.Value; it stands in the help.
func (f *format) Type() string { return "format" }

func (f *format) print(out io.Writer, r *replayed) error {
	var text []byte
	var err error
	switch *f {
	case "json":
		text, err = json.MarshalIndent(r.report, "", "  ")
		text = append(text, '\n')
	case "yaml":
		text, err = yaml.Marshal(r.report)
	default:
		text = []byte(explain.Text(r.spec, r.decision))
	}
	if err != nil {
		return fmt.Errorf("printing the decision as %s: %w", *f, err)
	}
	_, err = out.Write(text)
	return err
}
