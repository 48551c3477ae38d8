package load

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	simload "flyball.dev/flyball/sim/load"
)

// Curve is a load over time: its value after a time from its start; false where the load is not known.
type Curve func(elapsed time.Duration) (value float64, known bool)

// maxLoad is more than any application gets, and small enough that no arithmetic on it overflows.
const maxLoad = 1e12

// ParseCurve reads a curve as a person writes it:
//
//	constant 100
//	step 100 300 2m           from 100 to 300 after two minutes
//	ramp 100 300 2m 5m        from 100 to 300, from the second to the fifth minute
//	sine 100 300 10m          between 100 and 300 once in ten minutes, from the middle upwards
func ParseCurve(text string) (Curve, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, fmt.Errorf("the load curve is empty: write one such as \"constant 100\"")
	}
	shape, known := shapes[words[0]]
	if !known {
		return nil, fmt.Errorf("load curve %q: the shape %q is not one of constant, step, ramp and sine", text, words[0])
	}
	arguments := words[1:]
	if len(arguments) != shape.values+shape.durations {
		return nil, fmt.Errorf("load curve %q: %s takes %s", text, words[0], shape.usage)
	}
	values, durations := make([]float64, shape.values), make([]time.Duration, shape.durations)
	for i := range values {
		value, err := strconv.ParseFloat(arguments[i], 64)
		if err != nil || !(value >= 0 && value <= maxLoad) {
			return nil, fmt.Errorf("load curve %q: %q is not a load: want a number from 0 to %g", text, arguments[i], maxLoad)
		}
		values[i] = value
	}
	for i := range durations {
		written := arguments[shape.values+i]
		duration, err := time.ParseDuration(written)
		if err != nil || duration <= 0 {
			return nil, fmt.Errorf("load curve %q: %q is not a time: want a duration such as 90s", text, written)
		}
		durations[i] = duration
	}
	if len(durations) == 2 && durations[1] <= durations[0] {
		return nil, fmt.Errorf("load curve %q: the second time, %s, must be after the first, %s", text, durations[1], durations[0])
	}
	return shape.make(values, durations), nil
}

var shapes = map[string]struct {
	values, durations int
	usage             string
	make              func([]float64, []time.Duration) Curve
}{
	"constant": {1, 0, "one load", func(v []float64, _ []time.Duration) Curve { return Constant(v[0]) }},
	"step":     {2, 1, "two loads and the time of the step", func(v []float64, d []time.Duration) Curve { return step(v[0], v[1], d[0]) }},
	"ramp":     {2, 2, "two loads and the times of the start and the end", func(v []float64, d []time.Duration) Curve { return ramp(v[0], v[1], d[0], d[1]) }},
	"sine":     {2, 1, "two loads and the time of one turn", func(v []float64, d []time.Duration) Curve { return sine(v[0], v[1], d[0]) }},
}

// Constant is always the same load.
func Constant(value float64) Curve {
	return func(time.Duration) (float64, bool) { return value, true }
}

func step(from, to float64, after time.Duration) Curve {
	return func(elapsed time.Duration) (float64, bool) {
		if elapsed < after {
			return from, true
		}
		return to, true
	}
}

func ramp(from, to float64, start, end time.Duration) Curve {
	return func(elapsed time.Duration) (float64, bool) {
		share := float64(elapsed-start) / float64(end-start)
		return from + (to-from)*min(1, max(0, share)), true
	}
}

func sine(low, high float64, period time.Duration) Curve {
	return func(elapsed time.Duration) (float64, bool) {
		angle := 2 * math.Pi * float64(elapsed) / float64(period)
		return (low+high)/2 + (high-low)/2*math.Sin(angle), true
	}
}

// Replay plays a trace from start, a time since its first point, at a speed, with its values multiplied by scale. A value
// holds until the next point. The trace repeats after its end. One goroutine may use the curve at a time.
func Replay(trace *simload.Trace, start time.Duration, speed, scale float64) Curve {
	held := trace.Load(simload.Play{})
	return func(elapsed time.Duration) (float64, bool) {
		position := start + time.Duration(float64(elapsed)*speed)
		value, known := held.At(position % trace.Length())
		return value * scale, known
	}
}
