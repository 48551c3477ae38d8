package expr

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Placeholders are the texts that stand in a [Template] for matchers and label values.
type Placeholders struct {
	// Matchers is a label name. A matcher on it marks where the matchers of a request are added to its selector.
	Matchers string
	// Values maps a label name to the text that stands for a value of that label.
	Values map[string]string
}

// Template is a query with placeholders. Fill replaces them in the parsed tree. A Template is immutable.
type Template struct {
	Expr
	placeholders Placeholders
}

// ParseTemplate parses a query with placeholders. A placeholder for a value must be in the value of a matcher or in
// label_replace; the placeholder for matchers must be among the matchers of a selector.
func ParseTemplate(text string, marks Placeholders) (Template, error) {
	e, err := Parse(text)
	if err != nil {
		return Template{}, err
	}
	f := Template{Expr: e, placeholders: marks}
	for node := range nodes(e.root) {
		if err := f.checkPlacement(node); err != nil {
			return Template{}, err
		}
	}
	return f, nil
}

// checkPlacement returns an error where a placeholder in the node, without its children, cannot be replaced.
func (f Template) checkPlacement(node parser.Node) error {
	var names []string
	switch n := node.(type) {
	case *parser.VectorSelector:
		names = append(names, n.Name)
		for _, m := range n.LabelMatchers {
			if m.Name != f.placeholders.Matchers {
				names = append(names, m.Name)
			}
			if m.Name == model.MetricNameLabel { // also a name in quotation marks
				names = append(names, m.Value)
			}
			if strings.Contains(m.Value, f.placeholders.Matchers) {
				return fmt.Errorf("matchers in the value of label %s: put them among the matchers of a selector", m.Name)
			}
		}
	case *parser.AggregateExpr:
		names = n.Grouping
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			names = slices.Concat(n.VectorMatching.MatchingLabels, n.VectorMatching.Include)
		}
	case *parser.Call:
		return f.checkCallPlacement(n)
	}
	if slices.ContainsFunc(names, f.hasPlaceholder) {
		return errors.New("a label value in place of a metric or label name: a label value can only be the value of a matcher")
	}
	return nil
}

// checkCallPlacement checks the string arguments of a function. Only label_replace takes values, in its replacement and
// its pattern.
func (f Template) checkCallPlacement(n *parser.Call) error {
	for i, argument := range n.Args {
		text, ok := argument.(*parser.StringLiteral)
		fits := n.Func.Name == "label_replace" && (i == replacementArgument || i == patternArgument)
		if ok && (strings.Contains(text.Val, f.placeholders.Matchers) || f.hasPlaceholder(text.Val) && !fits) {
			return fmt.Errorf("a label value in a string argument of %s() is not supported", n.Func.Name)
		}
	}
	return nil
}

// The arguments of label_replace(vector, destination, replacement, source, pattern).
const (
	destinationArgument = 1
	replacementArgument = 2
	patternArgument     = 4
)

// hasPlaceholder reports whether a text contains a placeholder.
func (f Template) hasPlaceholder(text string) bool {
	if strings.Contains(text, f.placeholders.Matchers) {
		return true
	}
	for _, mark := range f.placeholders.Values {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// TakesMatchers reports whether a selector of the template takes matchers.
func (f Template) TakesMatchers() bool {
	for node := range nodes(f.root) {
		if selector, ok := node.(*parser.VectorSelector); ok && f.takesMatchers(selector) {
			return true
		}
	}
	return false
}

func (f Template) takesMatchers(selector *parser.VectorSelector) bool {
	return slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == f.placeholders.Matchers })
}

// UsesValueOf reports whether the template contains a value of the label.
func (f Template) UsesValueOf(label string) bool {
	mark, ok := f.placeholders.Values[label]
	return ok && strings.Contains(f.text, mark)
}

// Fill adds the matchers to each selector that takes them, and replaces the placeholder of each label by its values:
// one value as it is, several as a regular expression of alternatives. extra returns further matchers for a selector,
// by its metric name and the labels that it has matchers on.
func (f Template) Fill(matchers []*labels.Matcher, values map[string][]string, extra func(metric string, on []string) []*labels.Matcher) (Expr, error) {
	root, err := parse(f.text)
	if err != nil {
		return Expr{}, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	for node := range nodes(root) {
		switch n := node.(type) {
		case *parser.VectorSelector:
			if err := f.fillSelector(n, matchers, values, extra); err != nil {
				return Expr{}, err
			}
		case *parser.Call:
			if n.Func.Name == "label_replace" {
				f.fillStrings(n, values)
			}
		}
	}
	return canonical(root), nil
}

func (f Template) fillSelector(
	n *parser.VectorSelector, matchers []*labels.Matcher, values map[string][]string, extra func(string, []string) []*labels.Matcher,
) error {
	narrows := f.takesMatchers(n)
	filled := make([]*labels.Matcher, 0, len(n.LabelMatchers)+len(matchers))
	var on []string
	for _, m := range n.LabelMatchers {
		if m.Name == f.placeholders.Matchers {
			continue
		}
		on = append(on, m.Name)
		if !f.hasPlaceholder(m.Value) {
			filled = append(filled, m)
			continue
		}
		put, err := labels.NewMatcher(m.Type, m.Name, f.substitute(m.Value, values, m.Type == labels.MatchRegexp || m.Type == labels.MatchNotRegexp))
		if err != nil {
			return fmt.Errorf("the matcher %s: %w", m, err)
		}
		filled = append(filled, put)
	}
	if narrows {
		filled = append(filled, matchers...)
		if extra != nil {
			filled = append(filled, extra(n.Name, on)...)
		}
	}
	n.LabelMatchers = filled
	return nil
}

func (f Template) fillStrings(n *parser.Call, values map[string][]string) {
	for _, i := range []int{replacementArgument, patternArgument} {
		if text, ok := n.Args[i].(*parser.StringLiteral); ok && f.hasPlaceholder(text.Val) {
			// $1 in a replacement is a capture group; a "$" in a value is not.
			literal := make(map[string][]string, len(values))
			for label, all := range values {
				for _, value := range all {
					literal[label] = append(literal[label], strings.ReplaceAll(value, "$", "$$"))
				}
			}
			if i == patternArgument {
				literal = values
			}
			text.Val = f.substitute(text.Val, literal, i == patternArgument)
		}
	}
}

// substitute replaces the placeholders in a text. In a regular expression a value matches itself only.
func (f Template) substitute(text string, values map[string][]string, pattern bool) string {
	for label, mark := range f.placeholders.Values {
		if !strings.Contains(text, mark) {
			continue
		}
		value := strings.Join(values[label], "|")
		if pattern {
			value = alternatives(values[label])
			if len(values[label]) > 1 && text != mark {
				value = "(?:" + value + ")"
			}
		}
		text = strings.ReplaceAll(text, mark, value)
	}
	return text
}

func alternatives(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = regexp.QuoteMeta(value)
	}
	return strings.Join(quoted, "|")
}
