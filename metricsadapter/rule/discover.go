package rule

import (
	"cmp"
	"maps"
	"slices"
)

// kinds gives the names of the series that a rule makes metrics of, each with all labels that any of them has.
func (b *builder) kinds(d *discovery) map[string][]string {
	series, answered := b.found[d.selector.text]
	if !answered {
		told, ok := d.told()
		if !ok {
			b.find(Info, d.place, "its metrics depend on which series there are, and nobody has asked: %s", d.selector)
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
		b.find(Warning, d.place, "it gives no metric: of %d kinds of series that seriesQuery found, seriesFilters and name.matches pick none", len(series))
	}
	return kinds
}

// discover makes the metrics of the rules that find series. Of two that give one metric, the one of the later rule counts,
// and within a rule that of the series whose name comes last, as with prometheus-adapter.
func (b *builder) discover(rules []*discovery) {
	customs := map[customKey]claim[*Custom]{}
	externals := map[string]claim[*External]{}
	for order, d := range rules {
		kinds := b.kinds(d)
		if len(kinds) == 0 {
			b.contested(d)
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
				b.refuse(d.place, err.Error())
				continue
			}
			take(b, externals, made.Name, made.Name, claim[*External]{at, d.place, made})
		}
		if len(without) > 0 {
			b.find(Warning, d.place, "%d of %d series give no metric, %s among them: none of their labels names an object", len(without), len(kinds), without[0])
		}
	}
	for _, c := range inOrder(customs) {
		if b.set.FindCustom(c.metric.Object.Resource, c.metric.Name) != nil {
			b.find(Warning, c.place, "%s/%s is given under custom of the same file already: that one stays in force", c.metric.Object.Resource, c.metric.Name)
			continue
		}
		b.set.addCustom(c.metric)
	}
	for _, c := range inOrder(externals) {
		if b.set.FindExternal(c.metric.Name) != nil {
			b.find(Warning, c.place, "%s is given under external of the same file already: that one stays in force", c.metric.Name)
			continue
		}
		b.set.addExternal(c.metric)
	}
}

// contested reports the labels of a rule that name one resource, where no series has been found that would have them.
func (b *builder) contested(d *discovery) {
	for _, label := range slices.Sorted(maps.Keys(d.labels.overrides)) {
		n, err := find(d.labels.overrides[label], b.resources)
		if err == nil && (!d.external || n.object.Resource == Namespaces.Resource) {
			_, _ = b.label(d.place, d.labels, n.object, d.selector.ensured()) // no metric is made that the error would be about
		}
	}
}

// customs makes the metrics of a series: one for each kind of object that one of its labels names. False where none does.
func (b *builder) customs(d *discovery, at position, labels []string, into map[customKey]claim[*Custom]) bool {
	objects := map[string]Object{}
	for _, label := range labels {
		n, ok, err := d.labels.object(label, b.resources)
		if err != nil {
			b.refuse(d.place, err.Error())
		}
		if !ok {
			continue
		}
		if n.guessed {
			b.find(Info, d.place, "resources.overrides.%s: %s of group %s is not built in, and is taken to be %s; in a cluster it is looked up",
				label, d.labels.overrides[label].Resource, n.object.Resource.Group, n.object.Resource)
		}
		objects[n.object.Resource.String()] = n.object
	}
	for _, resource := range slices.Sorted(maps.Keys(objects)) {
		made, err := d.custom(at.series, objects[resource], labels, b)
		if err != nil {
			b.refuse(d.place, err.Error())
			continue
		}
		at.resource = resource
		key := customKey{made.Object.Resource, made.Name}
		take(b, into, key, resource+"/"+made.Name, claim[*Custom]{at, d.place, made})
	}
	return len(objects) > 0
}

// claim is a metric, and where it comes from.
type claim[M any] struct {
	position
	place  string
	metric M
}

// position of a metric among all: by its rule, then by its series, then by what it describes.
type position struct {
	rule             int
	series, resource string
}

// take puts a metric in the place of an earlier one.
func take[K comparable, M any](b *builder, into map[K]claim[M], key K, name string, c claim[M]) {
	if earlier, ok := into[key]; ok {
		b.find(Warning, c.place, "%s is given by the series %s of %s too: this one, of the series %s, counts, as the later rule and then the last name do; "+
			"prometheus-adapter takes the last in silence (collisions)",
			name, earlier.series, earlier.place, c.series)
	}
	into[key] = c
}

func inOrder[K comparable, M any](claims map[K]claim[M]) []claim[M] {
	return slices.SortedFunc(maps.Values(claims), func(a, b claim[M]) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.series, b.series), cmp.Compare(a.resource, b.resource))
	})
}
