package batch

import (
	"math"
	"math/rand/v2"
	"time"
)

// RandomNight is a random night, with the expectations of the person who configures it.
type RandomNight struct {
	Config
	// Max is the maximum of replicas.
	Max int32
	// ExpectedItems and ExpectedTakes are the items and their duration in seconds on a usual night.
	ExpectedItems, ExpectedTakes float64
	// Guess of the throughput, with an error of up to a factor of two.
	Guess float64
	// Arrivals reports whether the rate of arrivals is measured.
	Arrivals bool
}

// NewRandomNight returns a random night: a window of one to ten hours, work for 2 to 120 replicas, items of 2 seconds to a twentieth of
// the window with light and heavy tails, pods that take 5 seconds to 3 minutes to start. In half of the nights items arrive
// during the window, in a third items become slower or faster during it, in a fifth the metrics are unknown for a while, and in
// one of six the maximum of replicas is too low.
func NewRandomNight(seed uint64) RandomNight {
	g := generator{rand.New(rand.NewPCG(seed, 3))}
	length := g.log(3600, 36000)
	takes := g.log(2, min(600, length/20))
	replicas := g.log(2, 120)
	for replicas*length/takes > 60_000 { // so that a thousand nights take minutes
		takes *= 2
	}
	n := RandomNight{
		Config: Config{
			Begin: time.Date(2026, 3, 2, 21, 55, 0, 0, time.UTC), Opens: 300, Closes: 300 + length, Ends: 300 + 1.5*length,
			StartUp: g.log(5, 180), StartUpSigma: g.between(0.1, 0.5), Seed: seed,
		},
		ExpectedTakes: takes * g.log(0.8, 1.25),
		Arrivals:      g.chance(0.5),
	}
	n.Guess = g.log(0.5, 2) / takes
	work := 0.6 * replicas * length
	n.ExpectedItems = work / takes * g.log(0.7, 1.4)
	n.items(&g, work, takes, length)
	n.Max = int32(math.Ceil(replicas * g.between(1, 3)))
	if g.chance(1. / 6) {
		n.Max = int32(math.Ceil(replicas * g.between(0.2, 0.5)))
	}
	if g.chance(0.2) {
		n.DarkFrom = n.Opens + g.between(0, length)
		n.DarkTo = n.DarkFrom + g.between(60, 900)
	}
	return n
}

// items draws the items. Most of them wait when the window opens.
func (n *RandomNight) items(g *generator, work, takes, length float64) {
	later, until := 0.0, 0.0
	if g.chance(0.5) {
		later, until = g.between(0.05, 0.5), g.between(0.2, 0.9)
	}
	changes, factor := math.Inf(1), 1.0
	if g.chance(1. / 3) {
		changes, factor = g.between(0.1, 0.7), g.log(0.7, 1.4)
	}
	sigma := g.between(0.1, 1.2)
	for done := 0.0; done < work; {
		item := Item{At: -3600, Takes: takes * math.Exp(sigma*g.NormFloat64()-sigma*sigma/2)}
		item.Takes = min(max(0.1, item.Takes), length/8)
		if done > changes*work {
			item.Takes *= factor
		}
		done += item.Takes
		if g.chance(later) {
			item.At = n.Opens + g.between(0, until*length)
		}
		n.Items = append(n.Items, item)
	}
	sortItems(n.Items)
}

type generator struct{ *rand.Rand }

func (g *generator) chance(p float64) bool             { return g.Float64() < p }
func (g *generator) between(low, high float64) float64 { return low + (high-low)*g.Float64() }
func (g *generator) log(low, high float64) float64     { return low * math.Pow(high/low, g.Float64()) }
