package rule

import (
	"cmp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/metricsadapter/expr"
)

// DefaultMaxAge is the age from which a sample is unknown where a rule does not say.
const DefaultMaxAge = 2 * time.Minute

// MetricQuery is a checked query and what its answer's labels mean.
type MetricQuery struct {
	// Server is the name of the connection that is asked; empty for the default one.
	Server string
	// Expr is the query.
	Expr expr.Expr
	// Labels name the object of each element. A name that does not apply is empty.
	Labels LabelNames
	// Result tells by which labels an answer can be selected from without asking again.
	Result expr.Result
	// MaxAge from which a sample is unknown. Greater than 0.
	MaxAge time.Duration
	// Window that a sample was measured over; 0 for an instant.
	Window time.Duration
	// Rule says where the rule stands, by its place in the file and its name.
	Rule string
	// Scope says for how much one query speaks. Where that is not Whole, Expr stands for the queries with <namespace> and
	// the like in it, for people to read.
	Scope Scope
	// SelectableLabels are the labels by which rows can be picked as if their series had been.
	SelectableLabels []string
	// TakesMatchers says that a selector can be put into the query.
	TakesMatchers bool
	// AdapterOrigin is of a query that comes from prometheus-adapter's configuration; nil for others.
	AdapterOrigin *AdapterOrigin
	// NoValueReason says why no object can ever have a value; empty where one can.
	NoValueReason string
	// Coverage is the namespaces in which the rule gives its metric. Rules of one metric may have different ones.
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
	// Namespaced: the rule is about one namespace at a time. Where its query does not tell namespaces apart, it still
	// answers the same for each.
	Namespaced bool
	MetricQuery
}

// Resource is a checked ResourceRule. Either query may be missing.
type Resource struct {
	Name              string
	Containers, Nodes *MetricQuery
	// ContainersProblem and NodesProblem say why a query that the file has is not in force; empty where the query is in
	// force, or the file has none. One bad query leaves the other one in force. What reads pods or nodes refuses to answer
	// while a problem is set, because an object with one resource of two looks like a complete one.
	ContainersProblem, NodesProblem string
}

// fillFrom fills the queries that r lacks with those of another rule of the same resource.
func (r *Resource) fillFrom(other *Resource) {
	r.Containers, r.ContainersProblem = firstQuery(r.Containers, r.ContainersProblem, other.Containers, other.ContainersProblem)
	r.Nodes, r.NodesProblem = firstQuery(r.Nodes, r.NodesProblem, other.Nodes, other.NodesProblem)
}

// firstQuery gives the first query in force, or else the first problem.
func firstQuery(a *MetricQuery, problemA string, b *MetricQuery, problemB string) (*MetricQuery, string) {
	switch {
	case a != nil:
		return a, ""
	case b != nil:
		return b, ""
	}
	return nil, cmp.Or(problemA, problemB)
}

// Set is all rules in force. It is never changed once resolved. The zero Set has none.
type Set struct {
	// Custom and External are in the file's order; Resources in that of their names.
	Custom    []*Custom
	External  []*External
	Resources []*Resource
	// Findings are what resolving the rules showed, those about rules out of force left out.
	Findings []Finding

	// Rules of one metric are in the order of their precedence.
	custom   map[customKey][]*Custom
	kinds    map[kindKey][]*Custom
	external map[string][]*External
	// caseVariants are the names of external metrics that are not in lower case, by their lower case.
	caseVariants map[string][]string
	resources    map[string]*Resource
}

// Rules gives the Set itself, for those who take rules that may change.
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

// FindCustomOfKind gives the rule of a metric that describes objects of a kind in a namespace; nil for none. Of a metric
// that describes namespaces, it is the namespace described; of objects in no namespace it is empty.
func (s *Set) FindCustomOfKind(kind schema.GroupKind, name, namespace string) *Custom {
	return customIn(s.kinds[kindKey{kind, name}], namespace)
}

// FindCustom gives the rule of a metric that describes objects of a resource in a namespace; nil for none. The namespace is
// that of FindCustomOfKind.
func (s *Set) FindCustom(resource schema.GroupResource, name, namespace string) *Custom {
	return customIn(s.CustomRules(resource, name), namespace)
}

// CustomRules gives the rules of a metric that describes objects of a resource, in the order of their precedence.
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

// FindExternal gives the rule of an external metric in a namespace; nil for none. A name in lower case also finds the rule
// whose name is the same but for upper case, if there is one only: client-go asks for external metrics in lower case.
func (s *Set) FindExternal(name, namespace string) *External {
	if r := externalIn(s.external[name], namespace); r != nil {
		return r
	}
	var found *External
	for _, spelling := range s.caseVariants[name] {
		r := externalIn(s.external[spelling], namespace)
		if r != nil && found != nil {
			return nil // it cannot be told which one is meant
		}
		found = cmp.Or(found, r)
	}
	return found
}

// ExternalRules gives the rules of an external metric, in the order of their precedence.
func (s *Set) ExternalRules(name string) []*External { return s.external[name] }

// CaseVariants gives the names of external metrics that are this one but for upper case.
func (s *Set) CaseVariants(lower string) []string { return s.caseVariants[lower] }

func externalIn(rules []*External, namespace string) *External {
	for _, r := range rules {
		if r.Coverage.Contains(namespace) {
			return r
		}
	}
	for _, r := range rules {
		if r.Labels.Namespace == "" { // it reads the same for every namespace
			return r
		}
	}
	return nil
}

// FindResource gives the rule of a resource such as cpu, with a query or a problem for each half that a file has; nil for
// none.
func (s *Set) FindResource(name string) *Resource { return s.resources[name] }

// Problem is a rule that is not in force, and why.
type Problem struct {
	// Rule says which one, by its place in the file and its name.
	Rule string
	// Reason in a sentence.
	Reason string
}

func (p Problem) String() string { return p.Rule + ": " + p.Reason }
