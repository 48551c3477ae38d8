package provider

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of the suggestions: a client may send any name, and the rules may be many.
const (
	maxSimilarNames = 3
	longestName     = 100
)

// similarNames returns the most similar names, the best first; none where none is similar.
func similarNames(name string, known []string) []string {
	if name == "" || len(name) > longestName {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var candidates []candidate
	for _, k := range known {
		if len(k) > longestName {
			continue
		}
		d := editDistance(name, k)
		part := strings.Contains(k, name) || strings.Contains(name, k) && 2*len(k) >= len(name)
		if d <= max(2, len(name)/4) || part {
			candidates = append(candidates, candidate{k, d})
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return a.distance - b.distance })
	var names []string
	for _, c := range candidates[:min(maxSimilarNames, len(candidates))] {
		names = append(names, c.name)
	}
	return names
}

// editDistance returns the number of bytes to insert, delete or replace to convert one name to the other.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// nameHint suggests similar names; empty without any.
func nameHint(name string, known []string) string {
	if names := similarNames(name, known); len(names) > 0 {
		return fmt.Sprintf("; similar metrics: %s", strings.Join(names, ", "))
	}
	return ""
}
