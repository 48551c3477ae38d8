package plant

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Duration is a random time with a lognormal distribution, median·e^(sigma·N). With a Sigma of 0.45, one of ten is 1.8 times
// the median or longer. Start-up times have such tails.
type Duration struct {
	Median time.Duration
	Sigma  float64
}

func (d Duration) valid() bool { return d.Median >= 0 && d.Sigma >= 0 && d.Sigma <= 5 }

func (d Duration) String() string { return fmt.Sprintf("%s (sigma %g)", d.Median, d.Sigma) }

func (d Duration) draw(dice *rand.Rand) time.Duration {
	if d.Sigma == 0 {
		return d.Median
	}
	return time.Duration(min(float64(d.Median)*math.Exp(d.Sigma*dice.NormFloat64()), float64(never/4)))
}

// never is later than every event.
const never = time.Duration(math.MaxInt64)

// dice are the sources of randomness, one for each kind of event.
type dice struct{ starts, failures, nodes, scrapes *rand.Rand }

func newDice(seed uint64) dice {
	source := func(kind uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, kind)) }
	return dice{source(1), source(2), source(3), source(4)}
}
