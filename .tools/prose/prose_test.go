package main

import (
	"slices"
	"testing"
)

// TestRulesFindAndSpare: each line is a file's name, its content, and the words that are found in it.
func TestRulesFindAndSpare(t *testing.T) {
	rules, err := parseRules(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, content string
		want          []string
	}{
		{"a.go", "package a\n\n// A wish of the past.\nfunc f() {}\n", []string{"wish"}},
		{"a.go", "package a\n\nvar s = \"there are two\"\n", []string{"there are"}},
		{"a_test.go", "package a\n\nvar s = \"there are two\"\n", nil},
		{"a.go", "package a\n\nvar told int\n", []string{"told"}},
		{"a.go", "package a\n\nimport \"rival/foreign\"\n\ntype t struct {\n\tA int `json:\"wish\"`\n}\n", nil},
		{"a.go", "package a\n\n//go:generate tell\nvar b int\n", nil},
		{"a.md", "What it costs is little.\n", []string{"What it costs is little."}},
		{"a.md", "What does it cost?\n", nil},
		{"a.md", "A `wish`, and\n```\nthere is\n```\nutilisation, otherwise.\n", []string{"utilisation"}},
		{"a.yaml", "a: told # nobody reads it\n", []string{"nobody"}},
		{"a.csv", "told\n", nil},
	} {
		passages, err := read(c.path, []byte(c.content))
		if err != nil {
			t.Errorf("%q: %v", c.content, err)
			continue
		}
		var got []string
		for _, p := range passages {
			for _, r := range rules {
				for _, f := range r.find(c.path, p) {
					got = append(got, f.text)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %q: found %q, want %q", c.path, c.content, got, c.want)
		}
	}
}

// TestLinesAreThoseOfTheFile: a finding in a comment of several lines names the line of the word.
func TestLinesAreThoseOfTheFile(t *testing.T) {
	rules, err := parseRules(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	passages, err := read("a.go", []byte("package a\n\n// One.\n// Two `code`.\n// Three is a wish.\nfunc f() {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range passages {
		for _, r := range rules {
			for _, f := range r.find("a.go", p) {
				if f.line != 5 {
					t.Errorf("%q is in line %d, want 5", f.text, f.line)
				}
				return
			}
		}
	}
	t.Error("found nothing")
}
