package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// Noise multiplies a load by 1 + sigma·N, with a normally distributed N per interval; negative rates become 0. N depends only
// on the seed and on the number of the interval, so that the load does not depend on the order of calls. every is greater than
// 0.
func Noise(of Load, sigma float64, every time.Duration, seed uint64) Load {
	return &noise{of: of, every: every, dice: newDice(seed), factor: func(r *rand.Rand, _ float64) float64 {
		return 1 + sigma*r.NormFloat64()
	}}
}

// Poisson replaces a load by a Poisson-distributed count per interval, as of independent clients. It is like [Noise] otherwise.
// From a mean of 50 on it uses the normal distribution as an approximation.
func Poisson(of Load, every time.Duration, seed uint64) Load {
	return &noise{of: of, every: every, dice: newDice(seed), factor: func(r *rand.Rand, rate float64) float64 {
		mean := rate * every.Seconds()
		if mean <= 0 {
			return 0
		}
		return poisson(r, mean) / mean
	}}
}

// many is the mean from which the normal distribution approximates the Poisson distribution.
const many = 50

func poisson(r *rand.Rand, mean float64) float64 {
	if mean >= many {
		return max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	// Knuth, The Art of Computer Programming, 3.4.1: multiply random numbers until the product is below e^-mean.
	count, product, floor := 0.0, r.Float64(), math.Exp(-mean)
	for product > floor {
		product *= r.Float64()
		count++
	}
	return count
}

type noise struct {
	of     Load
	every  time.Duration
	dice   dice
	factor func(r *rand.Rand, rate float64) float64
}

func (n *noise) At(elapsed time.Duration) (rate float64, known bool) {
	rate, known = n.of.At(elapsed)
	return rate * max(0, n.factor(n.dice.of(int64(elapsed/n.every)), rate)), known
}

// dice returns random numbers by the number of an interval, without allocations.
type dice struct {
	seed   uint64
	source *rand.PCG
	rand   *rand.Rand
}

func newDice(seed uint64) dice {
	source := rand.NewPCG(seed, 0)
	return dice{seed: seed, source: source, rand: rand.New(source)}
}

func (d dice) of(interval int64) *rand.Rand {
	d.source.Seed(d.seed, uint64(interval))
	return d.rand
}
