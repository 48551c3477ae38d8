package tracefile

import (
	"fmt"
	"os"
	"time"

	"flyball.dev/flyball/sim/load"
)

// minLength of a trace, which a policy needs to scale anything.
const minLength = 2 * time.Minute

// Read reads the trace of a file.
func Read(path string) (*load.Trace, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err // it names the file
	}
	trace, err := load.ParseTrace(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if trace.Length() < minLength {
		return nil, fmt.Errorf("%s: the trace is %s long: must be at least %s", path, trace.Length(), minLength)
	}
	return trace, nil
}
