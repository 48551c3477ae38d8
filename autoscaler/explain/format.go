package explain

import (
	"math"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// name returns the shortest name of a metric that is unique within the spec.
func name(spec *engine.Spec, i int) string {
	m := &spec.Metrics[i]
	switch m.Type {
	case engine.ContainerResource:
		return m.Name + " of container " + m.Container
	case engine.Prometheus:
		if nth, of := place(spec, i); of > 1 {
			return "query " + strconv.Itoa(nth)
		}
		return "query"
	default:
		return m.Name
	}
}

// place returns the position of a query among the queries of the spec, from 1, and their number.
func place(spec *engine.Spec, i int) (nth, of int) {
	for j := range spec.Metrics {
		if spec.Metrics[j].Type != engine.Prometheus {
			continue
		}
		of++
		if j == i {
			nth = of
		}
	}
	return nth, of
}

// amount writes a value in the terms of the metric's target: percent, bytes, or a plain number.
func amount(m *engine.Metric, value int64) string {
	resource := m.Type == engine.Resource || m.Type == engine.ContainerResource
	switch {
	case m.TargetType == engine.Utilization:
		return strconv.FormatInt(value, 10) + "%"
	case resource && m.Name == "memory":
		return bytes(value)
	case resource && m.Name == "cpu":
		return strconv.FormatInt(value, 10) + "m"
	default:
		return decimal(float64(value) / 1000)
	}
}

// bytes writes thousandths of bytes.
func bytes(milli int64) string {
	units := []string{"", "Ki", "Mi", "Gi", "Ti", "Pi"}
	value, unit := float64(milli)/1000, 0
	for math.Abs(value) >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return decimal(math.Round(value*10)/10) + units[unit]
}

// decimal writes a number with at most three decimals.
func decimal(x float64) string {
	text := strconv.FormatFloat(x, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// span writes a duration without zero parts: 5m, not 5m0s.
func span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// count writes a number with its noun, in the plural but for 1.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
