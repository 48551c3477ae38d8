package rule

import (
	"cmp"
	"errors"
	"strings"
	"text/template"

	"flyball.dev/flyball/metricsadapter/expr"
)

// placeholders is one way to name marks. The two ways have no letter in common, and differ in length.
type placeholders struct{ matchers, valuePrefix, end string }

var (
	primaryPlaceholders   = placeholders{"flyballmatchers", "flyballvalue", "x"}
	alternatePlaceholders = placeholders{"FLYBALLOTHERMATCHERS", "FLYBALLOTHERVALUE", "XX"}
)

// value is the mark of the i-th label.
func (m placeholders) value(i int) string {
	letter := m.end[0] - 'x' + 'a'
	digits := string(letter+byte(i/26%26)) + string(letter+byte(i%26))
	return m.valuePrefix + digits + m.end
}

func (m placeholders) foundIn(text string) bool {
	return strings.Contains(text, m.matchers) || strings.Contains(text, m.valuePrefix)
}

// expr returns the marks of labels.
func (m placeholders) expr(labels []string) expr.Placeholders {
	e := expr.Placeholders{Matchers: m.matchers, Values: make(map[string]string, len(labels))}
	for i, label := range labels {
		e.Values[label] = m.value(i)
	}
	return e
}

// replace puts another way's marks in the place of this one's.
func (m placeholders) replace(text string, other placeholders, labels []string) string {
	pairs := []string{m.matchers, other.matchers}
	for i := range labels {
		pairs = append(pairs, m.value(i), other.value(i))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// display shows a text with marks to people.
func (m placeholders) display(text string, labels []string) string {
	pairs := []string{m.matchers + `="1"`, "MATCHERS"}
	for i, label := range labels {
		pairs = append(pairs, m.value(i), "<"+label+">")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// comparisons are those of the template language, but that they refuse to compare marks: a template that depends on a
// value would be another query for each value.
var comparisons = template.FuncMap{
	"eq": func(a any, others ...any) (bool, error) {
		for _, b := range others {
			if order, err := compare(a, b); err != nil || order == 0 {
				return err == nil, err
			}
		}
		return false, nil
	},
	"ne": func(a, b any) (bool, error) { order, err := compare(a, b); return order != 0, err },
	"lt": func(a, b any) (bool, error) { order, err := compare(a, b); return order < 0, err },
	"le": func(a, b any) (bool, error) { order, err := compare(a, b); return order <= 0, err },
	"gt": func(a, b any) (bool, error) { order, err := compare(a, b); return order > 0, err },
	"ge": func(a, b any) (bool, error) { order, err := compare(a, b); return order >= 0, err },
}

func compare(a, b any) (int, error) {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			for _, m := range []placeholders{primaryPlaceholders, alternatePlaceholders} {
				if m.foundIn(a) || m.foundIn(b) {
					return 0, errors.New("it compares matchers or a value, which requires one query per value: compare only label names")
				}
			}
			return strings.Compare(a, b), nil
		}
	case int:
		if b, ok := b.(int); ok {
			return cmp.Compare(a, b), nil
		}
	}
	return 0, errors.New("it compares operands that are not two strings or two integers")
}
