package expr

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// operand returns the vector or range argument of a function; nil where it has none, as for time(). The other arguments
// must be numbers: the effect of a second series on the result depends on the function.
func operand(call *parser.Call) (parser.Expr, error) {
	var found parser.Expr
	for _, argument := range call.Args {
		switch argument.Type() {
		case parser.ValueTypeVector, parser.ValueTypeMatrix:
			if found != nil {
				return nil, fmt.Errorf("%s() has several series arguments", call.Func.Name)
			}
			found = argument
		case parser.ValueTypeScalar:
			if readsSeries(argument) {
				return nil, fmt.Errorf("an argument of %s() is a series", call.Func.Name)
			}
		}
	}
	return found, nil
}

// readsSeries reports whether the tree has a selector.
func readsSeries(root parser.Expr) bool { return countSelectors(root) > 0 }

func countSelectors(root parser.Expr) int {
	count := 0
	for node := range nodes(root) {
		if _, ok := node.(*parser.VectorSelector); ok {
			count++
		}
	}
	return count
}

// hasMoreNodes reports whether the tree has more nodes than the limit, and stops counting there.
func hasMoreNodes(root parser.Expr, limit int) bool {
	count := 0
	for range nodes(root) {
		if count++; count > limit {
			return true
		}
	}
	return false
}

// isFilter reports whether the operation drops elements for which it does not hold.
func isFilter(n *parser.BinaryExpr) bool { return n.Op.IsComparisonOperator() && !n.ReturnBool }

func isVector(node parser.Expr) bool { return node.Type() == parser.ValueTypeVector }
