package lint

import (
	"fmt"
	"strings"

	"flyball.dev/flyball/metricsadapter/rule"
)

// findUpperCaseNames reports external metrics that a HorizontalPodAutoscaler cannot read by their names: client-go
// converts names of external metrics to lower case. Names of custom metrics are unchanged.
func findUpperCaseNames(set *rule.Set) []rule.Finding {
	const why = "a HorizontalPodAutoscaler requests %s instead, because client-go converts names of external metrics to lower case (kubernetes/kubernetes#72996)"
	var findings []rule.Finding
	for _, r := range set.External {
		lower := strings.ToLower(r.Name)
		if lower == r.Name {
			continue
		}
		message := fmt.Sprintf(why+"; ", lower)
		spellings, taken := set.CaseVariants(lower), set.ExternalRules(lower)
		switch {
		case len(taken) > 0:
			message += fmt.Sprintf("%s provides a metric of that name, which takes precedence in its namespaces", taken[0].Rule)
		case len(spellings) > 1:
			message += fmt.Sprintf("in a namespace with several of %s, none is served as %s", strings.Join(spellings, ", "), lower)
		default:
			message += "Flyball serves both names"
		}
		findings = append(findings, rule.Finding{
			Severity: rule.Warning, Rule: r.Rule, Message: r.Name + ": " + message + ": use a lower-case name",
		})
	}
	return findings
}
