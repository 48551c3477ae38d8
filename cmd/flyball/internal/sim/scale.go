package sim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// scale says by how much the values of a trace are multiplied: by a factor or, if pods is not 0, so that the load requires that
// number of pods.
type scale struct{ pods, times float64 }

// Set reads N or xN.
func (s *scale) Set(text string) error {
	number, isFactor := strings.CutPrefix(text, "x")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) || n > 1e12 || (!isFactor && n > plant.MostDemand) {
		return fmt.Errorf("must be a number of pods, greater than 0 and at most %d, or a factor such as x2.5", plant.MostDemand)
	}
	if *s = (scale{pods: n}); isFactor {
		*s = scale{times: n}
	}
	return nil
}

// String is part of pflag.Value.
func (s *scale) String() string {
	if s.pods > 0 {
		return strconv.FormatFloat(s.pods, 'g', -1, 64)
	}
	return "x" + strconv.FormatFloat(s.times, 'g', -1, 64)
}

// Type is part of pflag.Value; the help shows it.
func (s *scale) Type() string { return "pods" }

var errNoLoad = errors.New("the 99.9th percentile of the trace is 0, so it cannot be scaled to pods: use --scale x1")

// factor by which the rates of a trace are multiplied. targetRate is the rate of a pod at the target.
func (s *scale) factor(trace *load.Trace, play load.Play, targetRate float64) (float64, error) {
	if s.pods == 0 {
		return s.times, nil
	}
	high := trace.Quantile(0.999)
	if play.Counts {
		high /= trace.Step.Seconds()
	}
	if high == 0 {
		return 0, errNoLoad
	}
	return s.pods * targetRate / high, nil
}
