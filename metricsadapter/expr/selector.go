package expr

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
)

// ParseSelector reads a series selector, such as x{a="b"}, and gives its matchers, its name as one on __name__. They are
// not to be changed.
func ParseSelector(text string) (Expr, []*labels.Matcher, error) {
	e, err := Parse(text)
	if err != nil {
		return Expr{}, nil, err
	}
	matchers, err := promql.ParseMetricSelector(e.text)
	if err != nil {
		return Expr{}, nil, fmt.Errorf("%s is not a series selector, such as http_requests_total{namespace!=\"\"}: %w", e, err)
	}
	return e, matchers, nil
}
