package load

import (
	"math"
	"slices"
)

// families are the kinds of random loads. The ranges of their parameters are in the functions. Times are in minutes, unless the name
// of the parameter has another unit, and rates are relative to each other only.
var families = append(slices.Clip(basic), family{"mixed", mixed})

// family is a kind of random loads.
type family struct {
	name string
	draw func(*draw)
}

// basic are the families but mixed, which is the sum of two of them.
var basic = []family{
	{"daily", daily},
	{"autoregressive", autoregressive},
	{"bursts", bursts},
	{"onoff", onOff},
	{"steps", steps},
	{"flash", flash},
	{"sawtooth", sawtooth},
	{"idle", idle},
	{"seconds", seconds},
}

const minute, hour = 60.0, 3600.0

// daily is a cycle with a second harmonic, as of users in one time zone.
func daily(d *draw) {
	period, depth := d.scale("period in hours", 6, 24)*hour, d.between("depth", 0.2, 0.95)
	second, phase := d.between("second harmonic", 0, 0.4), 2*math.Pi*d.Float64()
	d.fill(func(t float64) float64 {
		angle := 2*math.Pi*t/period + phase
		return max(0, 1-depth/2*(1-math.Cos(angle)-second*math.Cos(2*angle+phase)))
	})
	d.wander(d.between("wander", 0.02, 0.2), d.scale("wander time", 10, 120)*minute)
}

// autoregressive is a load that wanders around its mean.
func autoregressive(d *draw) {
	d.fill(func(float64) float64 { return 1 })
	d.wander(d.scale("deviation", 0.05, 0.8), d.scale("time constant", 1, 120)*minute)
}

// bursts have heavy tails in size and in length.
func bursts(d *draw) {
	base, gap := d.scale("base", 0.02, 0.5), d.scale("gap", 3, 180)*minute
	shape, size := d.between("size shape", 1.1, 3), d.scale("size", 0.1, 1)
	lengthShape, shortest := d.between("length shape", 1.1, 2.5), d.scale("shortest", 0.25, 10)*minute
	d.fill(func(float64) float64 { return base })
	for start := gap * d.ExpFloat64(); start < d.seconds(); start += gap * d.ExpFloat64() {
		height := size * d.pareto(shape, 20)
		d.raise(start, shortest*d.pareto(lengthShape, 24), func(float64) float64 { return height })
	}
}

// onOff alternates between a high and a low rate, with irregular lengths.
func onOff(d *draw) {
	low, jitter := d.between("low", 0, 0.5), d.between("jitter", 0, 0.7)
	on, off := d.scale("on", 1, 120)*minute, d.scale("off", 1, 120)*minute
	d.fill(func(float64) float64 { return low })
	irregular := func(length float64) float64 { return length * (1 + jitter*(2*d.Float64()-1)) }
	for start := irregular(off); start < d.seconds(); {
		length := irregular(on)
		d.raise(start, length, func(float64) float64 { return 1 - low })
		start += length + irregular(off)
	}
}

// steps hold a rate, and then another one.
func steps(d *draw) {
	low, hold := d.scale("low", 0.05, 0.7), d.scale("hold", 10, 360)*minute
	regular := d.Float64() < 0.5
	for start := 0.0; start < d.seconds(); {
		length, level := hold, d.logarithmic(low, 1)
		if !regular {
			length = max(minute, hold*d.ExpFloat64())
		}
		d.raise(start, length, func(float64) float64 { return level })
		start += length
	}
}

// flash is a steady load with flash crowds: a linear rise and an exponential decay.
func flash(d *draw) {
	base, gap := d.scale("base", 0.05, 0.5), d.scale("gap", 60, 1440)*minute
	rise, fall := d.scale("rise", 0.2, 15)*minute, d.scale("decay", 2, 120)*minute
	d.fill(func(float64) float64 { return base })
	for start := min(gap, d.seconds()/2) * d.ExpFloat64(); start < d.seconds(); start += gap * d.ExpFloat64() {
		height := d.logarithmic(0.2, 1)
		d.raise(start, rise+6*fall, func(since float64) float64 {
			return height * min(since/rise, math.Exp(-(since-rise)/fall))
		})
	}
}

// sawtooth rises and falls linearly.
func sawtooth(d *draw) {
	low, period := d.between("low", 0, 0.6), d.scale("period", 10, 480)*minute
	rising := d.between("share of the rise", 0, 1)
	d.fill(func(t float64) float64 {
		phase := math.Mod(t, period) / period
		if phase < rising {
			return low + (1-low)*phase/rising
		}
		return low + (1-low)*(1-phase)/(1-rising)
	})
}

// idle is nearly no load, with jumps.
func idle(d *draw) {
	base, gap := d.between("base", 0, 0.03), d.scale("gap", 20, 600)*minute
	longest := d.scale("longest jump", 2, 60) * minute
	d.fill(func(float64) float64 { return base })
	for start := min(gap, d.seconds()/2) * d.ExpFloat64(); start < d.seconds(); start += gap * d.ExpFloat64() {
		height := d.logarithmic(0.1, 1)
		d.raise(start, longest*d.Float64(), func(float64) float64 { return height })
	}
}

// seconds are bursts of seconds with silence between them, whose size wanders.
func seconds(d *draw) {
	burst, silence := d.scale("burst in seconds", 5, 60), d.scale("silence in seconds", 5, 300)
	base := d.between("base", 0, 0.05)
	d.fill(func(float64) float64 { return base })
	for start := silence * d.ExpFloat64(); start < d.seconds(); {
		length, height := max(RandomStep.Seconds(), burst*d.ExpFloat64()), 0.3+0.7*d.Float64()
		d.raise(start, length, func(float64) float64 { return height })
		start += length + silence*d.ExpFloat64()
	}
	d.wander(d.between("wander", 0, 0.5), d.scale("wander time", 10, 120)*minute)
}

// mixed is the sum of two basic families.
func mixed(d *draw) {
	first := d.IntN(len(basic))
	second := (first + 1 + d.IntN(len(basic)-1)) % len(basic)
	share := d.between("share of the first", 0.2, 0.8)
	sum := make([]float64, len(d.rates))
	for _, part := range []struct {
		family int
		share  float64
	}{{first, share}, {second, 1 - share}} {
		clear(d.rates)
		d.parameters = append(d.parameters, Parameter{Name: basic[part.family].name})
		basic[part.family].draw(d)
		for i := range sum {
			sum[i] += part.share * d.rates[i]
		}
	}
	d.rates = sum
}
