package rule

import "k8s.io/apimachinery/pkg/runtime/schema"

// Merge makes one Set of several, in their order. Of rules that give the same metric the first stays in force; the
// others are left out. The queries of a resource for pods and for nodes are two metrics.
func Merge(sets ...*Set) *Set {
	merged := &Set{}
	for _, s := range sets {
		for _, r := range s.Custom {
			if merged.FindCustom(r.Object.Resource, r.Name) == nil {
				merged.addCustom(r)
			}
		}
		for _, r := range s.External {
			if merged.FindExternal(r.Name) == nil {
				merged.addExternal(r)
			}
		}
		for _, r := range s.Resources {
			merged.addResource(r)
		}
	}
	return merged
}

// CustomNames gives the names of the metrics that describe objects of a resource.
func (s *Set) CustomNames(resource schema.GroupResource) []string {
	var names []string
	for _, r := range s.Custom {
		if r.Object.Resource == resource {
			names = append(names, r.Name)
		}
	}
	return names
}

// ExternalNames gives the names of the external metrics.
func (s *Set) ExternalNames() []string {
	names := make([]string, len(s.External))
	for i, r := range s.External {
		names[i] = r.Name
	}
	return names
}
