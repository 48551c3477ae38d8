package exit

// The exit codes of all commands.
const (
	// OK is for an answer without a finding.
	OK = 0
	// Negative is for an answer that a script has to notice, such as a replay that decides another number.
	Negative = 1
	// Severe is for an answer that is worse than Negative, in commands whose answers have severities.
	Severe = 3
	// Unusable is for input, a cluster or a command line that gives no answer.
	Unusable = 2
)

// NegativeError is an answer that exits with Negative. Its text is printed as it is, without "Error: ".
type NegativeError string

// Error is part of error.
func (e NegativeError) Error() string { return string(e) }

// SevereError is an answer that exits with Severe. Its text is printed as it is, without "Error: ".
type SevereError string

// Error is part of error.
func (e SevereError) Error() string { return string(e) }
