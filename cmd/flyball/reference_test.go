package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// TestReferenceIsCurrent compares docs/reference/cli.md with the commands. -update writes the page.
func TestReferenceIsCurrent(t *testing.T) {
	t.Setenv("HOME", "$HOME") // the default of --cache-dir has it
	t.Setenv("KUBECACHEDIR", "")
	const path = "../../docs/reference/cli.md"
	var page strings.Builder
	page.WriteString("# Command line reference\n\n" +
		"<!-- Generated from the commands by go test ./cmd/flyball -run Reference -update. Do not edit. -->\n\n")
	writeCommand(&page, newCommand())
	page.WriteString("\n## kubectl's flags\n\nEach command that reads or changes objects of a cluster has the flags of kubectl:\n")
	writeFlags(&page, kubectlFlags(), &pflag.FlagSet{})
	before, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	switch diff := cmp.Diff(string(before), page.String()); {
	case diff != "" && *update:
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	case diff != "":
		t.Errorf("docs/reference/cli.md (-page +commands); go test ./cmd/flyball -run Reference -update writes it:\n%s", diff)
	}
}

// TestEveryCommandHasAnExample checks examples, their comments, and the sentences about flags.
func TestEveryCommandHasAnExample(t *testing.T) {
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		if c.Runnable() && !c.HasSubCommands() && !c.DisableFlagParsing && !strings.HasPrefix(c.Example, "  # ") {
			t.Errorf("%s has no example with a comment", c.CommandPath())
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if kubectlFlags().Lookup(f.Name) == nil && !strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s: the usage %q does not end its sentence", c.CommandPath(), f.Name, f.Usage)
			}
		})
		for _, child := range c.Commands() {
			check(child)
		}
	}
	check(newCommand())
}

func kubectlFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	genericclioptions.NewConfigFlags(false).AddFlags(flags)
	return flags
}

// writeCommand writes the section of a command, and those of its subcommands.
func writeCommand(page *strings.Builder, c *cobra.Command) {
	if c.HasParent() {
		fmt.Fprintf(page, "\n## %s\n\n", c.CommandPath())
	}
	for paragraph := range strings.SplitSeq(c.Long, "\n\n") {
		text, list, _ := strings.Cut(paragraph, "\n  ")
		page.WriteString(text + "\n\n")
		if list != "" {
			page.WriteString("```text\n  " + list + "\n```\n\n")
		}
	}
	if c.HasSubCommands() {
		page.WriteString("| command | |\n|---|---|\n")
		for _, child := range c.Commands() {
			fmt.Fprintf(page, "| [%s](#%s) | %s |\n", child.CommandPath(), strings.ReplaceAll(child.CommandPath(), " ", "-"), child.Short)
		}
	} else {
		fmt.Fprintf(page, "```sh\n%s\n```\n", c.UseLine())
		if c.Example != "" {
			fmt.Fprintf(page, "\n```sh\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
		}
		if c.LocalFlags().HasFlags() {
			writeFlags(page, c.LocalFlags(), kubectlFlags())
		}
	}
	for _, child := range c.Commands() {
		writeCommand(page, child)
	}
}

// writeFlags writes a table of flags, without those of another set.
func writeFlags(page *strings.Builder, flags, without *pflag.FlagSet) {
	page.WriteString("\n| flag | default | |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if same := without.Lookup(f.Name); f.Name == "help" || same != nil && same.Usage == f.Usage {
			return
		}
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := ""
		if f.DefValue != "" && f.DefValue != "[]" {
			value = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(page, "| %s | %s | %s |\n", name, value, strings.ReplaceAll(f.Usage, "|", "\\|"))
	})
}
