package engine_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

var metricTypes = map[string]engine.MetricType{
	"Resource": engine.Resource, "ContainerResource": engine.ContainerResource, "Pods": engine.Pods,
	"Object": engine.Object, "External": engine.External, "Prometheus": engine.Prometheus,
}

var targetTypes = map[string]engine.TargetType{
	"utilization": engine.Utilization, "value": engine.Value, "average": engine.AverageValue,
}

// parseSpec reads a story's spec; see TestStories.
func parseSpec(t *testing.T, d *datadriven.TestData) engine.Spec {
	t.Helper()
	spec := engine.Spec{
		MinReplicas: 1, MaxReplicas: 100,
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: 0.1, Stabilisation: 5 * time.Minute},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
	}
	for line := range strings.Lines(d.Input) {
		line = strings.TrimSpace(line)
		words := strings.Fields(line)
		switch words[0] {
		case "bounds":
			spec.MinReplicas, spec.MaxReplicas = number(t, words[1]), number(t, words[2])
		case "metric":
			spec.Metrics = append(spec.Metrics, parseMetric(t, words[1:]))
		case "behavior":
			spec.HasBehavior = true
			spec.Up.Policies = []engine.RatePolicy{{Value: 4, Period: 15 * time.Second}, {Percent: true, Value: 100, Period: 15 * time.Second}}
			spec.Down.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}}
		case "up":
			parseRule(t, &spec.Up, words[1:])
		case "down":
			parseRule(t, &spec.Down, words[1:])
		case "window":
			spec.Windows = append(spec.Windows, parseWindow(t, line))
		default:
			d.Fatalf(t, "%q is no line of a spec", words[0])
		}
	}
	return spec
}

func parseMetric(t *testing.T, words []string) engine.Metric {
	t.Helper()
	m := engine.Metric{Name: words[0], Type: metricTypes[words[1]], TargetType: targetTypes[words[2]]}
	if m.Type == 0 || m.TargetType == 0 {
		t.Fatalf("metric %v: unknown type or target", words)
	}
	m.Target = thousandths(t, words[3])
	if m.TargetType == engine.Utilization {
		m.Target /= 1000
	}
	for i := 4; i < len(words); i += 2 {
		switch words[i] {
		case "activation":
			m.Activation = thousandths(t, words[i+1])
		case "maxAge":
			m.MaxAge = duration(t, words[i+1])
		default:
			t.Fatalf("metric %v: %q is unknown", words, words[i])
		}
	}
	return m
}

func parseRule(t *testing.T, rules *engine.Rules, words []string) {
	t.Helper()
	switch words[0] {
	case "tolerance":
		ratio, err := strconv.ParseFloat(words[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		rules.Tolerance = ratio
	case "stabilisation":
		rules.Stabilisation = duration(t, words[1])
	case "select":
		rules.Select = map[string]engine.PolicySelect{"min": engine.SelectMin, "max": engine.SelectMax, "disabled": engine.SelectDisabled}[words[1]]
	case "policies": // clears the default ones
		rules.Policies = nil
	case "policy":
		rules.Policies = append(rules.Policies, engine.RatePolicy{
			Value: number(t, words[1]), Percent: words[2] == "percent", Period: duration(t, words[3]),
		})
	default:
		t.Fatalf("rule %v is unknown", words)
	}
}

func parseWindow(t *testing.T, line string) schedule.Window {
	t.Helper()
	parts := strings.Split(line, `"`)
	rest := strings.Fields(parts[2])
	w, err := schedule.Compile(strings.Fields(parts[0])[1], schedule.Timing{Start: parts[1], Duration: duration(t, rest[0])})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(rest); i += 2 {
		switch n := number(t, rest[i+1]); rest[i] {
		case "min":
			w.Min, w.HasMin = n, true
		case "max":
			w.Max, w.HasMax = n, true
		case "priority":
			w.Priority = n
		}
	}
	return w
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t *testing.T, text string) int32 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int32(n)
}

func thousandths(t *testing.T, text string) int64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(x * 1000)
}
