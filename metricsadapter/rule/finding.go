package rule

import "fmt"

// Finding is what somebody should know about a rule that is in force, or about one that is not.
type Finding struct {
	Severity Severity `json:"severity"`
	// Rule says which one, by its place in the file and its name; empty where it is about the file.
	Rule string `json:"rule"`
	// Message in a sentence.
	Message string `json:"message"`
}

// Severity of a Finding.
type Severity string

const (
	// Error says that a rule is not in force.
	Error Severity = "error"
	// Warning says that it is, and likely does not do what its writer meant.
	Warning Severity = "warning"
	// Info says that something is otherwise than one might think, on purpose.
	Info Severity = "info"
)

func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Severity, f.Rule, f.Message) }
