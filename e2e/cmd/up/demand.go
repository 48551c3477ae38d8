package main

import (
	"errors"
	"fmt"
	"os"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/record"
)

// requestsPerPod is the load that one pod of the sample is meant for: the target of its autoscaler.
const requestsPerPod = 50

// newDemand is the load over time, in requests a second.
func newDemand(s settings) (load.Curve, error) {
	if s.trace == "" {
		return load.ParseCurve(s.curve)
	}
	if s.speed <= 0 || s.peak <= 0 {
		return nil, fmt.Errorf("-speed %g and -peak %d must be greater than 0", s.speed, s.peak)
	}
	file, err := os.Open(s.trace)
	if err != nil {
		return nil, fmt.Errorf("-trace: %w", err)
	}
	defer func() { _ = file.Close() }()
	trace, err := load.ReadTrace(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.trace, err)
	}
	if trace.Peak() == 0 {
		return nil, fmt.Errorf("%s: the trace is zero all over", s.trace)
	}
	return trace.Curve(s.start, s.speed, float64(s.peak*requestsPerPod)/trace.Peak()), nil
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
