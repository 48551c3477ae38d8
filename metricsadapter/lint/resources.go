package lint

import (
	"fmt"

	"flyball.dev/flyball/metricsadapter/rule"
)

// findSingleResources reports that metrics.k8s.io is to serve pods or nodes with one resource of two, for which kubectl top shows 0.
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
		has, lacks := "cpu", "memory"
		hasCPU, hasMemory := cpu != nil && half.exists(cpu), memory != nil && half.exists(memory)
		if hasCPU == hasMemory {
			continue
		}
		if hasMemory {
			has, lacks = lacks, has
		}
		findings = append(findings, rule.Finding{Severity: rule.Info, Message: fmt.Sprintf(
			"metrics.k8s.io serves %s with %s alone, because no rule has a query of %s for %s: kubectl top shows 0 for it; add the query",
			half.of, has, lacks, half.of)})
	}
	return findings
}
