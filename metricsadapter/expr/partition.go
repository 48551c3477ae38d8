package expr

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Partitioning is how the result of a template depends on the value of a label that is requested.
type Partitioning uint8

const (
	// Independent results are the same for every value.
	Independent Partitioning = iota
	// Partitioned results carry the label, and each row depends only on series with the row's value, so that one query
	// can serve all values.
	Partitioned
	// Mixed results are neither. They require one query per value.
	Mixed
)

// PartitionKey is the label to partition a template by.
type PartitionKey struct {
	// Label is the label whose matcher is removed.
	Label string
	// Extend allows adding the label to groupings and vector matchings, so that the rows carry it.
	Extend bool
	// Required is a label without which a row is ignored; empty where every row counts.
	Required string
}

// PartitionBy returns a template that serves all values of a label at once, where it is Partitioned by it: it extends
// groupings and vector matchings by the label where Extend allows it, and replaces a matcher for one value by a matcher
// for any. A template that is not Partitioned is returned unchanged.
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

// partitioner walks a separate tree and changes it.
type partitioner struct {
	Template
	PartitionKey
}

// partition is the result for a node. extended reports whether its rows carry the label only because of a change.
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

// usesValue reports whether a text contains the placeholder of the label's value.
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

// matchesAnyValue returns a matcher for any value of a label except the empty one.
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
		return mixed // its rows do not carry the labels of its argument
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

// selectsElements reports whether an aggregation returns elements with all their labels.
func selectsElements(op parser.ItemType) bool {
	return keepsOrAddsLabels(op) && op != parser.COUNT_VALUES
}
