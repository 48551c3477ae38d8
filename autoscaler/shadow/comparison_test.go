package shadow_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/shadow"
)

const (
	tick      = 15 * time.Second
	allowance = 2 * tick
	gap       = time.Minute
)

var start = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// run compares counts of consecutive ticks; ours and others have one digit for each.
func run(ours, others string) *shadow.Comparison {
	c := &shadow.Comparison{}
	for i := range ours {
		c.Observe(shadow.Sample{
			Time: start.Add(time.Duration(i) * tick), Ours: int32(ours[i] - '0'), Others: int32(others[i] - '0'), Required: 5, Known: true,
		}, allowance, gap, func() string { return "Damping" })
	}
	return c
}

func TestTimingIsNoDifference(t *testing.T) {
	for name, tc := range map[string]struct {
		ours, others string
		differences  int64
		differed     time.Duration
	}{
		"equal":                          {"33355533", "33355533", 0, 0},
		"they follow two ticks later":    {"3355555", "3333555", 0, 0},
		"we follow two ticks later":      {"3333555", "3355555", 0, 0},
		"a ramp, one behind the other":   {"3456789", "3345678", 0, 0},
		"between two counts of others":   {"3344666", "3366666", 0, 0},
		"they never follow":              {"33555555", "33333333", 1, 3 * tick},
		"they follow too late":           {"3355555555", "3333333555", 1, 3 * tick},
		"twice":                          {"33555553355555533", "33333333333333333", 2, 7 * tick},
		"a peak that only one side saw":  {"33393333", "33333333", 0, 0},
		"always":                         {"55555555", "33333333", 1, 7 * tick},
		"ours lower, and then it agrees": {"3333355", "5555555", 1, 5 * tick},
	} {
		t.Run(name, func(t *testing.T) {
			c := run(tc.ours, tc.others)
			if got := c.Observed - c.Agreed; c.Differences != tc.differences || got != tc.differed {
				t.Errorf("%d differences for %s, want %d for %s", c.Differences, got, tc.differences, tc.differed)
			}
		})
	}
}

func TestCostsAndCauses(t *testing.T) {
	c := run("77777", "33333")
	want := shadow.Use{PodSeconds: 7 * 60}
	if diff := cmp.Diff(want, c.Ours); diff != "" {
		t.Errorf("ours (-want +got):\n%s", diff)
	}
	want = shadow.Use{PodSeconds: 3 * 60, ShortPodSeconds: 2 * 60, Short: time.Minute}
	if diff := cmp.Diff(want, c.Others); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
	causes := []shadow.Cause{{Name: "Damping", Differences: 1, Time: time.Minute, PodSeconds: 4 * 60, Largest: 4}}
	if diff := cmp.Diff(causes, c.Causes); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}

// TestGapIsNotCompared: nothing is known about a time in which nothing was decided.
func TestGapIsNotCompared(t *testing.T) {
	c := run("33", "55")
	c.Observe(shadow.Sample{Time: start.Add(time.Hour), Ours: 3, Others: 5}, allowance, gap, func() string { return "Damping" })
	if c.Observed != tick || c.Differences != 1 {
		t.Errorf("observed %s with %d differences, want %s and 1", c.Observed, c.Differences, tick)
	}
}

// TestSumsOfRandomCounts: the times of causes add up to that of the differences, each difference has a cause, and a copy continues alike.
func TestSumsOfRandomCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"Damping", "OlderSamples", "Bounds"}
	var c, second shadow.Comparison
	now := start
	for i := range 20_000 {
		now = now.Add(time.Duration(random.IntN(20_000)) * time.Millisecond)
		s := shadow.Sample{Time: now, Ours: random.Int32N(4), Others: random.Int32N(4), Required: random.Int32N(5), Known: random.IntN(9) > 0}
		name := names[random.IntN(len(names))]
		if i%100 == 0 {
			second.Copy(&c)
		}
		for _, of := range []*shadow.Comparison{&c, &second} {
			of.Observe(s, allowance, gap, func() string { return name })
		}
		var differed time.Duration
		var differences int64
		for _, cause := range c.Causes {
			differed += cause.Time
			differences += cause.Differences
		}
		if differed != c.Observed-c.Agreed || differences != c.Differences || c.Known > c.Observed || len(c.Causes) > len(names) {
			t.Fatalf("sample %d: the causes have %d differences for %s: %+v", i, differences, differed, c)
		}
	}
	if c.Differences == 0 || c.Agreed == 0 {
		t.Errorf("the sequence never agreed or never differed: %+v", c)
	}
	if a, b := c.Observed, second.Observed; a != b || c.Agreed != second.Agreed {
		t.Errorf("the copy observed %s, the original %s", b, a)
	}
}
