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
	case n.RHS.Type() == parser.ValueTypeScalar: // a scalar that depends on the value is mixed
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

// matches reports whether vector matching includes the label.
func (k *partitioner) matches(m *parser.VectorMatching) bool {
	return m.On == slices.Contains(m.MatchingLabels, k.Label)
}

// bothPartitioned handles two sides that each have rows for all values, so that they must match by the label.
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
		if left.extended != right.extended { // only one side had the label in the original query
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

// withIndependent handles one partitioned side combined with an independent one.
func (k *partitioner) withIndependent(n *parser.BinaryExpr, left, right partition) partition {
	m := n.VectorMatching
	bound, boundIsMany := left, m.Card == parser.CardManyToOne
	if left.Partitioning == Independent {
		bound, boundIsMany = right, m.Card == parser.CardOneToMany
	}
	included := slices.Contains(m.Include, k.Label)
	switch {
	case k.matches(m):
		// The rows of the other side carry the label as well, or nothing matches, unless the label was added by a
		// change.
		if bound.extended || included && boundIsMany {
			return mixed
		}
		return bound
	case boundIsMany && !included:
		return bound
	case !boundIsMany && included && !bound.extended:
		return bound // such as group_left(node), which copies the label from the partitioned side
	}
	return mixed
}

// filter handles and/unless: the right side keeps or drops rows of the left side.
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

// orIndependent handles or with an independent side, whose rows are added.
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
		// The added rows are ignored. They could only replace a row that counts if they came first.
		if left.Partitioning == Partitioned || !n.VectorMatching.On {
			return bound
		}
	case !k.matches(n.VectorMatching) || bound.extended:
	case k.Label == k.Required, s.LabelsKnown && carries(k.Label):
		return bound
	}
	return mixed
}
