package rule

import (
	"cmp"
	"errors"
	"strings"
	"text/template"

	"flyball.dev/flyball/metricsadapter/expr"
)

// marks is one way to name marks. The two ways have no letter in common, and differ in length.
type marks struct{ matchers, value, end string }

var (
	ours   = marks{"flyballmatchers", "flyballvalue", "x"}
	theirs = marks{"FLYBALLOTHERMATCHERS", "FLYBALLOTHERVALUE", "XX"}
)

// of is the mark of the i-th label.
func (m marks) of(i int) string {
	letter := m.end[0] - 'x' + 'a'
	digits := string(letter+byte(i/26%26)) + string(letter+byte(i%26))
	return m.value + digits + m.end
}

func (m marks) in(text string) bool {
	return strings.Contains(text, m.matchers) || strings.Contains(text, m.value)
}

// expr gives the marks of labels.
func (m marks) expr(labels []string) expr.Marks {
	e := expr.Marks{Matchers: m.matchers, Values: make(map[string]string, len(labels))}
	for i, label := range labels {
		e.Values[label] = m.of(i)
	}
	return e
}

// swap puts another way's marks in the place of this one's.
func (m marks) swap(text string, other marks, labels []string) string {
	pairs := []string{m.matchers, other.matchers}
	for i := range labels {
		pairs = append(pairs, m.of(i), other.of(i))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// readable shows a text with marks to people.
func (m marks) readable(text string, labels []string) string {
	pairs := []string{m.matchers + `="1"`, "MATCHERS"}
	for i, label := range labels {
		pairs = append(pairs, m.of(i), "<"+label+">")
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
			for _, m := range []marks{ours, theirs} {
				if m.in(a) || m.in(b) {
					return 0, errors.New("it compares matchers or a value, and would be another query for each value: compare labels' names only")
				}
			}
			return strings.Compare(a, b), nil
		}
	case int:
		if b, ok := b.(int); ok {
			return cmp.Compare(a, b), nil
		}
	}
	return 0, errors.New("it compares what is neither two texts nor two whole numbers")
}
