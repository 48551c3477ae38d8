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
	// Least and Most bound the time; a Most of 0 for no upper bound.
	Least, Most time.Duration
}

func (d Duration) valid() bool {
	return d.Least >= 0 && d.Median >= d.Least && (d.Most == 0 || d.Most >= d.Median) && d.Sigma >= 0 && d.Sigma <= 5
}

// validDuration is what a Duration must have.
const validDuration = "must have a sigma from 0 to 5, and a median that is not negative and within least and most"

func (d Duration) String() string { return fmt.Sprintf("%s (sigma %g)", d.Median, d.Sigma) }

func (d Duration) draw(dice *rand.Rand) time.Duration {
	if d.Sigma == 0 {
		return d.Median
	}
	drawn := time.Duration(min(float64(d.Median)*math.Exp(d.Sigma*dice.NormFloat64()), float64(never/4)))
	if d.Most > 0 {
		drawn = min(drawn, d.Most)
	}
	return max(drawn, d.Least)
}

// never is later than every event.
const never = time.Duration(math.MaxInt64)

// dice are the sources of randomness, one for each kind of event.
type dice struct{ starts, failures, nodes, scrapes, images, crashes *rand.Rand }

func newDice(seed uint64) dice {
	source := func(kind uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, kind)) }
	return dice{source(1), source(2), source(3), source(4), source(5), source(6)}
}
