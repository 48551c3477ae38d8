package rule

import (
	"cmp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/metricsadapter/expr"
)

// DefaultMaxAge is the default age above which a sample is unknown.
const DefaultMaxAge = 2 * time.Minute

// MetricQuery is a validated query with the meaning of its labels.
type MetricQuery struct {
	// Server is the name of the connection; empty for the default one.
	Server string
	// Expr is the query.
	Expr expr.Expr
	// Labels identify the object of each element; empty where they do not apply.
	Labels LabelNames
	// Result determines the labels by which a result can be filtered without another query.
	Result expr.Result
	// MaxAge above which a sample is unknown. Greater than 0.
	MaxAge time.Duration
	// Window over which a sample was measured; 0 for an instant.
	Window time.Duration
	// Rule says where the rule stands, by its place in the file and its name.
	Rule string
	// Scope of one query. For other scopes than ClusterScope, Expr is the query with placeholders such as <namespace>,
	// for display.
	Scope Scope
	// SelectableLabels are the labels by which rows can be selected with the same result as selecting their series.
	SelectableLabels []string
	// TakesMatchers reports whether a metric selector can be added to the query.
	TakesMatchers bool
	// AdapterOrigin is of a query that comes from prometheus-adapter's configuration; nil for others.
	AdapterOrigin *AdapterOrigin
	// NoValueReason states why no object ever has a value; empty where one can.
	NoValueReason string
	// Coverage is the set of namespaces for which the rule provides its metric. Rules of one metric may have different
	// ones.
	Coverage Coverage

	template *templateQuery
}

// AdapterOrigin says how a query came from a rule of prometheus-adapter's.
type AdapterOrigin struct {
	// Discovers: the rule makes metrics of series. Resource rules do not.
	Discovers bool
	// MetricsFixed: the rule itself fixes which metrics it makes, so that no discovery is needed.
	MetricsFixed bool
	// KeptMatchers are the labels on which a matcher of seriesQuery is in the query and none of metricsQuery.
	KeptMatchers []string
}

// Custom is a checked CustomRule.
type Custom struct {
	Name   string
	Object Object
	MetricQuery
}

// External is a checked ExternalRule. Its Labels.Namespace is empty where it is cluster-wide.
type External struct {
	Name string
	// Namespaced rules are read in a namespace. A query that does not distinguish namespaces returns the same result
	// for each.
	Namespaced bool
	MetricQuery
}

// Resource is a checked ResourceRule. Either query may be missing.
type Resource struct {
	Name              string
	Containers, Nodes *MetricQuery
	// ContainersProblem and NodesProblem state why a query of the file is not in force; empty otherwise. The other
	// query stays in force. Reads of pods or nodes fail while their problem is set, because an object with one of two
	// resources looks complete.
	ContainersProblem, NodesProblem string
}

// fillFrom fills the queries that r lacks with those of another rule of the same resource.
func (r *Resource) fillFrom(other *Resource) {
	r.Containers, r.ContainersProblem = firstQuery(r.Containers, r.ContainersProblem, other.Containers, other.ContainersProblem)
	r.Nodes, r.NodesProblem = firstQuery(r.Nodes, r.NodesProblem, other.Nodes, other.NodesProblem)
}

// firstQuery returns the first query in force, or else the first problem.
func firstQuery(a *MetricQuery, problemA string, b *MetricQuery, problemB string) (*MetricQuery, string) {
	switch {
	case a != nil:
		return a, ""
	case b != nil:
		return b, ""
	}
	return nil, cmp.Or(problemA, problemB)
}

// Set is the rules in force. It is immutable once resolved. The zero Set has none.
type Set struct {
	// Custom and External are in the file's order; Resources in that of their names.
	Custom    []*Custom
	External  []*External
	Resources []*Resource
	// Findings of resolving the rules, without those about rules that are not in force.
	Findings []Finding

	// Rules of one metric are in the order of their precedence.
	custom   map[customKey][]*Custom
	kinds    map[kindKey][]*Custom
	external map[string][]*External
	// caseVariants are the names of external metrics that are not lower-case, by their lower-case form.
	caseVariants map[string][]string
	resources    map[string]*Resource
}

// Rules returns the Set itself, for those who take rules that may change.
func (s *Set) Rules() *Set { return s }

