package expr

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// operand gives the one argument of a function that it takes series by, a vector or a range; nil where it has none, as
// time(). The others must be made of numbers alone: what a second series does to the answer depends on the function.
func operand(call *parser.Call) (parser.Expr, error) {
	var found parser.Expr
	for _, argument := range call.Args {
		switch argument.Type() {
		case parser.ValueTypeVector, parser.ValueTypeMatrix:
			if found != nil {
				return nil, fmt.Errorf("%s() takes several series", call.Func.Name)
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

// readsSeries says that a selector is somewhere below.
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

// hasMoreNodes stops counting beyond the limit.
func hasMoreNodes(root parser.Expr, limit int) bool {
	count := 0
	for range nodes(root) {
		if count++; count > limit {
			return true
		}
	}
	return false
}

// isFilter says that the operation drops the elements for which it does not hold.
func isFilter(n *parser.BinaryExpr) bool { return n.Op.IsComparisonOperator() && !n.ReturnBool }

func isVector(node parser.Expr) bool { return node.Type() == parser.ValueTypeVector }
