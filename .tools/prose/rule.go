package main

import (
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// rule is one entry of rules.yaml.
type rule struct {
	// Match is a pattern of words; Start is a word that must not begin a sentence, but a question may begin with it.
	Match, Start string
	// Except is a pattern of words that match and are right.
	Except string
	// In is identifiers, or empty for prose.
	In string
	// Use says what to write instead.
	Use string

	pattern, except *regexp.Regexp
}

// finding is one place that breaks a rule.
type finding struct {
	path, text, use, rule string
	line                  int
}

func parseRules(content []byte) ([]*rule, error) {
	var rules []*rule
	if err := yaml.UnmarshalStrict(content, &rules); err != nil {
		return nil, err
	}
	for i, r := range rules {
		if (r.Match == "") == (r.Start == "") || r.Use == "" {
			return nil, fmt.Errorf("rule %d: set use, and exactly one of match and start", i)
		}
		pattern := `(?i)\b(?:` + r.Match + `)\b`
		switch {
		case r.Start != "":
			pattern = `(?:^|[.:;!?]\s+)(` + r.Start + `\b[^.?!]*)(?:[.!]|$)`
		case r.In != "":
			pattern = `^(?:` + r.Match + `)$`
		}
		var err error
		if r.pattern, err = regexp.Compile(pattern); err != nil {
			return nil, fmt.Errorf("rule %d: match: %w", i, err)
		}
		if r.Except != "" {
			if r.except, err = regexp.Compile(`(?i)^(?:` + r.Except + `)$`); err != nil {
				return nil, fmt.Errorf("rule %d: except: %w", i, err)
			}
		}
	}
	return rules, nil
}

// find gives every place in the passage that breaks the rule.
func (r *rule) find(path string, p passage) []finding {
	if (r.In == "identifiers") != p.identifier {
		return nil
	}
	var findings []finding
	for _, span := range r.pattern.FindAllStringIndex(p.text, -1) {
		text := p.text[span[0]:span[1]]
		if r.except != nil && r.except.MatchString(text) {
			continue
		}
		findings = append(findings, finding{
			path: path, line: p.line + strings.Count(p.text[:span[0]], "\n"),
			text: strings.Join(strings.Fields(text), " "), use: r.Use, rule: r.Match + r.Start,
		})
	}
	return findings
}
