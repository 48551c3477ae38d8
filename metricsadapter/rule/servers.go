package rule

import (
	"fmt"
	"slices"
	"strings"
)

// OnServers leaves out the rules that ask a server which is none of those that are known, each with its Problem. Rules
// that name none ask the default one, which there always is.
func (l *Loaded) OnServers(known []string) (*Loaded, []Problem) {
	kept, c := *l, serverCheck{known: known}
	kept.custom = keep(l.custom, func(r *Custom) bool { return c.knows("custom "+r.Name, r.Server) })
	kept.external = keep(l.external, func(r *External) bool { return c.knows("external "+r.Name, r.Server) })
	kept.resources = keep(l.resources, func(r *Resource) bool {
		return (r.Containers == nil || c.knows("resources."+r.Name+" containers", r.Containers.Server)) &&
			(r.Nodes == nil || c.knows("resources."+r.Name+" nodes", r.Nodes.Server))
	})
	return &kept, c.problems
}

type serverCheck struct {
	known    []string
	problems []Problem
}

func (c *serverCheck) knows(rule, server string) bool {
	if server == "" || slices.Contains(c.known, server) {
		return true
	}
	c.problems = append(c.problems, Problem{Rule: rule, Reason: fmt.Sprintf(
		"server %q is none of the Prometheus servers, which are %s: name one of them, or leave it out for the default one",
		server, strings.Join(c.known, ", "))})
	return false
}

func keep[T any](all []T, wanted func(T) bool) []T {
	var kept []T
	for _, one := range all {
		if wanted(one) {
			kept = append(kept, one)
		}
	}
	return kept
}
