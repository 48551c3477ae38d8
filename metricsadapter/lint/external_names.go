package lint

import (
	"fmt"
	"strings"

	"flyball.dev/flyball/metricsadapter/rule"
)

// findUpperCaseNames reports external metrics that a HorizontalPodAutoscaler does not reach by their names: client-go writes the names
// of external metrics in lower case. Those of custom metrics stay as they are.
func findUpperCaseNames(set *rule.Set) []rule.Finding {
	const why = "a HorizontalPodAutoscaler asks for %s instead, because client-go writes names of external metrics in lower case (kubernetes/kubernetes#72996)"
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
			message += fmt.Sprintf("%s gives a metric of that name, which counts in its namespaces", taken[0].Rule)
		case len(spellings) > 1:
			message += fmt.Sprintf("in a namespace where rules give several of %s, none of them is served as %s", strings.Join(spellings, ", "), lower)
		default:
			message += "Flyball serves it under both names"
		}
		findings = append(findings, rule.Finding{
			Severity: rule.Warning, Rule: r.Rule, Message: r.Name + ": " + message + ": give it a name in lower case",
		})
	}
	return findings
}
