package scale

import (
	"testing"
	"time"
)

func TestLoads(t *testing.T) {
	begin := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	e := &exporter{perPod: 3}
	e.shape.Store(Constant)
	if got := e.load(7, begin); got != 3*target {
		t.Errorf("constant: %g", got)
	}
	e.stepped.Store(8)
	if up, other := e.load(7, begin), e.load(8, begin); up != 6*target || other != 3*target {
		t.Errorf("a step: %g, and %g of a Deployment that it leaves out", up, other)
	}
	e.stepped.Store(0)
	e.shape.Store(Moving)
	different := map[float64]bool{}
	for i := range 100 {
		load := e.load(1, begin.Add(time.Duration(i)*5*time.Second))
		if different[load] = true; load < 0.98*3*target || load > 1.02*3*target {
			t.Errorf("moving: %g", load)
		}
	}
	if len(different) < 90 {
		t.Errorf("a moving load has %d values in 100 scrapes", len(different))
	}
	e.shape.Store(Stepping)
	high := 0
	for i := range 1000 {
		if e.load(i, begin) == 6*target {
			high++
		}
	}
	if high < 300 || high > 700 {
		t.Errorf("stepping: %d of 1000 loads are doubled", high)
	}
}
