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

// Marks are what stands in the text of a [Form] for what is filled in later.
type Marks struct {
	// Matchers is the name of a label; a matcher on it stands for the matchers that narrow its selector.
	Matchers string
	// Values are, by the name of a label, what stands for a value of that label.
	Values map[string]string
}

// Form is a query with marked places, in which matchers and values are put by changing the parsed tree. It is never
// changed; what changes a form gives a new one.
type Form struct {
	Expr
	marks Marks
}

// ParseForm reads a query with marks. Marks must be where something can be put: a value in the value of a matcher or in
// label_replace, and matchers among the matchers of a selector.
func ParseForm(text string, marks Marks) (Form, error) {
	e, err := Parse(text)
	if err != nil {
		return Form{}, err
	}
	f := Form{Expr: e, marks: marks}
	for node := range nodes(e.root) {
		if err := f.misplaced(node); err != nil {
			return Form{}, err
		}
	}
	return f, nil
}

// misplaced says why a mark of the node, its children left out, is where nothing can be put.
func (f Form) misplaced(node parser.Node) error {
	var names []string
	switch n := node.(type) {
	case *parser.VectorSelector:
		names = append(names, n.Name)
		for _, m := range n.LabelMatchers {
			if m.Name != f.marks.Matchers {
				names = append(names, m.Name)
			}
			if m.Name == model.MetricNameLabel { // also a name in quotation marks
				names = append(names, m.Value)
			}
			if strings.Contains(m.Value, f.marks.Matchers) {
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
		return f.misplacedIn(n)
	}
	if slices.ContainsFunc(names, f.marked) {
		return errors.New("a value is put where PromQL has the name of a metric or of a label: it can only be the value of a matcher")
	}
	return nil
}

// misplacedIn looks at a function's texts: only label_replace takes values in them, as its replacement and its pattern.
func (f Form) misplacedIn(n *parser.Call) error {
	for i, argument := range n.Args {
		text, ok := argument.(*parser.StringLiteral)
		fits := n.Func.Name == "label_replace" && (i == replacementArgument || i == patternArgument)
		if ok && (strings.Contains(text.Val, f.marks.Matchers) || f.marked(text.Val) && !fits) {
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

// marked says that a text holds a mark.
func (f Form) marked(text string) bool {
	if strings.Contains(text, f.marks.Matchers) {
		return true
	}
	for _, mark := range f.marks.Values {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// Narrows says that a selector of the form takes matchers.
func (f Form) Narrows() bool {
	for node := range nodes(f.root) {
		if selector, ok := node.(*parser.VectorSelector); ok && f.narrows(selector) {
			return true
		}
	}
	return false
}

func (f Form) narrows(selector *parser.VectorSelector) bool {
	return slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == f.marks.Matchers })
}

// Uses says that the form has a place for the value of a label.
func (f Form) Uses(label string) bool {
	mark, ok := f.marks.Values[label]
	return ok && strings.Contains(f.text, mark)
}

// Fill puts the matchers into each selector that takes them, and for each label its values: one as it is, several as
// alternatives. extra gives more matchers for a selector, by the name of its metric and the labels that it has matchers on.
func (f Form) Fill(matchers []*labels.Matcher, values map[string][]string, extra func(metric string, on []string) []*labels.Matcher) (Expr, error) {
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
				f.fillTexts(n, values)
			}
		}
	}
	return canonical(root), nil
}

func (f Form) fillSelector(
	n *parser.VectorSelector, matchers []*labels.Matcher, values map[string][]string, extra func(string, []string) []*labels.Matcher,
) error {
	narrows := f.narrows(n)
	filled := make([]*labels.Matcher, 0, len(n.LabelMatchers)+len(matchers))
	var on []string
	for _, m := range n.LabelMatchers {
		if m.Name == f.marks.Matchers {
			continue
		}
		on = append(on, m.Name)
		if !f.marked(m.Value) {
			filled = append(filled, m)
			continue
		}
		put, err := labels.NewMatcher(m.Type, m.Name, f.put(m.Value, values, m.Type == labels.MatchRegexp || m.Type == labels.MatchNotRegexp))
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

func (f Form) fillTexts(n *parser.Call, values map[string][]string) {
	for _, i := range []int{replacementArgument, patternArgument} {
		if text, ok := n.Args[i].(*parser.StringLiteral); ok && f.marked(text.Val) {
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
			text.Val = f.put(text.Val, literal, i == patternArgument)
		}
	}
}

// put replaces the marks in a text. In a pattern a value means itself only.
func (f Form) put(text string, values map[string][]string, pattern bool) string {
	for label, mark := range f.marks.Values {
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
