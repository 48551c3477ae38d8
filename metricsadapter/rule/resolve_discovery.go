package rule

import (
	"cmp"
	"maps"
	"slices"
)

// seriesByName returns the names of the series that a rule creates metrics from, each with the labels of all its
// series.
func (b *builder) seriesByName(d *discoveryRule) map[string][]string {
	series, answered := b.found[d.selector.text]
	if !answered {
		configured, ok := d.configuredSeries()
		if !ok {
			b.addFinding(Info, d.place, "its metrics depend on the series in Prometheus, which were not queried: %s", d.selector)
			return nil
		}
		series = configured
	}
	kinds := map[string][]string{}
	for _, s := range series {
		if d.picks(s.Name) {
			kinds[s.Name] = append(kinds[s.Name], s.Labels...)
		}
	}
	for name, labels := range kinds {
		slices.Sort(labels)
		kinds[name] = slices.Compact(labels)
	}
	if answered && len(kinds) == 0 {
		b.addFinding(Warning, d.place, "no metric: seriesFilters and name.matches select none of the %d series names that seriesQuery found", len(series))
	}
	return kinds
}

// discover creates the metrics of discovery rules. Where two rules provide one metric in a namespace, the later rule
// takes precedence, and within a rule the series whose name sorts last, as with prometheus-adapter. Rules with disjoint
// namespaces do not conflict.
func (b *builder) discover(rules []*discoveryRule) {
	customs := map[customKey][]claim[*Custom]{}
	externals := map[string][]claim[*External]{}
	for order, d := range rules {
		kinds := b.seriesByName(d)
		if len(kinds) == 0 {
			b.reportAmbiguousLabels(d)
		}
		var without []string
		for _, series := range slices.Sorted(maps.Keys(kinds)) {
			pos := position{rule: order, series: series}
			if !d.external {
				if !b.customs(d, pos, kinds[series], customs) {
					without = append(without, series)
				}
				continue
			}
			made, err := d.externalOf(series, append(d.selector.ensured(), kinds[series]...), b)
			if err != nil {
				b.addProblem(d.place, err.Error())
				continue
			}
			externals[made.Name] = append(externals[made.Name], claim[*External]{pos, d.place, made.Name, made.Coverage, made})
		}
		if len(without) > 0 {
			b.addFinding(Warning, d.place, "%d of %d series have no metric, for example %s: none of their labels identifies an object", len(without), len(kinds), without[0])
		}
	}
	for _, claims := range claimsInOrder(customs) {
		own := b.set.CustomRules(claims[0].metric.Object.Resource, claims[0].metric.Name)
		for _, c := range effectiveClaims(b, claims) {
			if effectiveBeside(b, c, "custom", own, func(r *Custom) Coverage { return r.Coverage }) {
				b.set.addCustom(c.metric)
			}
		}
	}
	for _, claims := range claimsInOrder(externals) {
		own := b.set.ExternalRules(claims[0].name)
		for _, c := range effectiveClaims(b, claims) {
			if effectiveBeside(b, c, "external", own, func(r *External) Coverage { return r.Coverage }) {
				b.set.addExternal(c.metric)
			}
		}
	}
}

// effectiveBeside reports whether a claim is effective in some namespace beside rules of Flyball's format, which take
// precedence.
func effectiveBeside[M any](b *builder, c claim[M], part string, own []M, coverage func(M) Coverage) bool {
	for _, r := range own {
		switch coverage(r).relationTo(c.coverage) {
		case superset:
			b.addFinding(Warning, c.place, "%s is already defined under %s of the same file, which stays in force", c.name, part)
			return false
		case overlapping:
			b.addFinding(Warning, c.place, "%s is also defined under %s of the same file, which takes precedence in common namespaces; this rule applies %s, and that one %s",
				c.name, part, c.coverage.where(), coverage(r).where())
		}
	}
	return true
}

