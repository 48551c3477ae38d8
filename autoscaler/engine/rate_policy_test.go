package engine

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLimits includes figures that differ in exact arithmetic: the engine computes in floating point in upstream's order.
func TestLimits(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	const minute = time.Minute
	percent := func(v int32) RatePolicy { return RatePolicy{Percent: true, Value: v, Period: minute} }
	pods := func(v int32) RatePolicy { return RatePolicy{Value: v, Period: minute} }
	recent := []ScaleEvent{{Change: 3, Time: now.Add(-59 * time.Second)}, {Change: 100, Time: now.Add(-minute)}}

	for name, tc := range map[string]struct {
		current    int32
		ups, downs []ScaleEvent
		rules      Rules
		up, down   int32
		policy     int
	}{
		"pods":                           {current: 10, rules: Rules{Policies: []RatePolicy{pods(4)}}, up: 14, down: 6},
		"percent rounds to more change":  {current: 5, rules: Rules{Policies: []RatePolicy{percent(50)}}, up: 8, down: 2},
		"50 and 10 % is 56":              {current: 50, rules: Rules{Policies: []RatePolicy{percent(10)}}, up: 56, down: 45},
		"10 less 80 % is 1":              {current: 10, rules: Rules{Policies: []RatePolicy{percent(80)}}, up: 18, down: 1},
		"10 less 90 % is 0":              {current: 10, rules: Rules{Policies: []RatePolicy{percent(90)}}, up: 19, down: 0},
		"percent of nothing is nothing":  {current: 0, rules: Rules{Policies: []RatePolicy{percent(100)}}, up: 0, down: 0},
		"the largest change by default":  {current: 10, rules: Rules{Policies: []RatePolicy{pods(4), percent(100)}}, up: 20, down: 0, policy: 1},
		"the smallest change":            {current: 10, rules: Rules{Select: SelectMin, Policies: []RatePolicy{percent(100), pods(4)}}, up: 14, down: 6, policy: 1},
		"disabled":                       {current: 10, rules: Rules{Select: SelectDisabled, Policies: []RatePolicy{pods(4)}}, up: 10, down: 10, policy: -1},
		"ups of the period are counted":  {current: 10, ups: recent, rules: Rules{Policies: []RatePolicy{pods(4)}}, up: 11, down: 3},
		"downs give room to come back":   {current: 10, downs: recent, rules: Rules{Policies: []RatePolicy{pods(4)}}, up: 17, down: 9},
		"a limit saturates":              {current: math.MaxInt32, rules: Rules{Policies: []RatePolicy{percent(math.MaxInt32)}}, up: math.MaxInt32, down: math.MinInt32},
		"no policy changes nothing":      {current: 10, up: 10, down: 10, policy: -1},
		"the sum of changes cannot wrap": {current: 10, downs: []ScaleEvent{{Change: math.MaxInt32, Time: now}, {Change: math.MaxInt32, Time: now}}, rules: Rules{Policies: []RatePolicy{pods(1)}}, up: math.MaxInt32, down: math.MaxInt32 - 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := evaluation{now: now, spec: &Spec{Up: tc.rules, Down: tc.rules}, state: State{Ups: tc.ups, Downs: tc.downs}, d: &Decision{Current: tc.current}}
			if got, policy := e.upLimit(); got != tc.up || policy != tc.policy {
				t.Errorf("up to %d by policy %d, want %d by %d", got, policy, tc.up, tc.policy)
			}
			if got, policy := e.downLimit(); got != tc.down || policy != tc.policy {
				t.Errorf("down to %d by policy %d, want %d by %d", got, policy, tc.down, tc.policy)
			}
		})
	}
}

func TestRecordReusesOutdatedEvents(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	d := Decision{Current: 3, Desired: 5, RatePeriod: time.Minute}
	state := RecordScale(State{Ups: []ScaleEvent{{Change: 1, Time: now.Add(-time.Hour)}, {Change: 2, Time: now.Add(-time.Minute)}}}, &d, now)
	if len(state.Ups) != 2 || state.Ups[0] != (ScaleEvent{Change: 2, Time: now}) {
		t.Errorf("events %v, want the first one reused: a minute is not longer than a minute ago", state.Ups)
	}
	state = RecordScale(state, &Decision{Current: 5, Desired: 1, RatePeriod: time.Minute}, now)
	if len(state.Downs) != 1 || state.Downs[0].Change != 4 || len(state.Ups) != 2 {
		t.Errorf("state %+v, want one more event down", state)
	}
	state = RecordScale(state, &Decision{Current: 1, Desired: 9}, now)
	if len(state.Ups) != 2 {
		t.Errorf("state %+v, want no event where no policy asks for it", state)
	}
}

// TestRecordScaleReplacesOutdatedChanges: after a period got longer, a change that was outdated once is replaced next, although the
// longer period includes it.
func TestRecordScaleReplacesOutdatedChanges(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	old := State{Ups: []ScaleEvent{{Change: 2, Time: now.Add(-time.Minute)}, {Change: 3, Time: now.Add(-time.Minute)}}}
	scaledOut := func(period time.Duration) *Decision { return &Decision{Current: 6, Desired: 7, RatePeriod: period} }
	state := RecordScale(old, scaledOut(15*time.Second), now)
	want := []ScaleEvent{{Change: 2, Time: now.Add(-time.Minute), Outdated: true}, {Change: 1, Time: now}}
	if diff := cmp.Diff(want, state.Ups); diff != "" {
		t.Fatalf("after the first (-want +got):\n%s", diff)
	}
	state = RecordScale(state, scaledOut(30*time.Minute), now.Add(time.Second))
	want = []ScaleEvent{{Change: 1, Time: now.Add(time.Second)}, {Change: 1, Time: now}}
	if diff := cmp.Diff(want, state.Ups); diff != "" {
		t.Errorf("after the second (-want +got):\n%s", diff)
	}
}