type customKey struct {
	resource schema.GroupResource
	name     string
}

type kindKey struct {
	kind schema.GroupKind
	name string
}

// addCustom adds a rule. Where rules of one metric have a namespace in common, the one that was added first counts there.
func (s *Set) addCustom(rule *Custom) {
	if s.custom == nil {
		s.custom, s.kinds = map[customKey][]*Custom{}, map[kindKey][]*Custom{}
	}
	key, kind := customKey{rule.Object.Resource, rule.Name}, kindKey{rule.Object.Kind.GroupKind(), rule.Name}
	s.custom[key] = append(s.custom[key], rule)
	s.kinds[kind] = append(s.kinds[kind], rule)
	s.Custom = append(s.Custom, rule)
}

// addExternal does the same.
func (s *Set) addExternal(rule *External) {
	if s.external == nil {
		s.external, s.caseVariants = map[string][]*External{}, map[string][]string{}
	}
	if lower := strings.ToLower(rule.Name); lower != rule.Name && len(s.external[rule.Name]) == 0 {
		s.caseVariants[lower] = append(s.caseVariants[lower], rule.Name)
	}
	s.external[rule.Name] = append(s.external[rule.Name], rule)
	s.External = append(s.External, rule)
}

func (s *Set) addResource(rule *Resource) {
	if known := s.resources[rule.Name]; known != nil {
		known.fillFrom(rule)
		return
	}
	if s.resources == nil {
		s.resources = map[string]*Resource{}
	}
	own := *rule // adopt changes it, and other sets hold the rule as well
	s.resources[rule.Name] = &own
	s.Resources = append(s.Resources, &own)
}

// FindCustomOfKind returns the rule of a metric that describes objects of a kind in a namespace; nil for none. Of a metric
// that describes namespaces, it is the namespace described; of objects in no namespace it is empty.
func (s *Set) FindCustomOfKind(kind schema.GroupKind, name, namespace string) *Custom {
	return customIn(s.kinds[kindKey{kind, name}], namespace)
}

// FindCustom returns the rule of a metric that describes objects of a resource in a namespace; nil for none. The namespace is
// that of FindCustomOfKind.
func (s *Set) FindCustom(resource schema.GroupResource, name, namespace string) *Custom {
	return customIn(s.CustomRules(resource, name), namespace)
}

// CustomRules returns the rules of a metric that describes objects of a resource, in the order of their precedence.
func (s *Set) CustomRules(resource schema.GroupResource, name string) []*Custom {
	return s.custom[customKey{resource, name}]
}

func customIn(rules []*Custom, namespace string) *Custom {
	for _, r := range rules {
		if r.Coverage.Contains(namespace) {
			return r
		}
	}
	return nil
}

// FindExternal returns the rule of an external metric in a namespace; nil for none. A lower-case name also finds the
// only rule whose name differs in case, because client-go requests external metrics in lower case.
func (s *Set) FindExternal(name, namespace string) *External {
	if r := externalIn(s.external[name], namespace); r != nil {
		return r
	}
	var found *External
	for _, spelling := range s.caseVariants[name] {
		r := externalIn(s.external[spelling], namespace)
		if r != nil && found != nil {
			return nil // ambiguous
		}
		found = cmp.Or(found, r)
	}
	return found
}

// ExternalRules returns the rules of an external metric, in the order of their precedence.
func (s *Set) ExternalRules(name string) []*External { return s.external[name] }

// CaseVariants returns the names of external metrics that are this one but for upper case.
func (s *Set) CaseVariants(lower string) []string { return s.caseVariants[lower] }

func externalIn(rules []*External, namespace string) *External {
	for _, r := range rules {
		if r.Coverage.Contains(namespace) {
			return r
		}
	}
	for _, r := range rules {
		if r.Labels.Namespace == "" { // the same for every namespace
			return r
		}
	}
	return nil
}

// FindResource returns the rule of a resource such as cpu, with a query or a problem for containers and nodes; nil for
// none.
func (s *Set) FindResource(name string) *Resource { return s.resources[name] }

// Problem is a rule that is not in force, and why.
type Problem struct {
	// Rule states which one, by its place in the file and its name.
	Rule string
	// Reason in a sentence.
	Reason string
}

func (p Problem) String() string { return p.Rule + ": " + p.Reason }
