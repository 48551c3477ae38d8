package store

import (
	"time"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/plan"
)

// queryState is the state of a query in the log.
type queryState int

const (
	healthy queryState = iota
	// failed: the query has no result.
	failed
	// partial: the result may lack elements.
	partial
	// unusable: elements of the result have no usable value.
	unusable
	// empty: the result has no elements, and had some before.
	empty
)

// logInterval is the time between two logs of unusable values or empty results. Both occur in normal operation: a ratio
// may have no denominator, and a target may be scaled to zero.
const logInterval = time.Hour

// queryLog is the last logged state of a query. The zero queryLog has logged nothing.
type queryLog struct {
	state queryState
	// filled reports whether a result had elements.
	filled bool
	// unusable and empty are the times of the last logs of those states.
	unusable, empty time.Time
}

// log logs changes of the state: once when a problem begins, and once when it ends.
func (t *queryLog) log(logger klog.Logger, q plan.Query, table *plan.Table, err error, now time.Time) {
	logger = logger.WithValues("query", q.Text)
	if q.Server != "" {
		logger = logger.WithValues("server", q.Server)
	}
	before := t.state
	problem := ""
	if table != nil {
		_, problem = table.UnusableRows()
	}
	switch {
	case err != nil:
		if t.state = failed; before != failed {
			logger.Error(err, "Query failed")
		}
	case table.Partial != "":
		if t.state = partial; before != partial {
			logger.Error(nil, "The result of a query may be incomplete", "warnings", table.Partial)
		}
	case problem != "":
		t.state = unusable
		if due(&t.unusable, now) {
			logger.Error(nil, "The result of a query has unusable values", "first", problem)
		}
	case table.Len() == 0 && t.filled:
		t.state = empty
		if due(&t.empty, now) {
			logger.Info("The result of a query is empty")
		}
	default:
		t.state = healthy
	}
	t.filled = t.filled || table != nil && table.Len() > 0
	if (before == failed || before == partial) && t.state != failed && t.state != partial {
		logger.Info("Query succeeds again")
	}
}

// due reports whether logInterval has passed since *last, and then sets *last to now.
func due(last *time.Time, now time.Time) bool {
	if !last.IsZero() && now.Sub(*last) < logInterval {
		return false
	}
	*last = now
	return true
}
