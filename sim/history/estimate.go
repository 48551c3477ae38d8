package history

import (
	"math"
	"slices"
	"time"
)

// Spread is a distribution: the number of observations, and three of its quantiles. Without observations it is zero.
type Spread struct {
	Count         int
	P10, P50, P90 float64
}

// NewSpread returns the spread of values.
func NewSpread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	values = slices.Clone(values)
	slices.Sort(values)
	quantile := func(share float64) float64 { return values[int(math.Round(share*float64(len(values)-1)))] }
	return Spread{Count: len(values), P10: quantile(0.1), P50: quantile(0.5), P90: quantile(0.9)}
}

// Sigma is that of the lognormal distribution with the same tenth and ninetieth percentile.
func (s Spread) Sigma() float64 {
	if s.P10 <= 0 || s.P90 <= s.P10 {
		return 0
	}
	const normal90 = 1.2815515655446004
	return min(math.Log(s.P90/s.P10)/(2*normal90), 2)
}

// StartUps are the times in seconds from an increase of the replicas until as many pods were ready, each with an error of up to a step.
// An increase that was followed by another change, or by an unknown value, before its pods were ready does not count.
func StartUps(replicas, ready Series) []float64 {
	var times []float64
	for i := 1; i < len(replicas.Values); i++ {
		before, after := replicas.Values[i-1], replicas.Values[i]
		if !(after > before) || !(ready.value(i-1) >= before) {
			continue
		}
		for j := i; j < len(replicas.Values) && replicas.Values[j] == after && !math.IsNaN(ready.value(j)); j++ {
			if ready.value(j) >= after {
				times = append(times, (time.Duration(j-i) * replicas.Step).Seconds())
				break
			}
		}
	}
	return times
}

// longestLag is the longest time for which a change is attributed to a load.
const longestLag = 10 * time.Minute

// Lags are the times in seconds from the first value of a load that needs more than the replicas, by more than the tolerance, until the
// replicas increased. perReplica is the target.
func Lags(load, replicas Series, perReplica, tolerance float64) []float64 {
	var times []float64
	since := -1
	for i := 1; i < len(load.Values); i++ {
		before, now := replicas.value(i-1), replicas.value(i)
		if math.IsNaN(load.Values[i]) || math.IsNaN(before) || math.IsNaN(now) {
			since = -1
			continue
		}
		if now > before && since >= 0 {
			if lag := time.Duration(i-since) * load.Step; lag <= longestLag {
				times = append(times, lag.Seconds())
			}
		}
		switch needsMore := load.Values[i] > before*perReplica*(1+tolerance); {
		case !needsMore || now != before:
			since = -1
		case since < 0:
			since = i
		}
	}
	return times
}
