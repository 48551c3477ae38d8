package scenario

import (
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

var profiles = []option[func() damping.Spec]{
	{"balanced", damping.Balanced}, {"responsive", damping.Responsive}, {"thrifty", damping.Thrifty}, {"steady", damping.Steady},
}

// parseDamping parses: damping PROFILE. The hold replaces the stabilization window of scale-down, unless a later line sets one.
func parseDamping(l *line, spec *engine.Spec) {
	if profile := choose(l, "profile of damping", profiles); profile != nil {
		by := profile()
		spec.Damping, spec.Down.Stabilization = &by, 0
	}
}
