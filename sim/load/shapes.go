package load

import "time"

// Shape is a generated load with a name. Its highest rate is about 1.
type Shape struct {
	Name   string
	Length time.Duration
	// StepAt is the time of its step; 0 for none.
	StepAt time.Duration
	// New returns the load for one run. The seed affects noise only.
	New func(seed uint64) Load
}

// Shapes are the generated loads of comparisons, one pattern each.
func Shapes() []Shape {
	day := 24 * time.Hour
	curve := func(c Curve) func(uint64) Load { return func(uint64) Load { return c } }
	return []Shape{
		{"constant", 12 * time.Hour, 0, func(seed uint64) Load { return Noise(Steady(0.7), 0.05, time.Minute, seed) }},
		{"step", 4 * time.Hour, time.Hour, curve(Step(0.25, 1, time.Hour))},
		{"ramp", 4 * time.Hour, 0, curve(Ramp(0.1, 1, time.Hour, time.Hour))},
		{"sawtooth", day, 0, curve(Sawtooth(0.1, 1, 2*time.Hour))},
		{"diurnal", 3 * day, 0, curve(Diurnal(0.1, 1, day))},
		{"spikes", day, 0, curve(Spikes(0.2, 1, time.Hour, 2*time.Minute))},
		{"onoff", day, 0, curve(OnOff(1, 0.2, 20*time.Minute, 20*time.Minute))},
		{"noise", day, 0, func(seed uint64) Load { return Noise(Steady(0.6), 0.25, time.Minute, seed) }},
	}
}

// Quantile returns the rate that a load does not exceed for a share of its known time, such as 0.999, sampled every step; 0 if
// it is never known. step is greater than 0.
func Quantile(of Load, length, step time.Duration, share float64) float64 {
	points := []Point{}
	for instant := time.Duration(0); instant < length; instant += step {
		if rate, known := of.At(instant); known {
			points = append(points, Point{Value: rate})
		}
	}
	if len(points) == 0 {
		return 0
	}
	return (&Trace{Points: points}).Quantile(share)
}
