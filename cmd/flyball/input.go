package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/metricsadapter/manifest"
)

// file is the name of a bundle's file; - is the standard input.
type file string

func (f *file) addFlag(command *cobra.Command) {
	command.Flags().StringVarP((*string)(f), "filename", "f", "", "The file that holds the bundle, or - for the standard input.")
}

func (f *file) isNeeded(command *cobra.Command) {
	if err := command.MarkFlagRequired("filename"); err != nil {
		panic(err) // there is such a flag: it is the line above
	}
}

func (f file) bundle(stdin io.Reader) (*bundle.Bundle, error) {
	text, err := f.read(stdin)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	return b, nil
}

func (f file) read(stdin io.Reader) ([]byte, error) {
	if f != "-" {
		return os.ReadFile(string(f)) // its errors name the file
	}
	text, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("reading the standard input: %w", err)
	}
	return text, nil
}

// unmarshalOne reads a file of one YAML document, and refuses a second one, unknown fields and keys that occur twice. It
// leaves into as it is where the file holds nothing.
func unmarshalOne(text []byte, into any) error {
	document, err := manifest.One(text)
	if err != nil {
		return err
	}
	asJSON, err := document.JSON()
	if err != nil {
		return err
	}
	return strictly(asJSON, into)
}

func (f file) String() string {
	if f == "-" {
		return "standard input"
	}
	return string(f)
}
