package scenario

import (
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// parseWindow parses: window NAME "CRON" D [SETTING VALUE]...
func parseWindow(l *line, spec *engine.Spec) {
	name := l.word("name of a window")
	timing := schedule.Timing{Start: l.quoted("start of a window"), Duration: l.duration("length of a window", 0)}
	var bounds schedule.Window
	for l.more() {
		if set := choose(l, "setting of a window", windowWords); set != nil {
			set(l, &timing, &bounds)
		}
	}
	if l.err != nil {
		return
	}
	w, err := schedule.Compile(name, timing)
	if err != nil {
		l.fail(name, "is not a valid window: %v", err)
		return
	}
	w.Min, w.HasMin, w.Max, w.HasMax, w.Priority = bounds.Min, bounds.HasMin, bounds.Max, bounds.HasMax, bounds.Priority
	spec.Windows = append(spec.Windows, w)
}

var windowWords = []option[func(*line, *schedule.Timing, *schedule.Window)]{
	{"min", func(l *line, _ *schedule.Timing, w *schedule.Window) {
		w.Min, w.HasMin = l.number("lower bound", 0, MaxReplicas), true
	}},
	{"max", func(l *line, _ *schedule.Timing, w *schedule.Window) {
		w.Max, w.HasMax = l.number("upper bound", 0, MaxReplicas), true
	}},
	{"priority", func(l *line, _ *schedule.Timing, w *schedule.Window) { w.Priority = l.number("priority", -1000, 1000) }},
	{"timeZone", func(l *line, timing *schedule.Timing, _ *schedule.Window) { timing.TimeZone = l.word("time zone") }},
}