// reportAmbiguousLabels reports labels of a rule that identify the same resource, where no series was found.
func (b *builder) reportAmbiguousLabels(d *discoveryRule) {
	for _, label := range slices.Sorted(maps.Keys(d.labels.overrides)) {
		n, err := lookupResource(d.labels.overrides[label], b.resources)
		if err == nil && (!d.external || n.object.Resource == Namespaces.Resource) {
			_, _ = b.label(d.place, d.labels, n.object, d.selector.ensured()) // the error concerns a metric, and none is created
		}
	}
}

// customs creates the metrics of a series: one for each kind of object that one of its labels identifies. False for none.
func (b *builder) customs(d *discoveryRule, pos position, labels []string, into map[customKey][]claim[*Custom]) bool {
	objects := map[string]Object{}
	for _, label := range labels {
		n, ok, err := d.labels.object(label, b.resources)
		if err != nil {
			b.addProblem(d.place, err.Error())
		}
		if !ok {
			continue
		}
		if n.guessed {
			b.addFinding(Info, d.place, "resources.overrides.%s: %s of group %s is not built in, and is taken to be %s; in a cluster it is looked up",
				label, d.labels.overrides[label].Resource, n.object.Resource.Group, n.object.Resource)
		}
		objects[n.object.Resource.String()] = n.object
	}
	for _, resource := range slices.Sorted(maps.Keys(objects)) {
		made, err := d.custom(pos.series, objects[resource], labels, b)
		if err != nil {
			b.addProblem(d.place, err.Error())
			continue
		}
		pos.resource = resource
		key := customKey{made.Object.Resource, made.Name}
		into[key] = append(into[key], claim[*Custom]{pos, d.place, resource + "/" + made.Name, made.Coverage, made})
	}
	return len(objects) > 0
}

// claim is a metric and its origin.
type claim[M any] struct {
	position
	place    string
	name     string
	coverage Coverage
	metric   M
}

// position orders metrics: by rule, series, and described resource.
type position struct {
	rule             int
	series, resource string
}

func (p position) compare(other position) int {
	return cmp.Or(cmp.Compare(p.rule, other.rule), cmp.Compare(p.series, other.series), cmp.Compare(p.resource, other.resource))
}

// effectiveClaims returns the claims of one metric that are effective in some namespace, later ones first, and reports
// the others.
func effectiveClaims[M any](b *builder, claims []claim[M]) []claim[M] {
	slices.SortFunc(claims, func(x, y claim[M]) int { return y.compare(x.position) })
	var all []claim[M]
	for _, c := range claims {
		lies := func(as relation) func(claim[M]) bool {
			return func(later claim[M]) bool { return later.coverage.relationTo(c.coverage) == as }
		}
		if i := slices.IndexFunc(all, lies(superset)); i >= 0 {
			b.addFinding(Warning, all[i].place, "%s is also provided by the series %s of %s: this one, of the series %s, takes precedence (later rule, then last name); "+
				"prometheus-adapter uses the last one without a message (collisions)",
				c.name, c.series, c.place, all[i].series)
			continue
		}
		for _, later := range all {
			if lies(overlapping)(later) {
				b.addFinding(Warning, later.place, "%s is also provided by the series %s of %s: in common namespaces this one, of the series %s, takes precedence "+
					"as the later rule; this rule applies %s, and %s %s", c.name, c.series, c.place, later.series, later.coverage.where(), c.place, c.coverage.where())
			} else {
				b.addFinding(Info, later.place, "%s is also provided by %s, in other namespaces: by this rule %s, and by %s %s; prometheus-adapter uses one of the rules "+
					"for all namespaces (collisions)", c.name, c.place, later.coverage.where(), c.place, c.coverage.where())
			}
		}
		all = append(all, c)
	}
	return all
}

// claimsInOrder returns the claims of each metric, ordered by the first claim.
func claimsInOrder[K comparable, M any](claims map[K][]claim[M]) [][]claim[M] {
	return slices.SortedFunc(maps.Values(claims), func(a, b []claim[M]) int { return a[0].compare(b[0].position) })
}
