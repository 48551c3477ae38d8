package output

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// Format is the value of -o. The printers of cli-runtime print objects of Kubernetes only, with their kind; these answers have
// none.
type Format struct {
	name  string
	names []string
}

// NewFormat returns a flag with the given values, of which the first is the default.
func NewFormat(names ...string) *Format { return &Format{name: names[0], names: names} }

// AddFlag adds -o to a command.
func (f *Format) AddFlag(command *cobra.Command) {
	command.Flags().VarP(f, "output", "o", "Output format. One of: ("+strings.Join(f.names, ", ")+").")
}

// Is reports whether the format has the name.
func (f *Format) Is(name string) bool { return f.name == name }

// Set is part of pflag.Value. It refuses an unknown format while the command line is parsed, before anything else is done.
func (f *Format) Set(name string) error {
	if !slices.Contains(f.names, name) {
		return fmt.Errorf("must be one of %v", f.names)
	}
	f.name = name
	return nil
}

// String is part of pflag.Value.
func (f *Format) String() string { return f.name }

// Type is part of pflag.Value; the help shows it.
func (f *Format) Type() string { return "format" }

// Print writes the answer as JSON or YAML, or else the page, which is the same answer as text.
func (f *Format) Print(out io.Writer, answer any, page string) error {
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
		return fmt.Errorf("encoding the answer as %s: %w", f.name, err)
	}
	_, err = out.Write(text)
	return err
}
