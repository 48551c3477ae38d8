// Package licenses finds the modules that are linked into the programs, and their licenses. The image carries the texts, as the
// licenses require, the SBOM their names, and a check fails on a license that the project does not accept.
package licenses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	classifier "github.com/google/licenseclassifier/v2"
	"github.com/google/licenseclassifier/v2/assets"
)

// Accepted are the licenses of modules that the programs may link: those that ask for no more than the text and a notice;
// MPL-2.0, whose files are used unchanged; OFL-1.1, of the fonts in plots; and CC-BY-4.0, of the writer of SVG files.
var Accepted = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "FTL", "ISC", "MIT", "MPL-2.0", "OFL-1.1", "Unlicense"}

// elsewhere are license files that are not at the root of their module. Of the two licenses of freetype, FTL is chosen.
var elsewhere = map[string]string{"github.com/golang/freetype": "licenses/ftl.txt"}

// Module is a module that is linked into a program; the standard library is the module std.
type Module struct {
	Path, Version string
	// Names of its licenses, as SPDX lists them, sorted. Empty if none was recognized.
	Names []string
	// Text of its license files and notices.
	Text string

	folder string
}

// Expression is the SPDX expression of the licenses.
func (m Module) Expression() string {
	return cmp.Or(strings.Join(m.Names, " AND "), "NOASSERTION")
}

// Check returns an error for each module without a license, and for each license that is not accepted.
func Check(modules []Module) error {
	var found []error
	for _, m := range modules {
		if len(m.Names) == 0 {
			found = append(found, fmt.Errorf("%s %s: no license was recognized", m.Path, m.Version))
		}
		for _, name := range m.Names {
			if !slices.Contains(Accepted, name) {
				found = append(found, fmt.Errorf("%s %s: license %s: must be one of %s", m.Path, m.Version, name, strings.Join(Accepted, ", ")))
			}
		}
	}
	return errors.Join(found...)
}

// Linked returns the modules whose packages are linked into packages, over the platforms of linux, sorted by path. The module of
// the programs is not among them.
func Linked(ctx context.Context, source string, packages ...string) ([]Module, error) {
	byPath := map[string]Module{}
	for _, architecture := range []string{"amd64", "arm64"} {
		if err := list(ctx, source, architecture, packages, byPath); err != nil {
			return nil, err
		}
	}
	classify, err := assets.DefaultClassifier()
	if err != nil {
		return nil, err
	}
	var modules []Module
	for _, m := range byPath {
		if err := m.read(classify); err != nil {
			return nil, err
		}
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// format prints a line for each package: module, version and folder. The standard library has no module.
const format = `{{if .Standard}}std - {{.Root}}{{else if not .Module.Main}}{{with or .Module.Replace .Module}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`

func list(ctx context.Context, source, architecture string, packages []string, into map[string]Module) error {
	command := exec.CommandContext(ctx, "go", append([]string{"list", "-deps", "-tags", "timetzdata", "-f", format}, packages...)...)
	command.Dir, command.Stderr = source, os.Stderr
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture, "GOWORK=off", "GOFLAGS=")
	output, err := command.Output()
	if err != nil {
		return fmt.Errorf("go list -deps: %w", err)
	}
	for line := range strings.Lines(string(output)) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(fields) == 3 {
			into[fields[0]] = Module{Path: fields[0], Version: fields[1], folder: fields[2]}
		}
	}
	return nil
}

// licenseFile is the name of a file with a license or a notice.
var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([.-].*)?$`)

// read reads the license files at the root of the module.
func (m *Module) read(classify *classifier.Classifier) error {
	entries, err := os.ReadDir(m.folder)
	if err != nil {
		return fmt.Errorf("license of %s: %w", m.Path, err)
	}
	var files []string
	if file := elsewhere[m.Path]; file != "" {
		files = append(files, file)
	}
	for _, entry := range entries {
		if !entry.IsDir() && licenseFile.MatchString(entry.Name()) && !strings.HasSuffix(entry.Name(), ".go") {
			files = append(files, entry.Name())
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(m.folder, file))
		if err != nil {
			return err
		}
		m.Text += strings.TrimSpace(string(text)) + "\n\n"
		for _, match := range classify.Match(text).Matches {
			if match.MatchType == "License" {
				m.Names = append(m.Names, match.Name)
			}
		}
	}
	slices.Sort(m.Names)
	m.Names = slices.Compact(m.Names)
	return nil
}
