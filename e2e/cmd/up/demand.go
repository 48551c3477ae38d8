package main

import (
	"errors"
	"fmt"
	"os"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/record"
	simload "flyball.dev/flyball/sim/load"
)

// requestsPerPod is the target of the autoscaler of the sample, in requests a second of one pod.
const requestsPerPod = 50

// newDemand is the load over time, in requests a second.
func newDemand(s settings) (load.Curve, error) {
	if s.trace == "" {
		return load.ParseCurve(s.curve)
	}
	if s.speed <= 0 || s.peak <= 0 {
		return nil, fmt.Errorf("-speed %g and -peak %d must be greater than 0", s.speed, s.peak)
	}
	text, err := os.ReadFile(s.trace)
	if err != nil {
		return nil, fmt.Errorf("-trace: %w", err)
	}
	trace, err := simload.ParseTrace(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.trace, err)
	}
	// A single outlier does not set the scale.
	peak := trace.Quantile(0.999)
	if peak == 0 {
		return nil, fmt.Errorf("%s: every value of the trace is 0", s.trace)
	}
	return load.Replay(trace, s.start, s.speed, float64(s.peak*requestsPerPod)/peak), nil
}

func writeRecord(path string, r *record.Record) error {
	if path == "" {
		return nil
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("-record: %w", err)
	}
	if err := errors.Join(r.WriteCSV(file), file.Close()); err != nil {
		return fmt.Errorf("-record: %w", err)
	}
	return nil
}
