package expr

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

func (k *partitioner) binary(n *parser.BinaryExpr) partition {
	left, right := k.visit(n.LHS), k.visit(n.RHS)
	switch {
	case left.Partitioning == Mixed || right.Partitioning == Mixed:
		return mixed
	case left.Partitioning == Independent && right.Partitioning == Independent:
		return independent
	case n.RHS.Type() == parser.ValueTypeScalar: // what is bound in a scalar is mixed
		return left
	case n.LHS.Type() == parser.ValueTypeScalar:
		return right
	case left.Partitioning == Partitioned && right.Partitioning == Partitioned:
		return k.bothPartitioned(n, left, right)
	case n.Op == parser.LOR:
		return k.orIndependent(n, left, right)
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return k.filter(n, left, right)
	}
	return k.withIndependent(n, left, right)
}

// matches says that the two sides are matched by the label, among others.
func (k *partitioner) matches(m *parser.VectorMatching) bool {
	return m.On == slices.Contains(m.MatchingLabels, k.Label)
}

// bothPartitioned: each side's rows are those of all values, so that they have to be matched by the label.
func (k *partitioner) bothPartitioned(n *parser.BinaryExpr, left, right partition) partition {
	m := n.VectorMatching
	result := left
	if m.Card == parser.CardOneToMany {
		result = right
	}
	switch {
	case slices.Contains(m.Include, k.Label):
		return mixed
	case k.matches(m):
		if left.extended != right.extended { // as written, one side had the label and the other had not
			return mixed
		}
		return result
	case !k.Extend:
		return mixed
	case m.On:
		m.MatchingLabels = append(m.MatchingLabels, k.Label)
	default:
		m.MatchingLabels = slices.DeleteFunc(m.MatchingLabels, func(label string) bool { return label == k.Label })
	}
	if m.Card == parser.CardOneToOne {
		result.extended = true
	}
	return result
}

// withIndependent: one side is bound, and combined with series that are not narrowed.
func (k *partitioner) withIndependent(n *parser.BinaryExpr, left, right partition) partition {
	m := n.VectorMatching
	bound, boundIsMany := left, m.Card == parser.CardManyToOne
	if left.Partitioning == Independent {
		bound, boundIsMany = right, m.Card == parser.CardOneToMany
	}
	included := slices.Contains(m.Include, k.Label)
	switch {
	case k.matches(m):
		// The other side's rows have the label as well, or nothing matches: unless it is there through a change only.
		if bound.extended || included && boundIsMany {
			return mixed
		}
		return bound
	case boundIsMany && !included:
		return bound
	case !boundIsMany && included && !bound.extended:
		return bound // such as group_left(node), which takes the label over from the bound side
	}
	return mixed
}

// filter: rows of the left side are kept or dropped by the right side.
func (k *partitioner) filter(n *parser.BinaryExpr, left, right partition) partition {
	matches := k.matches(n.VectorMatching)
	if left.Partitioning == Partitioned {
		if matches && left.extended {
			return mixed
		}
		return left
	}
	if !matches || right.extended || n.Op == parser.LUNLESS && k.Required != k.Label {
		return mixed
	}
	return right
}

// orIndependent: rows of a side that is not narrowed are added.
func (k *partitioner) orIndependent(n *parser.BinaryExpr, left, right partition) partition {
	bound, other := left, n.RHS
	if left.Partitioning == Independent {
		bound, other = right, n.LHS
	}
	s := resultOf(other)
	carries := func(label string) bool { return slices.Contains(s.Labels, label) }
	switch {
	case k.Required == "":
		return mixed // every row counts, for every value
	case s.LabelsKnown && !carries(k.Required):
		// The added rows count for nothing. They could still take the place of one that does, if they came first.
		if left.Partitioning == Partitioned || !n.VectorMatching.On {
			return bound
		}
	case !k.matches(n.VectorMatching) || bound.extended:
	case k.Label == k.Required, s.LabelsKnown && carries(k.Label):
		return bound
	}
	return mixed
}
