package rule

import "fmt"

// Finding is a remark about a rule, in force or not.
type Finding struct {
	Severity Severity `json:"severity"`
	// Rule identifies the rule by its place in the file and its name; empty for findings about the file.
	Rule string `json:"rule"`
	// Message is one sentence.
	Message string `json:"message"`
}

// Severity of a Finding.
type Severity string

const (
	// Error means that the rule is not in force.
	Error Severity = "error"
	// Warning reports whether it is, and likely does not do what its writer meant.
	Warning Severity = "warning"
	// Info reports whether something is otherwise than one might think, on purpose.
	Info Severity = "info"
)

func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Severity, f.Rule, f.Message) }
