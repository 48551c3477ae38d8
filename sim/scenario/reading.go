package scenario

import "flyball.dev/flyball/autoscaler/engine"

// parseReading reads VALUE [SETTING VALUE]... or unknown WHY. told are the readings of the lines before.
func parseReading(l *line, spec *engine.Spec, metric int, told []Reading) Reading {
	m := &spec.Metrics[metric]
	r := Reading{Metric: metric}
	for _, other := range told {
		if other.Metric == metric {
			l.fail(label(m), "is told twice in one tick")
		}
	}
	if word, after := l.peek(); word == "unknown" {
		l.rest = after
		r.Unknown = l.sentence("reason why it is unknown")
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

// readingWords are those that mean something for the metric.
func readingWords(m *engine.Metric) []option[func(*line, *Reading)] {
	words := []option[func(*line, *Reading)]{
		{"old", func(l *line, r *Reading) { r.Old = l.duration("age of a sample", 0) }},
		{"partial", func(l *line, r *Reading) { r.Partial = l.sentence("reason why it may be too low") }},
	}
	if byPod(m) {
		words = append(words, option[func(*line, *Reading)]{"stray", func(l *line, r *Reading) {
			r.Strays = append(r.Strays, l.quantity("stray value"))
		}})
	}
	if m.TargetType == engine.Utilization {
		words = append(words, option[func(*line, *Reading)]{"requests", func(l *line, r *Reading) {
			choose(l, "thing to say of requests", []option[bool]{{"unknown", true}})
			r.RequestsUnknown = l.sentence("reason why they are unknown")
		}})
	}
	return words
}

// byPod says whether each pod has its own value of the metric.
func byPod(m *engine.Metric) bool {
	return m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods
}
