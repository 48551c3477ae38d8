package faultmatrix

import "time"

// fault is one of the matrix.
type fault struct {
	name, class string
	// begin starts the fault and returns what ends it.
	begin func(s *scene) (end func() error, err error)
	// lasts is its length; 8 s if it is 0.
	lasts time.Duration
	// named is what an operator sees. Without a kind, the fault is one that nothing need report.
	named condition
	// lies is true if the fault reports more than the actual load.
	lies bool
	// takeovers are the changes of the writing process that it causes.
	takeovers int
	// short puts the fault into the form that make test runs.
	short bool
}

func (f *fault) length() time.Duration {
	if f.lasts == 0 {
		return 8 * time.Second
	}
	return f.lasts
}

// condition is a condition of an autoscaler. text is a part of its message.
type condition struct {
	// app is the application whose autoscaler has it.
	app                  string
	kind, status, reason string
	text                 string
}
