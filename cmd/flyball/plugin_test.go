package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

// TestHelpOfAPlugin: installed as kubectl-flyball, each command shows what its users type, and refers to no program that they do not have.
func TestHelpOfAPlugin(t *testing.T) {
	var paths [][]string
	var walk func(c *cobra.Command, path []string)
	walk = func(c *cobra.Command, path []string) {
		paths = append(paths, path)
		for _, child := range c.Commands() {
			walk(child, append(slices.Clip(path), child.Name()))
		}
	}
	walk(newCommand(), nil)
	if len(paths) < 20 {
		t.Fatalf("%d commands", len(paths))
	}
	for _, path := range paths {
		var out, errOut bytes.Buffer
		if code := runAs("/usr/local/bin/kubectl-flyball", append(path, "--help"), nil, &out, &errOut); code != exit.OK {
			t.Fatalf("%v: %d: %s", path, code, &errOut)
		}
		if usage := "\n  kubectl flyball " + strings.Join(path, " "); !strings.Contains(out.String(), strings.TrimRight(usage, " ")) {
			t.Errorf("%v: no usage %q:\n%s", path, usage, &out)
		}
		for _, c := range newCommand().Commands() {
			alone := strings.ReplaceAll(out.String(), "kubectl flyball "+c.Name(), "")
			if regexp.MustCompile(`\bflyball ` + c.Name() + `\b`).MatchString(alone) {
				t.Errorf("%v: the help has flyball %s without kubectl:\n%s", path, c.Name(), &out)
			}
		}
	}
	var errOut bytes.Buffer
	if code := runAs("kubectl-flyball", []string{"explain", "--unknown"}, nil, &bytes.Buffer{}, &errOut); code != exit.Unusable || !strings.Contains(errOut.String(), "See 'kubectl flyball explain --help' for usage.") {
		t.Errorf("%d: %s", code, &errOut)
	}
}
