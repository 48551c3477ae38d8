package peers

import (
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// Damped is our own policy: the engine with all that it does, and with damping, by which the hold takes the place of the
// stabilisation of scale-down.
func Damped(g Goal, by damping.Spec) *engine.Spec {
	spec := HPA(g)
	spec.Without = 0
	spec.Down.Stabilization = 0
	spec.Damping = &by
	spec.CapHeadroom()
	return spec
}

// profiles are ours, the recommended one first.
func profiles() []Named {
	named := func(name, about string, by func() damping.Spec) Named {
		return Named{Name: name, About: about, New: engined(func(g Goal) *engine.Spec { return Damped(g, by()) })}
	}
	return []Named{
		named("recommended", "damping with its profile Balanced", damping.Balanced),
		named("responsive", "damping with its profile Responsive", damping.Responsive),
		named("thrifty", "damping with its profile Thrifty", damping.Thrifty),
		named("steady", "damping with its profile Steady", damping.Steady),
	}
}
