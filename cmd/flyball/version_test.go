package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestVersionNamesTheProgram runs --version; the flag of component-base would print Kubernetes as the name.
func TestVersionNamesTheProgram(t *testing.T) {
	var out bytes.Buffer
	command := newCommand()
	command.SetArgs([]string{"--version"})
	command.SetOut(&out)
	if err := command.Execute(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "flyball version v") {
		t.Errorf("printed %q", out.String())
	}
}
