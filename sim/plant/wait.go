package plant

import (
	"math"
	"time"
)

// wait is the mean time, in seconds, that work waits where c pods serve it at a load of rho, the share of what they can do,
// when work comes and takes as long as chance will have it. A pod's mean time for one unit is 1/rate. The formula is
// Sakasegawa's (1977), which for one pod is exact, and near to Erlang's for more:
//
//	Wq ≈ (1/rate) · rho^(√(2(c+1))−1) / (c·(1−rho))
//
// It has no limit as rho nears 1. There the queue grows, which [Plant.Advance] keeps count of; so rho is taken to be at
// most saturated.
func wait(c, rate, rho float64) float64 {
	rho = min(rho, saturated)
	return math.Pow(rho, math.Sqrt(2*(c+1))-1) / (c * (1 - rho) * rate)
}

const saturated = 0.99

// tail turns a mean into the 95th percentile. For the exponential distribution that is ln 20 = 2.996.
const tail = 3

// limits are the greatest rates that so many pods can carry within the bound, by their number. They are found once each.
type limits struct {
	rate  float64 // of a pod
	bound float64 // of the 95th percentile, in seconds; 0 for none
	found []float64
	last  int
}

func newLimits(rate float64, bound time.Duration) limits {
	return limits{rate: rate, bound: bound.Seconds(), found: []float64{0}}
}

// of gives the greatest rate for n pods: a load below saturation at which work waits no longer than the bound.
func (l *limits) of(n int) float64 {
	for len(l.found) <= n {
		l.found = append(l.found, l.search(float64(len(l.found))))
	}
	return l.found[n]
}

func (l *limits) search(n float64) float64 {
	if l.bound == 0 {
		return n * l.rate
	}
	low, high := 0.0, saturated
	for range 50 {
		rho := (low + high) / 2
		if tail*wait(n, l.rate, rho) <= l.bound {
			low = rho
		} else {
			high = rho
		}
	}
	return low * n * l.rate
}

// MostDemand is the greatest number of replicas that is called a demand: there cannot be more.
const MostDemand = MostPods

// demand is the least number of pods that carry a rate within the bound, once they are there. It depends on nothing that an
// autoscaler does, and so is what its work can be measured against.
func (l *limits) demand(rate float64) int32 {
	for l.last < MostDemand && l.of(l.last) < rate {
		l.last++
	}
	for l.last > 0 && l.of(l.last-1) >= rate {
		l.last--
	}
	return int32(l.last)
}
