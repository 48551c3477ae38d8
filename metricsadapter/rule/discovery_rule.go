package rule

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// discoveryRule is a validated discoveryConfig.
type discoveryRule struct {
	// place in the file, such as rules[2].
	place    string
	selector Selector
	filters  []filter
	names    *regexp.Regexp
	as       string
	labels   *labelMapping
	query    queryTemplate
	// external rules create external metrics; everyNamespace ones are the same in every namespace.
	external, everyNamespace bool
}

// filter selects names that match, or do not match, a pattern.
type filter struct {
	pattern *regexp.Regexp
	include bool
}

func (r *discoveryConfig) check(place string, external bool) (*discoveryRule, error) {
	d := &discoveryRule{place: place, external: external}
	d.everyNamespace = external && r.Resources.Namespaced != nil && !*r.Resources.Namespaced
	var err error
	if r.SeriesQuery == "" {
		return nil, errors.New(`seriesQuery is missing: it selects series, such as http_requests_total{namespace!="",pod!=""}`)
	}
	if d.selector, err = parseSelector(r.SeriesQuery); err != nil {
		return nil, fmt.Errorf("seriesQuery: %w", err)
	}
	for i, f := range r.SeriesFilters {
		checked, err := f.check()
		if err != nil {
			return nil, fmt.Errorf("seriesFilters[%d]: %w", i, err)
		}
		d.filters = append(d.filters, checked)
	}
	if d.names, d.as, err = r.Name.check(); err != nil {
		return nil, fmt.Errorf("name.%w", err)
	}
	if !external && r.Resources.Template == "" && len(r.Resources.Overrides) == 0 {
		return nil, errors.New("resources is missing: it maps labels to objects, such as overrides: {pod: {resource: pod}}")
	}
	if d.labels, err = newLabelMapping(r.Resources); err != nil {
		return nil, err
	}
	if d.query, err = parseTemplate("metricsQuery", r.MetricsQuery); err != nil {
		return nil, err
	}
	return d, d.tryTemplate()
}

func (f nameFilter) check() (filter, error) {
	if (f.Is == "") == (f.IsNot == "") {
		return filter{}, errors.New("exactly one of is and isNot must be set")
	}
	text := f.Is + f.IsNot
	pattern, err := regexp.Compile(text)
	if err != nil {
		return filter{}, fmt.Errorf("%q is not a regular expression: %w", text, err)
	}
	return filter{pattern: pattern, include: f.Is != ""}, nil
}

// check returns the pattern of series names, and the replacement.
func (n naming) check() (*regexp.Regexp, string, error) {
	text := n.Matches
	if text == "" {
		text = ".*"
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return nil, "", fmt.Errorf("matches %q is not a regular expression: %w", text, err)
	}
	if n.As != "" {
		return pattern, n.As, nil
	}
	switch pattern.NumSubexp() {
	case 0:
		return pattern, "$0", nil
	case 1:
		return pattern, "$1", nil
	}
	return nil, "", fmt.Errorf("as is missing: name.matches %q has several capture groups, so set the metric name, such as ${1}_per_second", text)
}

// tryTemplate renders the query for an example series, so that errors that apply to all series show before discovery.
func (d *discoveryRule) tryTemplate() error {
	series := "series"
	if names := d.selector.names(); len(names) > 0 {
		series = names[0]
	}
	if d.external {
		_, err := d.query.render(series, nil, []string{"namespace"})
		return err
	}
	labels := slices.Sorted(maps.Keys(d.labels.overrides))
	if len(labels) == 0 {
		labels = []string{"namespace", "pod"}
	}
	_, err := d.query.render(series, labels[len(labels)-1:], labels)
	return err
}

// picks reports whether the rule creates a metric from the series of a name.
func (d *discoveryRule) picks(series string) bool {
	for _, f := range d.filters {
		if f.pattern.MatchString(series) != f.include {
			return false
		}
	}
	return d.names.MatchString(series)
}

// metric returns the metric name for a series.
func (d *discoveryRule) metric(series string) (string, error) {
	match := d.names.FindStringSubmatchIndex(series)
	name := string(d.names.ExpandString(nil, d.as, series, match))
	if name == "" {
		return "", fmt.Errorf("name.as %q returns an empty name for the series %s: write capture groups as ${1}, "+
			"because $1_x is the group named 1_x", d.as, series)
	}
	return name, checkName(name)
}

// configuredSeries returns the series that the rule itself determines: their names and the labels that identify objects
// are fixed. False where discovery is required.
func (d *discoveryRule) configuredSeries() ([]Series, bool) {
	names := d.selector.names()
	var labels []string
	if !d.external {
		labels = slices.Sorted(maps.Keys(d.labels.overrides))
		open := func(label string) bool { return !d.selector.ensures(label) }
		if d.labels.template != nil || slices.ContainsFunc(labels, open) {
			return nil, false
		}
	}
	all := make([]Series, len(names))
	for i, name := range names {
		all[i] = Series{Name: name, Labels: labels}
	}
	return all, len(all) > 0
}
