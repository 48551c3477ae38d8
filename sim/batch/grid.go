package batch

import (
	"math"
	"math/rand/v2"
	"time"

	"flyball.dev/flyball/sim/load"
)

// The nights of a job log: jobs that arrive after 06:00 wait until 22:00. Jobs that arrive before 04:00 are due at 06:00.
const (
	gridOpens  = 22 * time.Hour
	gridLast   = 28 * time.Hour
	gridCloses = 30 * time.Hour
	gridBegins = 6 * time.Hour
	// gridLongest, gridMean and gridSigma define the distribution of the duration of jobs, in seconds.
	gridLongest = 3600.0
	gridMean    = 441.0
	gridSigma   = 1.3
)

// GridNights returns the nights of a log with the number of jobs per step. The durations are drawn from a lognormal distribution
// up to gridLongest. Incomplete days are skipped.
func GridNights(trace *load.Trace, seed uint64) []Config {
	dice := rand.New(rand.NewPCG(seed, 2))
	scale := gridScale()
	var nights []Config
	end := trace.Start().Add(trace.Length())
	for day := trace.Start().Truncate(24 * time.Hour); !day.Add(gridCloses).After(end); day = day.Add(24 * time.Hour) {
		first, last, begin := day.Add(gridBegins), day.Add(gridLast), day.Add(gridOpens-5*time.Minute)
		c := Config{Begin: begin, Opens: 300, StartUp: 45, StartUpSigma: 0.3, Seed: seed + uint64(len(nights))}
		c.Closes = c.Opens + (gridCloses - gridOpens).Seconds()
		c.Ends = c.Closes + 6*3600
		for _, p := range trace.Points {
			if p.At.Before(first) || !p.At.Before(last) {
				continue
			}
			for range int(p.Value) {
				instant := p.At.Sub(begin).Seconds() + dice.Float64()*trace.Step.Seconds()
				c.Items = append(c.Items, Item{At: instant, Takes: gridLength(dice, scale)})
			}
		}
		sortItems(c.Items)
		nights = append(nights, c)
	}
	return nights
}

func gridLength(dice *rand.Rand, scale float64) float64 {
	for {
		if takes := scale * math.Exp(gridSigma*dice.NormFloat64()); takes <= gridLongest {
			return max(1, takes)
		}
	}
}

// gridScale is the median for the mean gridMean, by bisection over fixed draws.
func gridScale() float64 {
	low, high := 1.0, gridLongest
	for range 40 {
		middle, sum := (low+high)/2, 0.0
		const draws = 20_000
		dice := rand.New(rand.NewPCG(1, 1))
		for range draws {
			sum += gridLength(dice, middle)
		}
		if sum/draws > gridMean {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}
