package plant

import (
	"math"
	"time"
)

// meanWait is the mean waiting time, in seconds, of an M/M/c queue with c pods at the utilization rho, where a pod serves rate
// units per second. The formula is Sakasegawa's approximation (1977), which is exact for one pod and near to Erlang's formula
// for more:
//
//	Wq ≈ (1/rate) · rho^(√(2(c+1))−1) / (c·(1−rho))
//
// It diverges as rho approaches 1. [Plant.Advance] counts the growing queue there, so rho is limited to saturated.
func meanWait(c, rate, rho float64) float64 {
	rho = min(rho, saturated)
	return math.Pow(rho, math.Sqrt(2*(c+1))-1) / (c * (1 - rho) * rate)
}

const saturated = 0.99

// percentile95 is the ratio of the 95th percentile to the mean. For the exponential distribution it is ln 20 = 2.996.
const percentile95 = 3

// limits are the maximum rates within the bound by the number of pods. Each is computed once.
type limits struct {
	rate  float64 // of a pod
	bound float64 // of the 95th percentile, in seconds; 0 for none
	found []float64
	last  int
}

func newLimits(rate float64, bound time.Duration) limits {
	return limits{rate: rate, bound: bound.Seconds(), found: []float64{0}}
}

// of returns the maximum rate for n pods: below saturation, with a waiting time within the bound.
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
		if percentile95*meanWait(n, l.rate, rho) <= l.bound {
			low = rho
		} else {
			high = rho
		}
	}
	return low * n * l.rate
}

// MostDemand is the maximum demand.
const MostDemand = MostPods

// demand is the minimum number of ready pods that serves a rate within the bound. It does not depend on the autoscaler, so
// that scores can be measured against it.
func (l *limits) demand(rate float64) int32 {
	for l.last < MostDemand && l.of(l.last) < rate {
		l.last++
	}
	for l.last > 0 && l.of(l.last-1) >= rate {
		l.last--
	}
	return int32(l.last)
}
