package main

import (
	"fmt"
	"strconv"
	"strings"

	"flyball.dev/flyball/sim/load"
)

// scale says by what the values of a trace are multiplied: a factor or, where pods is not 0, what takes so many pods.
type scale struct{ pods, times float64 }

// Set reads N or xN.
func (s *scale) Set(text string) error {
	number, isFactor := strings.CutPrefix(text, "x")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) || n > 1e12 || (!isFactor && n > mostDemand) {
		return fmt.Errorf("must be a number of pods, greater than 0 and at most %d, or a factor such as x2.5", mostDemand)
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

// Type is part of pflag.Value; it stands in the help.
func (s *scale) Type() string { return "pods" }

// factor gives what the rates of a trace are multiplied by. full is a pod's rate at the target.
func (s *scale) factor(trace *load.Trace, play load.Play, full float64) (float64, error) {
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
	return s.pods * full / high, nil
}
