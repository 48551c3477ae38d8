package bundle_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestStepsReplay recomputes 20,000 decisions from the printed steps alone.
func TestStepsReplay(t *testing.T) {
	texts := map[string]int{}
	for seed := range uint64(20_000) {
		g := newGambler(seed)
		compiled, err := policy.Compile(g.autoscaler(), policy.StandardDefaults())
		if err != nil {
			continue
		}
		seen := g.observation(&compiled.Spec)
		d, _ := engine.Decide(&compiled.Spec, g.state(&compiled.Spec), &seen, noon)
		if err := replay(&compiled.Spec, &d); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, explain.Text(&compiled.Spec, &d))
		}
		for _, s := range explain.Steps(&compiled.Spec, &d) {
			texts[s.Step]++
		}
	}
	for _, step := range []string{"Metric", "Unknown", "Fallback", "Batch", "Highest", "Damping", "Hold", "Stabilization", "RatePolicy", "Window", "Bounds", "Lost"} {
		if texts[step] < 100 {
			t.Errorf("only %d steps %s", texts[step], step)
		}
	}
}

var (
	result = regexp.MustCompile(`→ (-?\d+)(?: \([a-z]+\))?$`)
	fixed  = regexp.MustCompile(`^scale-up limit: at most 2× or 4 pods per sync; |^scale-(up|down) limit: selectPolicy is Disabled `)
	rate   = regexp.MustCompile(`^scale-(up|down) limit: (\d+)(%| pods?) per \w+; (\d+) replicas? now(?:, (\d+) added)?(?:(?:,| and) (\d+) removed)?(?: within \w+)?: at (?:most|least) (-?\d+)(?:, so no scale-(?:up|down))? → (\d+)$`)
)

// replay recomputes the decision from the texts of its steps.
func replay(spec *engine.Spec, d *engine.Decision) error {
	instant, highest, current := int32(0), int32(0), int32(0)
	for _, s := range explain.Steps(spec, d) {
		from := instant
		switch s.Step {
		case "Current":
			from, current, instant = s.From, s.To, s.To
		case "Unknown", "Hold":
			from, instant = current, current
		case "Lost": // the first one sets pods aside, the second one adds them again
			if d.Failed {
				from = current
			}
			current, instant = s.To, s.To
		case "Metric", "Fallback", "Batch":
			highest = max(highest, s.To)
			from, instant = current, highest
		case "Highest":
			from, instant = current, highest
		default:
			instant = s.To
		}
		if s.From != from || s.Step == "Highest" && s.To != instant {
			return fmt.Errorf("step %q goes from %d to %d, but the steps before it give %d", s.Detail, s.From, s.To, from)
		}
		if found := result.FindStringSubmatch(s.Detail); found != nil && found[1] != strconv.Itoa(int(s.To)) {
			return fmt.Errorf("step %q has the result %d", s.Detail, s.To)
		}
		if s.Step == "RatePolicy" && !fixed.MatchString(s.Detail) {
			if err := recompute(s.Detail); err != nil {
				return err
			}
		}
	}
	if instant != d.Desired {
		return fmt.Errorf("the steps give %d, and the decision %d", instant, d.Desired)
	}
	return nil
}

// recompute checks the result of a rate policy's text against its figures.
func recompute(text string) error {
	found := rate.FindStringSubmatch(text)
	if found == nil {
		return fmt.Errorf("text %q does not have the form of a rate policy", text)
	}
	number := func(i int) float64 {
		x, _ := strconv.ParseFloat(found[i], 64) // empty where the text leaves it out
		return x
	}
	direction, round := 1.0, math.Ceil
	if found[1] == "down" {
		direction, round = -1, math.Trunc
	}
	current := number(4)
	start := max(math.MinInt32, min(math.MaxInt32, current-number(5)+number(6)))
	limit := start + direction*number(2)
	if found[3] == "%" {
		limit = round(start * (1 + direction*number(2)/100))
	}
	limit = max(math.MinInt32, min(math.MaxInt32, limit))
	to := max(current, limit)
	if direction < 0 {
		to = min(current, limit)
	}
	if limit != number(7) || to != number(8) {
		return fmt.Errorf("the figures of %q give %g, %g", found[0], limit, to)
	}
	return nil
}
