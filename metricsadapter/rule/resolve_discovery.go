package rule

import (
	"cmp"
	"maps"
	"slices"
)

// seriesByName gives the names of the series that a rule makes metrics of, each with all labels that any of them has.
func (b *builder) seriesByName(d *discoveryRule) map[string][]string {
	series, answered := b.found[d.selector.text]
	if !answered {
		told, ok := d.configuredSeries()
		if !ok {
			b.addFinding(Info, d.place, "its metrics depend on which series there are, and nobody has asked: %s", d.selector)
			return nil
		}
		series = told
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
		b.addFinding(Warning, d.place, "it gives no metric: of %d kinds of series that seriesQuery found, seriesFilters and name.matches pick none", len(series))
	}
	return kinds
}

// discover makes the metrics of the rules that find series. Of two that give one metric in a namespace, the one of the later
// rule counts there, and within a rule that of the series whose name comes last, as with prometheus-adapter. Rules that have
// different namespaces each count in theirs.
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
			at := position{rule: order, series: series}
			if !d.external {
				if !b.customs(d, at, kinds[series], customs) {
					without = append(without, series)
				}
				continue
			}
			made, err := d.externalOf(series, append(d.selector.ensured(), kinds[series]...), b)
			if err != nil {
				b.addProblem(d.place, err.Error())
				continue
			}
			externals[made.Name] = append(externals[made.Name], claim[*External]{at, d.place, made.Name, made.Coverage, made})
		}
		if len(without) > 0 {
			b.addFinding(Warning, d.place, "%d of %d series give no metric, %s among them: none of their labels names an object", len(without), len(kinds), without[0])
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

// effectiveBeside says whether a claim counts in some namespace beside the rules of our own form, which come first.
func effectiveBeside[M any](b *builder, c claim[M], part string, own []M, coverage func(M) Coverage) bool {
	for _, r := range own {
		switch coverage(r).relationTo(c.coverage) {
		case superset:
			b.addFinding(Warning, c.place, "%s is given under %s of the same file already: that one stays in force", c.name, part)
			return false
		case overlapping:
			b.addFinding(Warning, c.place, "%s is given under %s of the same file too: in a namespace that both rules have, that one counts; this rule gives it %s, and that one %s",
				c.name, part, c.coverage.where(), coverage(r).where())
		}
	}
	return true
}

// reportAmbiguousLabels reports the labels of a rule that name one resource, where no series has been found that would have them.
func (b *builder) reportAmbiguousLabels(d *discoveryRule) {
	for _, label := range slices.Sorted(maps.Keys(d.labels.overrides)) {
		n, err := lookupResource(d.labels.overrides[label], b.resources)
		if err == nil && (!d.external || n.object.Resource == Namespaces.Resource) {
			_, _ = b.label(d.place, d.labels, n.object, d.selector.ensured()) // no metric is made that the error would be about
		}
	}
}

// customs makes the metrics of a series: one for each kind of object that one of its labels names. False where none does.
func (b *builder) customs(d *discoveryRule, at position, labels []string, into map[customKey][]claim[*Custom]) bool {
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
		made, err := d.custom(at.series, objects[resource], labels, b)
		if err != nil {
			b.addProblem(d.place, err.Error())
			continue
		}
		at.resource = resource
		key := customKey{made.Object.Resource, made.Name}
		into[key] = append(into[key], claim[*Custom]{at, d.place, resource + "/" + made.Name, made.Coverage, made})
	}
	return len(objects) > 0
}

// claim is a metric, and where it comes from.
type claim[M any] struct {
	position
	place    string
	name     string
	coverage Coverage
	metric   M
}

// position of a metric among all: by its rule, then by its series, then by what it describes.
type position struct {
	rule             int
	series, resource string
}

func (p position) compare(other position) int {
	return cmp.Or(cmp.Compare(p.rule, other.rule), cmp.Compare(p.series, other.series), cmp.Compare(p.resource, other.resource))
}

// effectiveClaims gives those claims of one metric that count in some namespace, the later ones first, and reports the others.
func effectiveClaims[M any](b *builder, claims []claim[M]) []claim[M] {
	slices.SortFunc(claims, func(x, y claim[M]) int { return y.compare(x.position) })
	var all []claim[M]
	for _, c := range claims {
		lies := func(as relation) func(claim[M]) bool {
			return func(later claim[M]) bool { return later.coverage.relationTo(c.coverage) == as }
		}
		if i := slices.IndexFunc(all, lies(superset)); i >= 0 {
			b.addFinding(Warning, all[i].place, "%s is given by the series %s of %s too: this one, of the series %s, counts, as the later rule and then the last name do; "+
				"prometheus-adapter takes the last in silence (collisions)",
				c.name, c.series, c.place, all[i].series)
			continue
		}
		for _, later := range all {
			if lies(overlapping)(later) {
				b.addFinding(Warning, later.place, "%s is given by the series %s of %s too: in a namespace that both rules have, this one, of the series %s, counts, "+
					"as the later rule does; this rule gives it %s, and %s %s", c.name, c.series, c.place, later.series, later.coverage.where(), c.place, c.coverage.where())
			} else {
				b.addFinding(Info, later.place, "%s is given by %s too, in other namespaces: by this rule %s, and by %s %s; prometheus-adapter takes one of the rules "+
					"for all namespaces (collisions)", c.name, c.place, later.coverage.where(), c.place, c.coverage.where())
			}
		}
		all = append(all, c)
	}
	return all
}

// claimsInOrder gives the claims of each metric, in the order of the first claim of each.
func claimsInOrder[K comparable, M any](claims map[K][]claim[M]) [][]claim[M] {
	return slices.SortedFunc(maps.Values(claims), func(a, b []claim[M]) int { return a[0].compare(b[0].position) })
}
