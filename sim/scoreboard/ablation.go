package scoreboard

import (
	"fmt"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/peers"
)

// without are the parts of damping, each as what it takes to leave it out.
var without = []struct {
	part string
	take func(*damping.Spec)
}{
	{"surge limit", func(s *damping.Spec) { s.SurgeLimit = 0 }},
	{"headroom", func(s *damping.Spec) { s.Headroom = 1 }},
	{"staffing", func(s *damping.Spec) { s.Staffing = 0 }},
	{"safety", func(s *damping.Spec) { s.SafetyFactor = 0 }},
	{"lead", func(s *damping.Spec) { s.ForecastHorizon = 0 }},
	{"dead band", func(s *damping.Spec) { s.DeadBandUp, s.DeadBandDown = 0, 0 }},
	{"peaks", func(s *damping.Spec) { s.PeakShare = 0 }},
	{"hold", func(s *damping.Spec) { s.Hold = 0 }},
	{"hunting guard", func(s *damping.Spec) { s.GuardSteps = 0 }},
	{"cost bound", func(s *damping.Spec) { s.CostWindow = 0 }},
}

// ablations are the recommended profile without each of the parts that it has.
func ablations() []Policy {
	var all []Policy
	for _, w := range without {
		left := damping.Balanced()
		if w.take(&left); left == damping.Balanced() {
			continue
		}
		all = append(all, Engine("without "+w.part, func(g peers.Goal) *engine.Spec {
			by := damping.Balanced()
			w.take(&by)
			return peers.Damped(g, by)
		}))
	}
	return all
}

const ablationText = `What the recommended profile comes to without each of its parts, by what it comes to with all of them; on the same runs as the
frontier. What the surge limit is for is not in these loads: [below](#on-a-metric-that-lies).

| without | SLO violation | pod-hours | changes | flaps |
|---|---|---|---|---|
`

// ablationTable is a row for each part that is left out.
func (b *board) ablationTable(p *strings.Builder) {
	for _, c := range Compare(slices.Concat(b.likeSweep(), b.ablation), "recommended") {
		if part, left := strings.CutPrefix(c.Policy, "without "); left {
			fmt.Fprintf(p, "| %s | ×%.3f | ×%.3f | ×%.3f | ×%.3f |\n", part, c.Violation, c.Cost, c.Change, c.Flap)
		}
	}
}
