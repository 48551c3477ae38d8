package differential

import (
	"math"
	"math/rand/v2"

	"k8s.io/apimachinery/pkg/api/resource"
)

// random is a source of random values, determined by a seed.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 0xf1b))} }

// oneIn is true once in n times.
func (d random) oneIn(n int) bool { return d.IntN(n) == 0 }

// upTo returns a number from 1 to n, both included.
func (d random) upTo(n int) int { return 1 + d.IntN(n) }

// pick returns one of the choices.
func pick[T any](d random, choices ...T) T { return choices[d.IntN(len(choices))] }

func milli(thousandths int64) *resource.Quantity {
	return resource.NewMilliQuantity(thousandths, resource.DecimalSI)
}

// quantity returns a random quantity, sometimes at the edge of precision or range.
func (d random) quantity() *resource.Quantity {
	if d.oneIn(8) {
		q := resource.MustParse(pick(d, "1", "1k", "2Gi", "0.5", "100u", "1e3", "3.3", "9P", "1m", "2147483648", "123456789n"))
		return &q
	}
	return milli(1 + d.Int64N(2000))
}

// extreme returns a value at an edge of the 32-bit or 64-bit range.
func (d random) extreme() int64 {
	return pick[int64](d, 0, 1, -1, math.MaxInt32, math.MaxInt32+1, -math.MaxInt32, 1<<40, 1<<53+1, math.MaxInt64/100, math.MaxInt64/100+1,
		math.MaxInt64/2, math.MaxInt64-1, math.MaxInt64, math.MinInt64, math.MinInt64+1, -1<<40, math.MaxInt32*1000)
}

// ratio returns a ratio to a target: near 1, at the edge of the tolerance, or far off.
func (d random) ratio() float64 {
	if d.oneIn(3) {
		return d.Float64() * 2
	}
	return pick(d, 0, 0.01, 0.3, 0.5, 0.6, 0.7, 0.8, 0.89, 0.9, 0.95, 0.99, 1, 1, 1.01, 1.05, 1.1, 1.11, 1.2, 1.3, 1.5, 2, 3, 100)
}
