package rule

import "k8s.io/apimachinery/pkg/runtime/schema"

// Merge makes one Set of several, in their order. Of rules that give the same metric the first stays in force; the
// others are left out.
func Merge(sets ...*Set) *Set {
	merged := &Set{
		custom:    map[customKey]*Custom{},
		kinds:     map[kindKey]*Custom{},
		external:  map[string]*External{},
		resources: map[string]*Resource{},
	}
	for _, s := range sets {
		for _, r := range s.Custom {
			merged.mergeCustom(r)
		}
		for _, r := range s.External {
			if merged.external[r.Name] == nil {
				merged.external[r.Name] = r
				merged.External = append(merged.External, r)
			}
		}
		for _, r := range s.Resources {
			if merged.resources[r.Name] == nil {
				merged.resources[r.Name] = r
				merged.Resources = append(merged.Resources, r)
			}
		}
	}
	return merged
}

func (s *Set) mergeCustom(r *Custom) {
	key := customKey{r.Object.Resource, r.Name}
	if s.custom[key] != nil {
		return
	}
	s.custom[key] = r
	s.Custom = append(s.Custom, r)
	if kind := (kindKey{r.Object.Kind.GroupKind(), r.Name}); s.kinds[kind] == nil {
		s.kinds[kind] = r
	}
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
