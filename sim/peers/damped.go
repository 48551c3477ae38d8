package peers

import (
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// Damped is Flyball's policy: the engine with all corrections and damping, whose hold replaces the stabilization window of
// scale-down.
func Damped(g Goal, by damping.Spec) *engine.Spec {
	spec := HPA(g)
	spec.Without = 0
	spec.Down.Stabilization = 0
	spec.Damping = &by
	spec.CapHeadroom()
	return spec
}

// profiles are Flyball's profiles, the recommended one first.
func profiles() []Policy {
	named := func(name, about string, by func() damping.Spec) Policy {
		return Policy{Name: name, About: about, New: engineWith(func(g Goal) *engine.Spec { return Damped(g, by()) })}
	}
	return []Policy{
		named("recommended", "damping with the profile Balanced", damping.Balanced),
		named("responsive", "damping with the profile Responsive", damping.Responsive),
		named("thrifty", "damping with the profile Thrifty", damping.Thrifty),
		named("steady", "damping with the profile Steady", damping.Steady),
	}
}
