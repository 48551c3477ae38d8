package tracefile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// Scale is by how much the values of a trace are multiplied: by the factor Times or, if Pods is not 0, so that the load requires that
// number of pods. It is the value of a flag.
type Scale struct{ Pods, Times float64 }

// Set reads N or xN.
func (s *Scale) Set(text string) error {
	number, isFactor := strings.CutPrefix(text, "x")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) || n > 1e12 || (!isFactor && n > plant.MostDemand) {
		return fmt.Errorf("must be a number of pods, greater than 0 and at most %d, or a factor such as x2.5", plant.MostDemand)
	}
	if *s = (Scale{Pods: n}); isFactor {
		*s = Scale{Times: n}
	}
	return nil
}

// String is part of pflag.Value.
func (s *Scale) String() string {
	if s.Pods > 0 {
		return strconv.FormatFloat(s.Pods, 'g', -1, 64)
	}
	return "x" + strconv.FormatFloat(s.Times, 'g', -1, 64)
}

// Type is part of pflag.Value; the help shows it.
func (s *Scale) Type() string { return "pods" }

var errNoLoad = errors.New("the 99.9th percentile of the trace is 0, so it cannot be scaled to pods: use --scale x1")

// Factor by which the rates of a trace are multiplied. targetRate is the rate of a pod at the target.
func (s *Scale) Factor(trace *load.Trace, play load.Play, targetRate float64) (float64, error) {
	if s.Pods == 0 {
		return s.Times, nil
	}
	high := trace.Quantile(0.999)
	if play.Counts {
		high /= trace.Step.Seconds()
	}
	if high == 0 {
		return 0, errNoLoad
	}
	return s.Pods * targetRate / high, nil
}
