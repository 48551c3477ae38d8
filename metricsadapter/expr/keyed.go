package expr

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Keying says how a form's answer depends on the value of a label that it is asked for.
type Keying uint8

const (
	// Unbound says: not at all. It asks the same whatever the value.
	Unbound Keying = iota
	// Keyed says that its rows carry the label, and each depends on the series of its own value only, so that one query can speak
	// for all values at once.
	Keyed
	// Mixed says: neither. It is to be asked once for each value.
	Mixed
)

// Key tells by which label a form is to be keyed.
type Key struct {
	// Label whose matcher is to be left out.
	Label string
	// Extend allows to group and to match by the label where the form does not, so that its rows carry it.
	Extend bool
	// Needed is a label without which a row counts for nothing; empty where every row counts.
	Needed string
}

// By makes a form speak for all values of a label at once, where it is Keyed by it: groupings and matchings are extended
// by the label where that is allowed, and a matcher that asks for the value asks for any. Where it is not Keyed, the form
// comes back as it was.
func (f Form) By(key Key) (Form, Keying) {
	root, err := parse(f.text)
	if err != nil {
		return f, Mixed
	}
	k := keyer{Form: f, Key: key}
	of := k.of(root)
	if of.Keying != Keyed {
		return f, of.Keying
	}
	return Form{Expr: canonical(root), marks: f.marks}, Keyed
}

// keyer walks a tree of its own, and changes it on the way.
type keyer struct {
	Form
	Key
}

// keying is what a part of the tree is. Extended says that its rows carry the label only because of a change.
type keying struct {
	Keying
	extended bool
}

var unbound, mixed = keying{}, keying{Keying: Mixed}

func (k *keyer) of(node parser.Expr) keying {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return k.of(n.Expr)
	case *parser.UnaryExpr:
		return k.of(n.Expr)
	case *parser.StepInvariantExpr:
		return k.of(n.Expr)
	case *parser.SubqueryExpr:
		return k.of(n.Expr)
	case *parser.MatrixSelector:
		return k.of(n.VectorSelector)
	case *parser.VectorSelector:
		return k.ofSelector(n)
	case *parser.Call:
		return k.ofCall(n)
	case *parser.AggregateExpr:
		return k.ofAggregation(n)
	case *parser.BinaryExpr:
		return k.ofBinary(n)
	case *parser.StringLiteral:
		if k.uses(n.Val) {
			return mixed
		}
	}
	return unbound
}

// uses says that a text holds the mark of the label's value.
func (k *keyer) uses(text string) bool {
	mark, ok := k.marks.Values[k.Label]
	return ok && strings.Contains(text, mark)
}

func (k *keyer) ofSelector(n *parser.VectorSelector) keying {
	result := unbound
	if k.narrows(n) {
		result.Keying = Keyed
	}
	for i, m := range n.LabelMatchers {
		if !k.uses(m.Value) {
			continue
		}
		if m.Name != k.Label || m.Value != k.marks.Values[k.Label] || m.Type != labels.MatchEqual && m.Type != labels.MatchRegexp {
			return mixed
		}
		n.LabelMatchers[i] = present(k.Label)
		result.Keying = Keyed
	}
	return result
}

// present matches any value of a label but none.
func present(label string) *labels.Matcher {
	return &labels.Matcher{Type: labels.MatchNotEqual, Name: label}
}

func (k *keyer) ofCall(n *parser.Call) keying {
	result := unbound
	for _, argument := range n.Args {
		of := k.of(argument)
		if of.Keying == Mixed {
			return mixed
		}
		if of.Keying == Keyed {
			result = of
		}
	}
	if result.Keying == Unbound {
		return unbound
	}
	switch n.Func.Name {
	case "scalar", "absent", "absent_over_time", "vector", "info":
		return mixed // its rows do not carry the labels of its argument's
	case "label_replace", "label_join":
		if text, ok := n.Args[destinationArgument].(*parser.StringLiteral); !ok || text.Val == k.Label {
			return mixed
		}
	}
	return result
}

func (k *keyer) ofAggregation(n *parser.AggregateExpr) keying {
	if n.Param != nil && k.of(n.Param).Keying != Unbound {
		return mixed
	}
	if text, ok := n.Param.(*parser.StringLiteral); ok && n.Op == parser.COUNT_VALUES && text.Val == k.Label {
		return mixed
	}
	of := k.of(n.Expr)
	listed := slices.Contains(n.Grouping, k.Label)
	switch {
	case of.Keying != Keyed:
		return of
	case n.Without && listed:
		return mixed
	case n.Without:
		return of
	case !listed && !k.Extend:
		return mixed
	case !listed:
		n.Grouping = append(n.Grouping, k.Label)
	}
	if !picks(n.Op) {
		of.extended = of.extended || !listed
	}
	return of
}

// picks says that an aggregation picks elements with all their labels.
func picks(op parser.ItemType) bool { return keepsOrAddsLabels(op) && op != parser.COUNT_VALUES }
