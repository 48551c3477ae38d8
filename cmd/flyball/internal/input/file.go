package input

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// File is the value of -f: the name of a file, or - for the standard input.
type File string

// AddFlag adds -f to a command.
func (f *File) AddFlag(command *cobra.Command, usage string) {
	command.Flags().StringVarP((*string)(f), "filename", "f", "", usage)
}

// AddRequiredFlag adds -f to a command that cannot do without it.
func (f *File) AddRequiredFlag(command *cobra.Command, usage string) {
	f.AddFlag(command, usage)
	if err := command.MarkFlagRequired("filename"); err != nil {
		panic(err) // the line above adds the flag
	}
}

// Read returns the file's text. Errors name the file.
func (f File) Read(stdin io.Reader) ([]byte, error) {
	if f != "-" {
		return os.ReadFile(string(f))
	}
	text, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("reading the standard input: %w", err)
	}
	return text, nil
}

// String is the file as errors name it.
func (f File) String() string {
	if f == "-" {
		return "standard input"
	}
	return string(f)
}
