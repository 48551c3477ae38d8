package rule

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Merge merges sets in their order. Of rules for the same metric in a namespace the first takes precedence; a rule that
// is ineffective everywhere is dropped. The queries of a resource for pods and for nodes are separate metrics.
func Merge(sets ...*Set) *Set {
	merged := &Set{}
	for _, s := range sets {
		for _, r := range s.Custom {
			if known := merged.CustomRules(r.Object.Resource, r.Name); !slices.ContainsFunc(known, r.coveredBy) {
				merged.addCustom(r)
			}
		}
		for _, r := range s.External {
			if !slices.ContainsFunc(merged.ExternalRules(r.Name), r.coveredBy) {
				merged.addExternal(r)
			}
		}
		for _, r := range s.Resources {
			merged.addResource(r)
		}
	}
	return merged
}

func (r *Custom) coveredBy(other *Custom) bool {
	return other.Coverage.relationTo(r.Coverage) == superset
}

func (r *External) coveredBy(other *External) bool {
	return other.Coverage.relationTo(r.Coverage) == superset
}

// CustomNames returns the names of the metrics that describe objects of a resource, each once.
func (s *Set) CustomNames(resource schema.GroupResource) []string {
	var names []string
	for _, r := range s.Custom {
		if r.Object.Resource == resource && s.CustomRules(resource, r.Name)[0] == r {
			names = append(names, r.Name)
		}
	}
	return names
}

// ExternalNames returns the names of the external metrics, each once.
func (s *Set) ExternalNames() []string {
	names := make([]string, 0, len(s.External))
	for _, r := range s.External {
		if s.ExternalRules(r.Name)[0] == r {
			names = append(names, r.Name)
		}
	}
	return names
}
