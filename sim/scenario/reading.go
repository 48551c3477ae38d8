package scenario

import "flyball.dev/flyball/autoscaler/engine"

// parseReading parses VALUE [SETTING VALUE]... or unknown WHY. before are the readings of the previous lines.
func parseReading(l *line, spec *engine.Spec, metric int, before []Reading) Reading {
	m := &spec.Metrics[metric]
	r := Reading{Metric: metric}
	for _, other := range before {
		if other.Metric == metric {
			l.fail(label(m), "has two values in one tick")
		}
	}
	if word, after := l.peek(); word == "unknown" {
		l.rest = after
		r.Unknown = l.sentence("reason why the value is unknown")
		return r
	}
	r.Value = l.quantity("value")
	for l.more() {
		if set := choose(l, "setting of a value", readingWords(m)); set != nil {
			set(l, &r)
		}
	}
	return r
}

// readingWords are the settings of a value of the metric.
func readingWords(m *engine.Metric) []option[func(*line, *Reading)] {
	words := []option[func(*line, *Reading)]{
		{"old", func(l *line, r *Reading) { r.Old = l.duration("age of a sample", 0) }},
		{"partial", func(l *line, r *Reading) { r.Partial = l.sentence("reason why the value may be too low") }},
	}
	if byPod(m) {
		words = append(words, option[func(*line, *Reading)]{"stray", func(l *line, r *Reading) {
			r.Strays = append(r.Strays, l.quantity("stray value"))
		}})
	}
	if m.TargetType == engine.Utilization {
		words = append(words, option[func(*line, *Reading)]{"requests", func(l *line, r *Reading) {
			choose(l, "value of requests", []option[bool]{{"unknown", true}})
			r.RequestsUnknown = l.sentence("reason why the requests are unknown")
		}})
	}
	return words
}

// byPod reports whether each pod has its own value of the metric.
func byPod(m *engine.Metric) bool {
	return m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods
}
