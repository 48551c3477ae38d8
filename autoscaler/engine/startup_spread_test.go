package engine

import (
	"testing"
	"time"
)

// TestEvenStarts: starts are even once ten are known, and while they differ by a tenth and by no more than two samples do.
func TestEvenStarts(t *testing.T) {
	minutes := 5 * time.Minute
	for name, tc := range map[string]struct {
		starts int
		start  func(i int) time.Duration
		want   bool
	}{
		"nine":                     {9, func(int) time.Duration { return minutes }, false},
		"ten":                      {10, func(int) time.Duration { return minutes }, true},
		"within a few seconds":     {40, func(i int) time.Duration { return minutes + time.Duration(i%7)*time.Second }, true},
		"seconds that differ":      {40, func(i int) time.Duration { return time.Duration(10+10*(i%2)) * time.Second }, false},
		"minutes that differ":      {40, func(i int) time.Duration { return minutes + time.Duration(i%4)*time.Minute }, false},
		"ten that differ at first": {12, func(i int) time.Duration { return time.Duration(1+i%5) * time.Minute }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var s StartUp
			for i := range tc.starts {
				s.add(tc.start(i))
			}
			if s.isEven() != tc.want {
				t.Errorf("%d starts with the estimate %.1f s and the spread %.1f s are even: %t, want %t", s.Pods, s.Seconds, s.Spread, s.isEven(), tc.want)
			}
		})
	}
}
