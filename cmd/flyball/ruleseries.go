package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"flyball.dev/flyball/metricsadapter/rule"
)

// labelSet is one series by its labels, its name as __name__.
type labelSet map[string]string

// readSeries reads a saved answer of Prometheus' series endpoint, or the bare list.
func readSeries(path string) ([]labelSet, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--series: %w", err)
	}
	var list []labelSet
	if json.Unmarshal(text, &list) == nil {
		return list, nil
	}
	var answer struct {
		Status string     `json:"status"`
		Error  string     `json:"error"`
		Data   []labelSet `json:"data"`
	}
	err = json.Unmarshal(text, &answer)
	switch {
	case err != nil:
	case answer.Status != "success":
		err = fmt.Errorf("its status is %q, not success: %s", answer.Status, answer.Error)
	case answer.Data == nil:
		err = errors.New("it has no data")
	}
	if err != nil {
		return nil, fmt.Errorf("--series %s is no answer of Prometheus' /api/v1/series: %w", path, err)
	}
	return answer.Data, nil
}

// pick gives each selector the series that it picks.
func pick(all []labelSet, selectors []rule.Selector) map[string][]labelSet {
	picked := make(map[string][]labelSet, len(selectors))
	for _, s := range selectors {
		picked[s.String()] = []labelSet{}
		for _, series := range all {
			if s.Matches(series) {
				picked[s.String()] = append(picked[s.String()], series)
			}
		}
	}
	return picked
}

// kindsOf gives what discovery needs to know of series: which names there are, and with which labels.
func kindsOf(series map[string][]labelSet) map[string][]rule.Series {
	if series == nil {
		return nil
	}
	found := make(map[string][]rule.Series, len(series))
	for selector, all := range series {
		seen := map[string]bool{}
		kinds := []rule.Series{}
		for _, s := range all {
			var labels []string
			for _, label := range slices.Sorted(maps.Keys(s)) {
				if label != "__name__" && s[label] != "" {
					labels = append(labels, label)
				}
			}
			key := s["__name__"] + "\xff" + strings.Join(labels, "\xff")
			if !seen[key] {
				seen[key] = true
				kinds = append(kinds, rule.Series{Name: s["__name__"], Labels: labels})
			}
		}
		found[selector] = kinds
	}
	return found
}
