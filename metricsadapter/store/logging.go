package store

import (
	"time"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/plan"
)

// queryState of trouble that a query is in.
type queryState int

const (
	healthy queryState = iota
	// failed: there is no answer.
	failed
	// partial: the answer may lack elements.
	partial
	// unusable: elements of the answer have values that are none.
	unusable
	// empty: the answer has no elements, and had some before.
	empty
)

// logInterval is how long unusable values and empty answers are not told of again. They come and go with what is measured: a
// ratio is of nothing at times, and a target may be scaled to zero.
const logInterval = time.Hour

// logged is what was told of a query. The zero trouble has told nothing.
type queryLog struct {
	state queryState
	// filled says that an answer had elements.
	filled bool
	// unusable and empty are when those were last told of.
	unusable, empty time.Time
}

// log writes to the log what is new: a trouble when it begins, and its end, however often the query is asked in between.
func (t *queryLog) log(logger klog.Logger, q plan.Query, table *plan.Table, err error, at time.Time) {
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
			logger.Error(err, "Prometheus gives no answer to a query")
		}
	case table.Partial != "":
		if t.state = partial; before != partial {
			logger.Error(nil, "The answer to a query may be incomplete", "warnings", table.Partial)
		}
	case problem != "":
		t.state = unusable
		if due(&t.unusable, at) {
			logger.Error(nil, "The answer to a query has values that cannot be used", "first", problem)
		}
	case table.Len() == 0 && t.filled:
		t.state = empty
		if due(&t.empty, at) {
			logger.Info("The answer to a query has no elements any more")
		}
	default:
		t.state = healthy
	}
	t.filled = t.filled || table != nil && table.Len() > 0
	if (before == failed || before == partial) && t.state != failed && t.state != partial {
		logger.Info("Prometheus answers a query again")
	}
}

// due says whether to tell of something that was last told at a time, and notes that it is now.
func due(last *time.Time, at time.Time) bool {
	if !last.IsZero() && at.Sub(*last) < logInterval {
		return false
	}
	*last = at
	return true
}
