package scenario

import "flyball.dev/flyball/autoscaler/engine"

// parseFallback parses: fallback after D replicas N [behavior WORD].
func parseFallback(l *line, spec *engine.Spec) {
	f := engine.Fallback{Behavior: engine.FallbackStatic}
	for l.more() {
		if set := choose(l, "setting of a fallback", fallbackWords); set != nil {
			set(l, &f)
		}
	}
	if f.After == 0 {
		l.fail("fallback", "has no time: add after and a duration, such as after 3m")
	}
	spec.Fallback = &f
}

var fallbackWords = []option[func(*line, *engine.Fallback)]{
	{"after", func(l *line, f *engine.Fallback) { f.After = l.duration("time to wait", 1) }},
	{"replicas", func(l *line, f *engine.Fallback) { f.Replicas = l.number("count", 0, MaxReplicas) }},
	{"behavior", func(l *line, f *engine.Fallback) { f.Behavior = choose(l, "behavior of a fallback", fallbackBehaviors) }},
}

var fallbackBehaviors = []option[engine.FallbackBehavior]{
	{"Static", engine.FallbackStatic},
	{"CurrentReplicas", engine.FallbackCurrent},
	{"CurrentReplicasIfHigher", engine.FallbackCurrentIfHigher},
	{"CurrentReplicasIfLower", engine.FallbackCurrentIfLower},
}
