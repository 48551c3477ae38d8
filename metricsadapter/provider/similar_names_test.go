package provider

import (
	"slices"
	"strings"
	"testing"
)

func TestSimilarNames(t *testing.T) {
	known := []string{"http_requests_per_second", "http_request_duration", "queue_depth", "queue_length", "q", strings.Repeat("x", 200)}
	for _, test := range []struct {
		name string
		want []string
	}{
		{"http_requests_per_secnod", []string{"http_requests_per_second"}},
		{"http_requests", []string{"http_requests_per_second"}},
		{"queue_depht", []string{"queue_depth"}},
		{"depth", []string{"queue_depth"}},
		{"latency", nil},
		{strings.Repeat("x", 199), nil},
	} {
		if got := similarNames(test.name, known); !slices.Equal(got, test.want) {
			t.Errorf("near %s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestEditDistance: the edit distance is 0 only for equal words, is symmetric, and satisfies the triangle inequality.
func TestEditDistance(t *testing.T) {
	words := []string{"", "a", "ab", "ba", "abc", "acb", "queue", "quee", "ueueq", "\xff"}
	for _, a := range words {
		for _, b := range words {
			d := editDistance(a, b)
			if (d == 0) != (a == b) || d != editDistance(b, a) {
				t.Errorf("from %q to %q it is %d, and back %d", a, b, d, editDistance(b, a))
			}
			for _, c := range words {
				if round := editDistance(a, c) + editDistance(c, b); round < d {
					t.Errorf("from %q over %q to %q it is %d, and straight %d", a, c, b, round, d)
				}
			}
		}
	}
	if d := editDistance("kitten", "sitting"); d != 3 {
		t.Errorf("from kitten to sitting it is %d", d)
	}
}
