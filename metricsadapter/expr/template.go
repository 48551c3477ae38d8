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

// Placeholders are what stands in the text of a [Template] for what is filled in later.
type Placeholders struct {
	// Matchers is the name of a label; a matcher on it stands for the matchers that narrow its selector.
	Matchers string
	// Values are, by the name of a label, what stands for a value of that label.
	Values map[string]string
}

// Template is a query with marked places, in which matchers and values are put by changing the parsed tree. It is never
// changed; what changes a form gives a new one.
type Template struct {
	Expr
	placeholders Placeholders
}

// ParseTemplate reads a query with marks. Marks must be where something can be put: a value in the value of a matcher or in
// label_replace, and matchers among the matchers of a selector.
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

// checkPlacement says why a mark of the node, its children left out, is where nothing can be put.
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
				return fmt.Errorf("matchers are put into the value of the label %s: they can only stand beside other matchers", m.Name)
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
		return errors.New("a value is put where PromQL has the name of a metric or of a label: it can only be the value of a matcher")
	}
	return nil
}

// checkCallPlacement looks at a function's texts: only label_replace takes values in them, as its replacement and its pattern.
func (f Template) checkCallPlacement(n *parser.Call) error {
	for i, argument := range n.Args {
		text, ok := argument.(*parser.StringLiteral)
		fits := n.Func.Name == "label_replace" && (i == replacementArgument || i == patternArgument)
		if ok && (strings.Contains(text.Val, f.placeholders.Matchers) || f.hasPlaceholder(text.Val) && !fits) {
			return fmt.Errorf("a value is put into a text of %s(), where it cannot be", n.Func.Name)
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

// hasPlaceholder says that a text holds a mark.
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

// TakesMatchers says that a selector of the form takes matchers.
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

// UsesValueOf says that the form has a place for the value of a label.
func (f Template) UsesValueOf(label string) bool {
	mark, ok := f.placeholders.Values[label]
	return ok && strings.Contains(f.text, mark)
}

// Fill puts the matchers into each selector that takes them, and for each label its values: one as it is, several as
// alternatives. extra gives more matchers for a selector, by the name of its metric and the labels that it has matchers on.
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
			// In a replacement $1 is what the pattern's first group found; a value has no such meaning.
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

// substitute replaces the marks in a text. In a pattern a value means itself only.
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
