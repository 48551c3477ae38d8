package scenario

import (
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

var profiles = []option[func() damping.Spec]{
	{"balanced", damping.Balanced}, {"responsive", damping.Responsive}, {"thrifty", damping.Thrifty}, {"steady", damping.Steady},
}

// parseDamping reads: damping PROFILE. The hold takes the place of the stabilisation of scale-down, unless a later line has one.
func parseDamping(l *line, spec *engine.Spec) {
	if profile := choose(l, "profile of damping", profiles); profile != nil {
		by := profile()
		spec.Damping, spec.Down.Stabilization = &by, 0
	}
}
