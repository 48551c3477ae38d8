package expr

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Partitioning says how a form's answer depends on the value of a label that it is asked for.
type Partitioning uint8

const (
	// Independent says: not at all. It asks the same whatever the value.
	Independent Partitioning = iota
	// Partitioned says that its rows carry the label, and each depends on the series of its own value only, so that one query can speak
	// for all values at once.
	Partitioned
	// Mixed says: neither. It is to be asked once for each value.
	Mixed
)

// PartitionKey tells by which label a form is to be keyed.
type PartitionKey struct {
	// Label whose matcher is to be left out.
	Label string
	// Extend allows to group and to match by the label where the form does not, so that its rows carry it.
	Extend bool
	// Required is a label without which a row counts for nothing; empty where every row counts.
	Required string
}

// PartitionBy makes a form speak for all values of a label at once, where it is Keyed by it: groupings and matchings are extended
// by the label where that is allowed, and a matcher that asks for the value asks for any. Where it is not Keyed, the form
// comes back as it was.
func (f Template) PartitionBy(key PartitionKey) (Template, Partitioning) {
	root, err := parse(f.text)
	if err != nil {
		return f, Mixed
	}
	k := partitioner{Template: f, PartitionKey: key}
	of := k.visit(root)
	if of.Partitioning != Partitioned {
		return f, of.Partitioning
	}
	return Template{Expr: canonical(root), placeholders: f.placeholders}, Partitioned
}

// partitioner walks a tree of its own, and changes it on the way.
type partitioner struct {
	Template
	PartitionKey
}

// partition is what a part of the tree is. Extended says that its rows carry the label only because of a change.
type partition struct {
	Partitioning
	extended bool
}

var independent, mixed = partition{}, partition{Partitioning: Mixed}

func (k *partitioner) visit(node parser.Expr) partition {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return k.visit(n.Expr)
	case *parser.UnaryExpr:
		return k.visit(n.Expr)
	case *parser.StepInvariantExpr:
		return k.visit(n.Expr)
	case *parser.SubqueryExpr:
		return k.visit(n.Expr)
	case *parser.MatrixSelector:
		return k.visit(n.VectorSelector)
	case *parser.VectorSelector:
		return k.selector(n)
	case *parser.Call:
		return k.call(n)
	case *parser.AggregateExpr:
		return k.aggregation(n)
	case *parser.BinaryExpr:
		return k.binary(n)
	case *parser.StringLiteral:
		if k.usesValue(n.Val) {
			return mixed
		}
	}
	return independent
}

// usesValue says that a text holds the mark of the label's value.
func (k *partitioner) usesValue(text string) bool {
	mark, ok := k.placeholders.Values[k.Label]
	return ok && strings.Contains(text, mark)
}

func (k *partitioner) selector(n *parser.VectorSelector) partition {
	result := independent
	if k.takesMatchers(n) {
		result.Partitioning = Partitioned
	}
	for i, m := range n.LabelMatchers {
		if !k.usesValue(m.Value) {
			continue
		}
		if m.Name != k.Label || m.Value != k.placeholders.Values[k.Label] || m.Type != labels.MatchEqual && m.Type != labels.MatchRegexp {
			return mixed
		}
		n.LabelMatchers[i] = matchesAnyValue(k.Label)
		result.Partitioning = Partitioned
	}
	return result
}

// matchesAnyValue matches any value of a label but none.
func matchesAnyValue(label string) *labels.Matcher {
	return &labels.Matcher{Type: labels.MatchNotEqual, Name: label}
}

func (k *partitioner) call(n *parser.Call) partition {
	result := independent
	for _, argument := range n.Args {
		of := k.visit(argument)
		if of.Partitioning == Mixed {
			return mixed
		}
		if of.Partitioning == Partitioned {
			result = of
		}
	}
	if result.Partitioning == Independent {
		return independent
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

func (k *partitioner) aggregation(n *parser.AggregateExpr) partition {
	if n.Param != nil && k.visit(n.Param).Partitioning != Independent {
		return mixed
	}
	if text, ok := n.Param.(*parser.StringLiteral); ok && n.Op == parser.COUNT_VALUES && text.Val == k.Label {
		return mixed
	}
	of := k.visit(n.Expr)
	listed := slices.Contains(n.Grouping, k.Label)
	switch {
	case of.Partitioning != Partitioned:
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
	if !selectsElements(n.Op) {
		of.extended = of.extended || !listed
	}
	return of
}

// selectsElements says that an aggregation picks elements with all their labels.
func selectsElements(op parser.ItemType) bool {
	return keepsOrAddsLabels(op) && op != parser.COUNT_VALUES
}
