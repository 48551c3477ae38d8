package tenancy

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Flag is the flag that names the file, for messages.
const Flag = "--namespaces-config"

// Limits are what the autoscalers of the namespaces of one entry may do. Nil pointers are no limits.
type Limits struct {
	// Names of the namespaces; * in a name matches any characters.
	Names []string `json:"names"`
	// AllowCrossNamespaceQueries lets queries in specs read the series of all namespaces.
	AllowCrossNamespaceQueries bool `json:"allowCrossNamespaceQueries,omitempty"`
	// Servers are the names of the Prometheus servers that queries in specs may name. The first is asked by those that name none.
	// Empty for the default server only.
	Servers []string `json:"servers,omitempty"`
	// Tenant is the value of the header tenantHeader of a server; empty for the name of the namespace.
	Tenant string `json:"tenant,omitempty"`
	// MaxAutoscalers is the number of HorizontalAutoscalers of one namespace.
	MaxAutoscalers *int64 `json:"maxAutoscalers,omitempty"`
	// MaxQueries is the number of distinct PromQL queries in the specs of one namespace.
	MaxQueries *int64 `json:"maxQueries,omitempty"`
	// MaxTotalReplicas is the sum of the highest replica counts that the specs of one namespace allow.
	MaxTotalReplicas *int64 `json:"maxTotalReplicas,omitempty"`
	// anyServer lets queries name any server.
	anyServer bool
	// QueryBudget is the query time in each period, instead of --namespace-query-budget; a duration such as 30s,
	// with 0s for no limit.
	QueryBudget string `json:"queryBudget,omitempty"`
}

// Rules are the entries of a file, of which the first that matches a namespace applies. The zero Rules have no entries. A nil
// *Rules allows everything, for a spec that is read elsewhere than in its cluster.
type Rules struct{ entries []Limits }

// For returns the limits of a namespace: those without an entry may query the default server, and have no quotas.
func (r *Rules) For(namespace string) *Limits {
	if r == nil {
		return &unlimited
	}
	for i := range r.entries {
		if r.entries[i].matches(namespace) {
			return &r.entries[i]
		}
	}
	return &byDefault
}

var byDefault, unlimited = Limits{}, Limits{anyServer: true}

func (l *Limits) matches(namespace string) bool {
	return slices.ContainsFunc(l.Names, func(pattern string) bool {
		matched, err := path.Match(pattern, namespace)
		return err == nil && matched
	})
}

// ServerNames returns the servers that the entries name, sorted.
func (r *Rules) ServerNames() []string {
	var all []string
	if r != nil {
		for i := range r.entries {
			all = append(all, r.entries[i].Servers...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// defaultServer is the name by which a spec may name the server that is asked without a name.
const defaultServer = "default"

// Server returns the server for a query that names one, or none with an empty name. An empty result is the default server. The
// error states which servers the namespace may name.
func (l *Limits) Server(named, namespace string) (string, error) {
	switch {
	case l.anyServer || slices.Contains(l.Servers, named):
		return named, nil
	case named == "" && len(l.Servers) > 0:
		return l.Servers[0], nil
	case (named == "" || named == defaultServer) && len(l.Servers) == 0:
		return "", nil
	}
	may := defaultServer
	if len(l.Servers) > 0 {
		may = strings.Join(l.Servers, ", ")
	}
	return "", fmt.Errorf("namespace %s may query %s: name one of these, or ask the operator to add the server to the namespace in %s",
		namespace, may, Flag)
}

// TenantOf returns the tenant of the queries of a namespace; empty without rules.
func (l *Limits) TenantOf(namespace string) string {
	if l.anyServer {
		return ""
	}
	return cmp.Or(l.Tenant, namespace)
}

// Budget returns the query time of the namespace in each period; false for the common one.
func (l *Limits) Budget() (time.Duration, bool) {
	budget, err := time.ParseDuration(l.QueryBudget) // Load has checked it
	return budget, err == nil
}

// HasQuotas reports whether autoscalers of the namespace can be refused.
func (l *Limits) HasQuotas() bool {
	return l.MaxAutoscalers != nil || l.MaxQueries != nil || l.MaxTotalReplicas != nil
}
