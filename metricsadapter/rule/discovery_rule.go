package rule

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// discoveryRule is a discoveryRule that has been checked.
type discoveryRule struct {
	// place in the file, such as rules[2].
	place    string
	selector Selector
	filters  []filter
	names    *regexp.Regexp
	as       string
	labels   *labelMapping
	query    queryTemplate
	// external: it makes external metrics. everyNamespace: they are read from every namespace alike.
	external, everyNamespace bool
}

// filter picks names that match a pattern, or that do not.
type filter struct {
	pattern *regexp.Regexp
	is      bool
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
		return nil, errors.New("resources is missing: it tells which labels name objects, such as overrides: {pod: {resource: pod}}")
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
		return filter{}, errors.New("it needs is or isNot, and not both")
	}
	text := f.Is + f.IsNot
	pattern, err := regexp.Compile(text)
	if err != nil {
		return filter{}, fmt.Errorf("%q is not a regular expression: %w", text, err)
	}
	return filter{pattern: pattern, is: f.Is != ""}, nil
}

// check gives the pattern of names, and what to make of them.
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
	return nil, "", fmt.Errorf("as is missing: name.matches %q captures several parts, so say what to make of them, such as ${1}_per_second", text)
}

// tryTemplate renders the query for a series that may not be there, so that what is wrong for all series is told before any is
// found.
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

// picks says whether the rule makes a metric of the series of a name.
func (d *discoveryRule) picks(series string) bool {
	for _, f := range d.filters {
		if f.pattern.MatchString(series) != f.is {
			return false
		}
	}
	return d.names.MatchString(series)
}

// metric gives the name of the metric of a series.
func (d *discoveryRule) metric(series string) (string, error) {
	match := d.names.FindStringSubmatchIndex(series)
	name := string(d.names.ExpandString(nil, d.as, series, match))
	if name == "" {
		return "", fmt.Errorf("name.as %q makes an empty name of the series %s: write captures as ${1}, "+
			"because $1_x is the capture named 1_x", d.as, series)
	}
	return name, checkName(name)
}

// configuredSeries gives the series that the rule itself tells of: their names are fixed, and so are the labels that name objects. False
// where discovery has to find them.
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
