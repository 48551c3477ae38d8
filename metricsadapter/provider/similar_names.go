package provider

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of the help with a name: a caller may send any name, and there may be many rules.
const (
	maxSimilarNames = 3
	longestName     = 100
)

// similarNames gives the names that were most likely meant, the best first; none where none is alike.
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

// editDistance is how many bytes have to be added, removed or replaced to make one name of the other.
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

// nameHint asks whether one of the near names was meant; empty where there are none.
func nameHint(name string, known []string) string {
	if names := similarNames(name, known); len(names) > 0 {
		return fmt.Sprintf("; there is %s", strings.Join(names, ", "))
	}
	return ""
}
