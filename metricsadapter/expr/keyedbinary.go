package expr

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

func (k *keyer) ofBinary(n *parser.BinaryExpr) keying {
	left, right := k.of(n.LHS), k.of(n.RHS)
	switch {
	case left.Keying == Mixed || right.Keying == Mixed:
		return mixed
	case left.Keying == Unbound && right.Keying == Unbound:
		return unbound
	case n.RHS.Type() == parser.ValueTypeScalar: // what is bound in a scalar is mixed
		return left
	case n.LHS.Type() == parser.ValueTypeScalar:
		return right
	case left.Keying == Keyed && right.Keying == Keyed:
		return k.both(n, left, right)
	case n.Op == parser.LOR:
		return k.orOther(n, left, right)
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return k.filter(n, left, right)
	}
	return k.withOther(n, left, right)
}

// matches says that the two sides are matched by the label, among others.
func (k *keyer) matches(m *parser.VectorMatching) bool {
	return m.On == slices.Contains(m.MatchingLabels, k.Label)
}

// both: each side's rows are those of all values, so that they have to be matched by the label.
func (k *keyer) both(n *parser.BinaryExpr, left, right keying) keying {
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

// withOther: one side is bound, and combined with series that are not narrowed.
func (k *keyer) withOther(n *parser.BinaryExpr, left, right keying) keying {
	m := n.VectorMatching
	bound, boundIsMany := left, m.Card == parser.CardManyToOne
	if left.Keying == Unbound {
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
func (k *keyer) filter(n *parser.BinaryExpr, left, right keying) keying {
	matches := k.matches(n.VectorMatching)
	if left.Keying == Keyed {
		if matches && left.extended {
			return mixed
		}
		return left
	}
	if !matches || right.extended || n.Op == parser.LUNLESS && k.Needed != k.Label {
		return mixed
	}
	return right
}

// orOther: rows of a side that is not narrowed are added.
func (k *keyer) orOther(n *parser.BinaryExpr, left, right keying) keying {
	bound, other := left, n.RHS
	if left.Keying == Unbound {
		bound, other = right, n.LHS
	}
	s := shape(other)
	carries := func(label string) bool { return slices.Contains(s.Labels, label) }
	switch {
	case k.Needed == "":
		return mixed // every row counts, for every value
	case s.Known && !carries(k.Needed):
		// The added rows count for nothing. They could still take the place of one that does, if they came first.
		if left.Keying == Keyed || !n.VectorMatching.On {
			return bound
		}
	case !k.matches(n.VectorMatching) || bound.extended:
	case k.Label == k.Needed, s.Known && carries(k.Label):
		return bound
	}
	return mixed
}
