// Prose checks the words that people meet against the rules of rules.yaml: comments and string literals of Go code, Markdown,
// and the comments of other files that git tracks. It prints one line per finding and exits with 1 where it has any.
//
//	go run ./prose [-count] ROOT [PATH PREFIX...]
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed rules.yaml
var rulesFile []byte

// Generated files are read by no one; CHANGELOG.md may name what a release has removed.
var skipped = []string{"autoscaler/client/", "zz_generated", ".tools/", "docs/reference/", "LICENSE", "go.sum", "CHANGELOG.md"}

func main() {
	counts := flag.Bool("count", false, "print the number of findings of each rule instead of the findings")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: prose [-count] ROOT [PATH PREFIX...]")
		os.Exit(2)
	}
	findings, err := check(flag.Arg(0), flag.Args()[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if *counts {
		printCounts(findings)
	} else {
		for _, f := range findings {
			fmt.Printf("%s:%d: %q: write %s\n", f.path, f.line, f.text, f.use)
		}
	}
	if len(findings) > 0 {
		fmt.Fprintf(os.Stderr, "%d findings\n", len(findings))
		os.Exit(1)
	}
}

// check reads the tracked files below root whose path begins with one of the prefixes; all of them without prefixes.
func check(root string, prefixes []string) ([]finding, error) {
	rules, err := parseRules(rulesFile)
	if err != nil {
		return nil, err
	}
	git := exec.Command("git", "-C", root, "ls-files")
	git.Stderr = os.Stderr
	listed, err := git.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the files of %s: %w", root, err)
	}
	var findings []finding
	for path := range strings.Lines(string(listed)) {
		path = strings.TrimSuffix(path, "\n")
		if !selected(path, prefixes) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root, path))
		if os.IsNotExist(err) { // deleted, and not committed yet
			continue
		}
		if err != nil {
			return nil, err
		}
		passages, err := read(path, content)
		if err != nil {
			return nil, err
		}
		for _, p := range passages {
			for _, r := range rules {
				findings = append(findings, r.find(path, p)...)
			}
		}
	}
	return findings, nil
}

func selected(path string, prefixes []string) bool {
	if slices.ContainsFunc(skipped, func(part string) bool { return strings.Contains(path, part) }) {
		return false
	}
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
}

func printCounts(findings []finding) {
	counts := map[string]int{}
	for _, f := range findings {
		counts[f.rule]++
	}
	rules := make([]string, 0, len(counts))
	for rule := range counts {
		rules = append(rules, rule)
	}
	slices.SortFunc(rules, func(a, b string) int { return counts[b] - counts[a] })
	for _, rule := range rules {
		fmt.Printf("%6d  %s\n", counts[rule], rule)
	}
}
