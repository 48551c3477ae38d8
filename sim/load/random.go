package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// RandomStep is the time between two rates of a random load.
const RandomStep = 5 * time.Second

// Random is a load of a random family with random parameters. It depends on its seed only.
type Random struct {
	Seed   uint64
	Family string
	Length time.Duration
	// Parameters of the family, in the order in which they are drawn.
	Parameters []Parameter
	// Rates has a rate for each RandomStep. Their 99.9th percentile is about 1: see [NewRandom].
	Rates []float64
}

// Parameter is a number that is drawn from the range Low to High.
type Parameter struct {
	Name             string
	Low, High, Value float64
}

// Families are the names of the families of random loads. Seed s has family s modulo their number, so that consecutive seeds have
// each family equally often.
func Families() []string {
	var names []string
	for _, f := range families {
		names = append(names, f.name)
	}
	return names
}

const (
	// shortestRandom and longestRandom bound the length of a random load.
	shortestRandom, longestRandom = time.Hour, 7 * 24 * time.Hour
	// rarest is the smallest ratio of the rate 1 to the highest rate. Without it, a load that is idle but for a minute a day would
	// be scaled by its idle rate, and its peaks would exceed every maximum of replicas.
	rarest = 1.0 / 3
)

// NewRandom draws the load of a seed. Its length is from an hour to a week, and as often short as long: the logarithm has a uniform
// distribution. The rate 1 is the 99.9th percentile, or a third of the highest rate where that is more.
func NewRandom(seed uint64) *Random {
	f := families[seed%uint64(len(families))]
	d := &draw{Rand: rand.New(rand.NewPCG(seed, 0x10ad))}
	length := time.Duration(d.logarithmic(shortestRandom.Seconds(), longestRandom.Seconds())) * time.Second
	length = length.Truncate(time.Minute)
	d.rates = make([]float64, length/RandomStep)
	f.draw(d)
	d.disturb(d.between("noise", 0, 0.15))
	r := &Random{Seed: seed, Family: f.name, Length: length, Parameters: d.parameters, Rates: d.rates}
	r.normalize()
	return r
}

// normalize scales the rates.
func (r *Random) normalize() {
	highest := 0.0
	for _, rate := range r.Rates {
		highest = max(highest, rate)
	}
	one := max(Quantile(r, r.Length, RandomStep, 0.999), rarest*highest)
	for i := range r.Rates {
		r.Rates[i] /= one
	}
}

// At implements [Load]. The load is unknown after its length.
func (r *Random) At(elapsed time.Duration) (rate float64, known bool) {
	i := int(elapsed / RandomStep)
	if i < 0 || i >= len(r.Rates) {
		return r.Rates[max(0, min(len(r.Rates)-1, i))], false
	}
	return r.Rates[i], true
}

// draw is a load while it is drawn.
type draw struct {
	*rand.Rand
	parameters []Parameter
	rates      []float64
}

// between draws a parameter with a uniform distribution.
func (d *draw) between(name string, low, high float64) float64 {
	return d.add(name, low, high, low+(high-low)*d.Float64())
}

// scale draws a positive parameter whose logarithm has a uniform distribution.
func (d *draw) scale(name string, low, high float64) float64 {
	return d.add(name, low, high, d.logarithmic(low, high))
}

func (d *draw) add(name string, low, high, value float64) float64 {
	d.parameters = append(d.parameters, Parameter{Name: name, Low: low, High: high, Value: value})
	return value
}

// logarithmic draws a number whose logarithm has a uniform distribution.
func (d *draw) logarithmic(low, high float64) float64 {
	return low * math.Pow(high/low, d.Float64())
}

// pareto draws a number of at least 1 with the tail x^-shape, at most the limit.
func (d *draw) pareto(shape, limit float64) float64 {
	return min(limit, math.Pow(1-d.Float64(), -1/shape))
}

// fill sets each rate by its time in seconds.
func (d *draw) fill(rate func(seconds float64) float64) {
	for i := range d.rates {
		d.rates[i] = rate(float64(i) * RandomStep.Seconds())
	}
}

// raise raises the rates of an interval, in seconds, by as much as shape returns for the time since its start.
func (d *draw) raise(from, length float64, shape func(since float64) float64) {
	step := RandomStep.Seconds()
	for i := max(0, int(from/step)); i < len(d.rates) && float64(i)*step < from+length; i++ {
		d.rates[i] += shape(max(0, float64(i)*step-from))
	}
}

// seconds is the length of the load.
func (d *draw) seconds() float64 { return float64(len(d.rates)) * RandomStep.Seconds() }

// wander multiplies the rates by e^x, where x is an autoregressive process of first order with this standard deviation and this time
// constant in seconds.
func (d *draw) wander(deviation, constant float64) {
	keep := math.Exp(-RandomStep.Seconds() / constant)
	x := deviation * d.NormFloat64()
	for i := range d.rates {
		d.rates[i] *= math.Exp(x)
		x = keep*x + math.Sqrt(1-keep*keep)*deviation*d.NormFloat64()
	}
}

// disturb multiplies the rates of each minute by 1 + deviation·N, with a normally distributed N.
func (d *draw) disturb(deviation float64) {
	factor := 1.0
	for i := range d.rates {
		if i%int(time.Minute/RandomStep) == 0 {
			factor = max(0, 1+deviation*d.NormFloat64())
		}
		d.rates[i] *= factor
	}
}
