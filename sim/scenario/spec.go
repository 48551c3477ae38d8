package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// defaultSpec is an empty spec: upstream's defaults, with bounds of 1 and 100.
func defaultSpec() *engine.Spec {
	return &engine.Spec{
		MinReplicas: 1, MaxReplicas: 100,
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: 0.1, Stabilization: 5 * time.Minute},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
	}
}

var specLines = []option[func(*line, *engine.Spec)]{
	{"bounds", parseBounds},
	{"metric", parseMetric},
	{"behavior", parseBehavior},
	{"up", func(l *line, spec *engine.Spec) { parseRule(l, spec, &spec.Up) }},
	{"down", func(l *line, spec *engine.Spec) { parseRule(l, spec, &spec.Down) }},
	{"damping", parseDamping},
	{"window", parseWindow},
	{"fallback", parseFallback},
	{"maxPendingPods", func(l *line, spec *engine.Spec) {
		spec.MaxPendingPods = l.number("number of pending pods", 1, MaxReplicas)
	}},
	{"without", parseWithout},
}

func parseSpec(input []text) (*engine.Spec, error) {
	spec := defaultSpec()
	for _, t := range input {
		l := t.read()
		if parse := choose(l, "line of a spec", specLines); parse != nil {
			parse(l, spec)
		}
		if err := l.end(); err != nil {
			return nil, err
		}
	}
	spec.CapHeadroom()
	return spec, nil
}

// parseBounds parses: bounds MIN MAX.
func parseBounds(l *line, spec *engine.Spec) {
	spec.MinReplicas = l.number("lower bound", 0, MaxReplicas)
	spec.MaxReplicas = l.number("upper bound", max(1, spec.MinReplicas), MaxReplicas)
}

// parseBehavior parses: behavior.
func parseBehavior(_ *line, spec *engine.Spec) {
	spec.HasBehavior = true
	spec.Up.Policies = []engine.RatePolicy{{Value: 4, Period: 15 * time.Second}, {Percent: true, Value: 100, Period: 15 * time.Second}}
	spec.Down.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}}
}

var ruleWords = []option[func(*line, *engine.Rules)]{
	{"tolerance", func(l *line, rules *engine.Rules) { rules.Tolerance = l.ratio("tolerance") }},
	{"stabilization", func(l *line, rules *engine.Rules) { rules.Stabilization = l.duration("stabilization window", 0) }},
	{"select", func(l *line, rules *engine.Rules) { rules.Select = choose(l, "selection of policies", selections) }},
	{"policies", func(_ *line, rules *engine.Rules) { rules.Policies = nil }},
	{"policy", parsePolicy},
}

var selections = []option[engine.PolicySelect]{
	{"max", engine.SelectMax}, {"min", engine.SelectMin}, {"disabled", engine.SelectDisabled},
}

// parseRule parses: up|down WORD ...
func parseRule(l *line, spec *engine.Spec, rules *engine.Rules) {
	word, _ := l.peek()
	parse := choose(l, "rule of a direction", ruleWords)
	always := word == "tolerance" || (word == "stabilization" && rules == &spec.Down)
	switch {
	case parse == nil:
	case always || spec.HasBehavior:
		parse(l, rules)
	default:
		l.fail(word, "has no effect in a spec without behavior: write the line behavior before it")
	}
}

// parsePolicy parses: policy N pods|percent D.
func parsePolicy(l *line, rules *engine.Rules) {
	rules.Policies = append(rules.Policies, engine.RatePolicy{
		Value:   l.number("size of a change", 1, MaxReplicas),
		Percent: choose(l, "unit of a change", []option[bool]{{"pods", false}, {"percent", true}}),
		Period:  l.duration("period", time.Second),
	})
}

// parseWithout parses: without NAME...
func parseWithout(l *line, spec *engine.Spec) {
	names := append(engine.CorrectionNames(), "All")
	for again := true; again; again = l.more() {
		name := l.word("correction")
		set, err := engine.ParseCorrections([]string{name})
		if err != nil {
			l.fail(name, "is not a valid correction: use %s", either(names))
		}
		spec.Without |= set
	}
}
