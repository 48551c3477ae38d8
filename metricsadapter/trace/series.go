package trace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Labels identify one series; its name is __name__.
type Labels map[string]string

// Series are the series that selectors match, by selector. It is nil where no series are known.
type Series map[string][]Labels

// lookback is the age up to which the last sample of a series counts, which is prometheus-adapter's default.
const lookback = 10 * time.Minute

// FindSeries asks Prometheus for the series of each selector. A selector that fails is a problem; the error is for a Prometheus
// that answers none of them.
func FindSeries(ctx context.Context, client *prom.Client, selectors []rule.Selector, now time.Time) (Series, []rule.Problem, error) {
	found := make(Series, len(selectors))
	var problems []rule.Problem
	for _, s := range selectors {
		answer, err := client.Series(ctx, "", []string{s.String()}, now.Add(-lookback))
		if err != nil {
			problems = append(problems, rule.Problem{Rule: "seriesQuery " + s.String(), Reason: err.Error()})
			continue
		}
		all := make([]Labels, len(answer.Labels))
		for i, labels := range answer.Labels {
			all[i] = make(Labels, len(labels))
			for name, value := range labels {
				all[i][string(name)] = string(value)
			}
		}
		found[s.String()] = all
	}
	if len(selectors) > 0 && len(found) == 0 {
		return nil, nil, fmt.Errorf("Prometheus lists no series: %s", problems[0].Reason)
	}
	return found, problems, nil
}

// ParseSeries reads a saved answer of Prometheus' /api/v1/series, or the list in it.
func ParseSeries(text []byte) ([]Labels, error) {
	var list []Labels
	if json.Unmarshal(text, &list) == nil {
		return list, nil
	}
	var answer struct {
		Status string   `json:"status"`
		Error  string   `json:"error"`
		Data   []Labels `json:"data"`
	}
	err := json.Unmarshal(text, &answer)
	switch {
	case err != nil:
	case answer.Status != "success":
		err = fmt.Errorf("status: Invalid value: %q: must be success: %s", answer.Status, answer.Error)
	case answer.Data == nil:
		err = errors.New("data: Required value")
	}
	if err != nil {
		return nil, fmt.Errorf("not an answer of Prometheus' /api/v1/series: %w", err)
	}
	return answer.Data, nil
}

// Match groups series by the selectors that match them.
func Match(all []Labels, selectors []rule.Selector) Series {
	matched := make(Series, len(selectors))
	for _, s := range selectors {
		matched[s.String()] = []Labels{}
		for _, series := range all {
			if s.Matches(series) {
				matched[s.String()] = append(matched[s.String()], series)
			}
		}
	}
	return matched
}

// schemas reduces series to what discovery requires: the distinct names and label names.
func (all Series) schemas() map[string][]rule.Series {
	if all == nil {
		return nil
	}
	schemas := make(map[string][]rule.Series, len(all))
	for selector, series := range all {
		seen := map[string]bool{}
		distinct := []rule.Series{}
		for _, s := range series {
			var labels []string
			for _, label := range slices.Sorted(maps.Keys(s)) {
				if label != "__name__" && s[label] != "" {
					labels = append(labels, label)
				}
			}
			key := s["__name__"] + "\xff" + strings.Join(labels, "\xff")
			if !seen[key] {
				seen[key] = true
				distinct = append(distinct, rule.Series{Name: s["__name__"], Labels: labels})
			}
		}
		schemas[selector] = distinct
	}
	return schemas
}
