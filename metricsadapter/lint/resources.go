package lint

import (
	"fmt"

	"flyball.dev/flyball/metricsadapter/rule"
)

// findSingleResources reports that metrics.k8s.io serves pods or nodes with only one of two resources, for which
// kubectl top shows 0.
func findSingleResources(set *rule.Set) []rule.Finding {
	var findings []rule.Finding
	for _, half := range []struct {
		of     string
		exists func(*rule.Resource) bool
	}{
		{"pods", func(r *rule.Resource) bool { return r.Containers != nil || r.ContainersProblem != "" }},
		{"nodes", func(r *rule.Resource) bool { return r.Nodes != nil || r.NodesProblem != "" }},
	} {
		cpu, memory := set.FindResource("cpu"), set.FindResource("memory")
		present, missing := "cpu", "memory"
		hasCPU, hasMemory := cpu != nil && half.exists(cpu), memory != nil && half.exists(memory)
		if hasCPU == hasMemory {
			continue
		}
		if hasMemory {
			present, missing = missing, present
		}
		findings = append(findings, rule.Finding{Severity: rule.Info, Message: fmt.Sprintf(
			"metrics.k8s.io serves %s with only %s, because no rule has a %s query for %s: kubectl top shows 0; add the query",
			half.of, present, missing, half.of)})
	}
	return findings
}
