package doctor

import (
	"cmp"
	"slices"
	"strings"
)

// Severity is the harm of a finding.
type Severity string

// The severities. Info is for a state that is on purpose or ends by itself, and does not change an exit code.
const (
	// Error marks what keeps a target from the replicas that its load takes, now.
	Error Severity = "error"
	// Warning marks what will do so, or costs replicas.
	Warning Severity = "warning"
	Info    Severity = "info"
)

var severities = []Severity{Error, Warning, Info}

// Object identifies an object of the cluster.
type Object struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// String returns Kind/name.
func (o Object) String() string { return o.Kind + "/" + o.Name }

// Fix is the way out of a finding. One of Command and YAML can be empty.
type Fix struct {
	// Text says in words what to do.
	Text string `json:"text"`
	// Command does so, or is the start of it.
	Command string `json:"command,omitempty"`
	// YAML is what the object should have.
	YAML string `json:"yaml,omitempty"`
}

// Finding is one result of a check.
type Finding struct {
	// ID is the name of the check. It does not change between versions.
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	// Object is the autoscaler, or the object that has to change if several autoscalers share it.
	Object Object `json:"object"`
	// Seen is the state, Harm the reason why it matters, and Fix the way out.
	Seen string `json:"seen"`
	Harm string `json:"harm"`
	Fix  Fix    `json:"fix"`
}

// Report is the result of an examination.
type Report struct {
	Findings    []Finding    `json:"findings"`
	Autoscalers []Autoscaler `json:"autoscalers"`
	// NotRead has, for each kind of object that could not be read, the reason. Checks that need it found nothing.
	NotRead map[string]string `json:"notRead,omitempty"`
}

// Worst returns the highest severity of the findings; empty without findings.
func (r *Report) Worst() Severity {
	if len(r.Findings) == 0 {
		return ""
	}
	return r.Findings[0].Severity // they are ranked
}

// rank sorts findings by severity, the order of their checks, namespace and name.
func rank(findings []Finding) {
	order := func(f *Finding) int { return slices.IndexFunc(Checks, func(c Check) bool { return c.ID == f.ID }) }
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			cmp.Compare(order(&a), order(&b)),
			strings.Compare(a.Object.Namespace, b.Object.Namespace), strings.Compare(a.Object.Name, b.Object.Name),
		)
	})
}

// Keep removes all but the autoscalers of these names and the findings about them, or about the cluster. It returns the names that no
// autoscaler has. Without names it does nothing.
func (r *Report) Keep(names []string) (missing []string) {
	if len(names) == 0 {
		return nil
	}
	missing = slices.Clone(names)
	found := func(o Object) bool {
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == o.Name })
		return slices.Contains(names, o.Name)
	}
	r.Autoscalers = slices.DeleteFunc(r.Autoscalers, func(a Autoscaler) bool { return !found(a.Object) })
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Object.Namespace != "" && !found(f.Object) })
	return missing
}
