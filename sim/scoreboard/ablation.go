package scoreboard

import (
	"fmt"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/peers"
)

// without are the parts of damping, each with a function that disables it.
var without = []struct {
	part    string
	disable func(*damping.Spec)
}{
	{"surge limit", func(s *damping.Spec) { s.SurgeLimit = 0 }},
	{"headroom", func(s *damping.Spec) { s.Headroom = 1 }},
	{"staffing", func(s *damping.Spec) { s.Staffing = 0 }},
	{"safety", func(s *damping.Spec) { s.SafetyFactor = 0 }},
	{"forecast horizon", func(s *damping.Spec) { s.ForecastHorizon = 0 }},
	{"dead band", func(s *damping.Spec) { s.DeadBandUp, s.DeadBandDown = 0, 0 }},
	{"peaks", func(s *damping.Spec) { s.PeakShare = 0 }},
	{"hold", func(s *damping.Spec) { s.Hold = 0 }},
	{"hunting guard", func(s *damping.Spec) { s.GuardSteps = 0 }},
	{"cost bound", func(s *damping.Spec) { s.CostWindow = 0 }},
	{"service bound", func(s *damping.Spec) { s.ServiceBound = 0 }},
}

// ablations are the recommended profile, each without one of its parts.
func ablations() []Policy {
	var all []Policy
	for _, w := range without {
		left := damping.Balanced()
		if w.disable(&left); left == damping.Balanced() {
			continue
		}
		all = append(all, Engine("without "+w.part, func(g peers.Goal) *engine.Spec {
			by := damping.Balanced()
			w.disable(&by)
			return peers.Damped(g, by)
		}))
	}
	return all
}

const ablationText = `The scores of the recommended profile without one of its parts, relative to the complete profile, on the runs of the frontier. These loads do not
show the effect of the surge limit; [faulty metrics](#faulty-metrics) do.

| without | SLO violation | pod-hours | changes | flaps |
|---|---|---|---|---|
`

// ablationTable writes a row for each disabled part.
func (b *board) ablationTable(p *strings.Builder) {
	for _, c := range Compare(slices.Concat(b.likeSweep(), b.ablation), "recommended") {
		if part, left := strings.CutPrefix(c.Policy, "without "); left {
			fmt.Fprintf(p, "| %s | ×%.3f | ×%.3f | ×%.3f | ×%.3f |\n", part, c.Violation, c.Cost, c.Change, c.Flap)
		}
	}
}
