package rule

import (
	"fmt"
	"slices"
	"strings"
)

// WithServers returns the rules without those, and without queries of resource rules, that use unknown servers, with a
// Problem for each. Rules without a server use the default one.
func (l *Loaded) WithServers(known []string) (*Loaded, []Problem) {
	kept, c := *l, serverCheck{known: known}
	kept.custom = selectRules(l.custom, func(r *Custom) bool { return c.isKnown("custom "+r.Name, r.Server) })
	kept.external = selectRules(l.external, func(r *External) bool { return c.isKnown("external "+r.Name, r.Server) })
	kept.resources = make([]*Resource, len(l.resources))
	for i, r := range l.resources {
		kept.resources[i] = c.resource(*r)
	}
	return &kept, c.problems
}

// resource removes the queries of unknown servers.
func (c *serverCheck) resource(r Resource) *Resource {
	r.Containers, r.ContainersProblem = c.query(r.Containers, r.ContainersProblem, "resources."+r.Name+" containers")
	r.Nodes, r.NodesProblem = c.query(r.Nodes, r.NodesProblem, "resources."+r.Name+" nodes")
	return &r
}

func (c *serverCheck) query(g *MetricQuery, problem, rule string) (*MetricQuery, string) {
	if g == nil || c.isKnown(rule, g.Server) {
		return g, problem
	}
	return nil, c.problems[len(c.problems)-1].Reason
}

type serverCheck struct {
	known    []string
	problems []Problem
}

func (c *serverCheck) isKnown(rule, server string) bool {
	if server == "" || slices.Contains(c.known, server) {
		return true
	}
	c.problems = append(c.problems, Problem{Rule: rule, Reason: fmt.Sprintf(
		"server %q is not one of the Prometheus servers (%s): use one of them, or omit it for the default server",
		server, strings.Join(c.known, ", "))})
	return false
}

func selectRules[T any](all []T, wanted func(T) bool) []T {
	var kept []T
	for _, one := range all {
		if wanted(one) {
			kept = append(kept, one)
		}
	}
	return kept
}
