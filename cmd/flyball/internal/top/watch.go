package top

import (
	"context"
	"fmt"
	"maps"
	"time"

	"flyball.dev/flyball/autoscaler/summary"
)

// essence is what a watch prints a row again for. Values and ages change all the time.
type essence struct {
	current, desired int32
	bounds           string
	limit            string
}

func essenceOf(r *summary.Row) essence {
	return essence{r.Current, r.Desired, bound(r.Min) + bound(r.Max), r.Limit}
}

type key struct{ namespace, name string }

// follow prints the list, and then rows that change, until ctx ends. An answer that fails after the first one is a note: the next
// one may succeed.
func (q *question) follow(ctx context.Context) error {
	seen, first := map[key]essence{}, true
	ticker := time.NewTicker(watchPeriod)
	defer ticker.Stop()
	for {
		found, err := q.read(ctx)
		switch {
		case ctx.Err() != nil:
			return nil // interrupted
		case err != nil && first:
			return err
		case err != nil:
			_, _ = fmt.Fprintf(q.errOut, "Note: no answer; trying again in %s: %v\n", watchPeriod, err) // the next answer says the same
		default:
			q.note(found)
			changed := changes(seen, found.Rows)
			if found.Total == len(found.Rows) {
				deleteUnlisted(seen, found.Rows)
			}
			if first || len(changed) > 0 {
				if err := q.print(found, changed, first); err != nil {
					return err
				}
				first = false
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// changes returns the rows that are new or differ from those that were seen, and notes them.
func changes(seen map[key]essence, rows []summary.Row) []summary.Row {
	var changed []summary.Row
	for i := range rows {
		k, now := key{rows[i].Namespace, rows[i].Name}, essenceOf(&rows[i])
		before, found := seen[k]
		if rows[i].Min == nil && found {
			now.bounds = before.bounds // a row of a status does not have them
		}
		if !found || before != now {
			seen[k] = now
			changed = append(changed, rows[i])
		}
	}
	return changed
}

// deleteUnlisted removes the rows that a complete list does not have, so that one is printed again once a selector matches it again.
func deleteUnlisted(seen map[key]essence, rows []summary.Row) {
	if len(seen) == len(rows) {
		return // changes has added each of the rows
	}
	listed := make(map[key]bool, len(rows))
	for i := range rows {
		listed[key{rows[i].Namespace, rows[i].Name}] = true
	}
	maps.DeleteFunc(seen, func(k key, _ essence) bool { return !listed[k] })
}
