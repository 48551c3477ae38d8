package controller

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// TestChangesOfManyWindows: as many windows as a spec may have, which open every minute and overlap for a year, take a
// bounded time in each tick, and none once they are known; the results equal those of [schedule.Window.Change].
func TestChangesOfManyWindows(t *testing.T) {
	p := &policy.Policy{Spec: engine.Spec{}}
	for i := range 64 {
		timing := schedule.Timing{Start: "* * * * *", End: "59 23 31 12 *"}
		switch i % 3 {
		case 1:
			timing = schedule.Timing{Start: fmt.Sprint(i%60, " * * * *"), Duration: time.Hour, NotAfter: "2026-03-08"} // 168 that touch
		case 2:
			timing = schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}
		}
		w, err := schedule.Compile(fmt.Sprint(i), timing)
		if err != nil {
			t.Fatal(err)
		}
		p.Spec.Windows = append(p.Spec.Windows, w)
	}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var c changes
	for range 200 {
		c.update(p, now)
		now = now.Add(15 * time.Second)
	}
	for i := range c.known {
		change, opens := p.Spec.Windows[i].Change(now)
		if got := c.known[i]; !got.time.Equal(change) || got.opens != opens || !got.until.After(now) {
			t.Errorf("window %d: the change is %+v, want %s, opens %t", i, got, change, opens)
		}
	}
	if n := testing.AllocsPerRun(10, func() { c.update(p, now) }); n > 0 {
		t.Errorf("windows whose change is known are updated again: %v allocations", n)
	}
}
