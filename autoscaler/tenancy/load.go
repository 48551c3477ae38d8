package tenancy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"flyball.dev/flyball/metricsadapter/manifest"
)

// Load parses a file. The error names every invalid field with its value.
func Load(text []byte) (*Rules, error) {
	document, err := manifest.One(text)
	if err != nil {
		return nil, err
	}
	asJSON, err := document.JSON()
	if err != nil {
		return nil, err
	}
	var f struct {
		Namespaces []Limits `json:"namespaces"`
	}
	unknown, err := kjson.UnmarshalStrict(asJSON, &f)
	if err = errors.Join(append(unknown, err)...); err != nil {
		return nil, err
	}
	all := field.NewPath("namespaces")
	var errs field.ErrorList
	if len(f.Namespaces) == 0 {
		errs = append(errs, field.Required(all, "must have at least one entry"))
	}
	for i := range f.Namespaces {
		errs = append(errs, f.Namespaces[i].validate(all.Index(i))...)
	}
	if err := errs.ToAggregate(); err != nil {
		return nil, err
	}
	return &Rules{entries: f.Namespaces}, nil
}

func (l *Limits) validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(l.Names) == 0 {
		errs = append(errs, field.Required(path.Child("names"), `must name namespaces, such as "shop" or "team-a-*"`))
	}
	for i, name := range l.Names {
		if wrong := validation.IsDNS1123Label(strings.ReplaceAll(name, "*", "x")); len(wrong) > 0 {
			errs = append(errs, field.Invalid(path.Child("names").Index(i), name, "must be the name of a namespace, in which * matches any characters"))
		}
	}
	for i, server := range l.Servers {
		if server == "" {
			errs = append(errs, field.Required(path.Child("servers").Index(i), "must be the name of a Prometheus server"))
		} else if slices.Contains(l.Servers[:i], server) {
			errs = append(errs, field.Duplicate(path.Child("servers").Index(i), server))
		}
	}
	if strings.ContainsFunc(l.Tenant, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		errs = append(errs, field.Invalid(path.Child("tenant"), l.Tenant, "must be the value of a header: printable ASCII characters without spaces"))
	}
	for _, quota := range []struct {
		name  string
		value *int64
	}{{"maxAutoscalers", l.MaxAutoscalers}, {"maxQueries", l.MaxQueries}, {"maxTotalReplicas", l.MaxTotalReplicas}} {
		if quota.value != nil && *quota.value < 0 {
			errs = append(errs, field.Invalid(path.Child(quota.name), *quota.value, "must be 0 or more; leave it out for no limit"))
		}
	}
	return append(errs, l.validateBudget(path.Child("queryBudget"))...)
}

func (l *Limits) validateBudget(path *field.Path) field.ErrorList {
	if l.QueryBudget == "" {
		return nil
	}
	if budget, err := time.ParseDuration(l.QueryBudget); err != nil || budget != 0 && (budget < time.Second || budget > 24*time.Hour) {
		return field.ErrorList{field.Invalid(path, l.QueryBudget, "must be a duration from 1s to 24h, such as 30s, or 0s for no limit")}
	}
	return nil
}

// CheckServers returns an error for each server that the entries name and that is not among the known ones.
func (r *Rules) CheckServers(known []string) error {
	var errs field.ErrorList
	if r != nil {
		for i := range r.entries {
			for j, server := range r.entries[i].Servers {
				if !slices.Contains(known, server) {
					errs = append(errs, field.Invalid(field.NewPath("namespaces").Index(i).Child("servers").Index(j), server,
						fmt.Sprintf("no Prometheus server has this name: the servers are %s", strings.Join(known, ", "))))
				}
			}
		}
	}
	return errs.ToAggregate()
}
