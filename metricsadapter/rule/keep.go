package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// keeping says which matchers of seriesQuery stay in a query. A matcher is in each selector of the query or in none:
// a filtered sum over an unfiltered one is a wrong number. prometheus-adapter uses seriesQuery for discovery only, so none
// of its matchers is in its queries.
//
// A matcher stays where it fits for certain: where every selector reads the rule's own series, or others of the same
// histogram or summary, which have the same labels, takes <<.LabelMatchers>>, and has no matcher on that label.
type keeping struct {
	// everywhere are put into each selector; namespaces into each that has no matcher on their label.
	everywhere, namespaces []*labels.Matcher
	// nowhere are in no selector, for the reason why.
	nowhere []*labels.Matcher
	why     string
	// selectors counts those of the query.
	selectors int
}

// keep decides it for a form of the query.
func (t *templated) keep(form expr.Form) keeping {
	reads := form.Reads()
	k := keeping{selectors: len(reads)}
	for _, m := range t.selector.onLabels() {
		switch {
		case (m.Name == t.namespace || m.Name == t.object) && present(m): // the query asks for that anyway
		case m.Name == t.rowNamespace && t.rowNamespace != "":
			// <<.LabelMatchers>> has a matcher on that label, so that every selector that takes it has the label.
			k.namespaces = append(k.namespaces, m)
		default:
			k.place(m, t.series, reads)
		}
	}
	return k
}

// present says that a matcher asks for a label of any value.
func present(m *labels.Matcher) bool { return m.Type == labels.MatchNotEqual && m.Value == "" }

// place keeps a matcher in each selector, or in none and says why. One on a label on which each selector has a matcher is
// left to the query without a word.
func (k *keeping) place(m *labels.Matcher, series string, reads []expr.Read) {
	own, why := 0, ""
	for _, read := range reads {
		reason := unfit(m, series, read)
		if slices.Contains(read.On, m.Name) {
			own++
			reason = fmt.Sprintf("%s has its own matcher on %s", shown(read), m.Name)
		}
		if why == "" {
			why = reason
		}
	}
	switch {
	case own == len(reads):
	case why == "":
		k.everywhere = append(k.everywhere, m)
	default:
		k.nowhere = append(k.nowhere, m)
		if k.why == "" {
			k.why = why
		}
	}
}

// unfit says why a matcher on the labels of a series may not fit a selector; empty where it fits.
func unfit(m *labels.Matcher, series string, read expr.Read) string {
	switch {
	case !slices.Contains(read.On, ours.matchers):
		return shown(read) + " takes no <<.LabelMatchers>>"
	case read.Metric == series:
		return ""
	case read.Metric == "" || family(read.Metric) != family(series):
		return fmt.Sprintf("%s reads other series, which may not have the same labels", shown(read))
	case m.Name == labels.BucketLabel || m.Name == "quantile":
		return fmt.Sprintf("%s has no label %s", shown(read), m.Name)
	}
	return ""
}

// family is the name that the series of a histogram or a summary have in common.
func family(series string) string {
	for _, suffix := range []string{"_sum", "_count", "_bucket"} {
		if base, found := strings.CutSuffix(series, suffix); found {
			return base
		}
	}
	return series
}

// shown is a selector for people, without marks.
func shown(read expr.Read) string {
	if read.Metric != "" {
		return read.Metric
	}
	return ours.readable(read.Selector, nil)
}

// matchers are those for a selector that has matchers on some labels already.
func (k keeping) matchers(on []string) []*labels.Matcher {
	all := slices.Clone(k.everywhere)
	for _, m := range k.namespaces {
		if !slices.Contains(on, m.Name) {
			all = append(all, m)
		}
	}
	return all
}

// report says what becomes of seriesQuery's matchers where that is not plain: in a query of several selectors, or where
// none of them stays. Labels that name objects are left out: that a series has them is what it was found by.
func (b *builder) report(d *discovery, metric string, k keeping) {
	tells := func(m *labels.Matcher) bool { _, names := d.labels.overrides[m.Name]; return !names || !present(m) }
	everywhere, nowhere := texts(k.everywhere, tells), texts(k.nowhere, tells)
	filters := texts(k.nowhere, func(m *labels.Matcher) bool { return !present(m) })
	if everywhere != "" && k.selectors > 1 {
		b.find(Info, d.place, "%s: seriesQuery's matchers %s apply to each selector of the query, so that all of its parts read the same series; "+
			"prometheus-adapter applies them to none (seriesQuery's matchers)", metric, everywhere)
	}
	switch {
	case nowhere == "" || filters == "" && k.selectors < 2:
	case filters == "":
		b.find(Info, d.place, notApplied, metric, nowhere, k.why)
	default:
		b.find(Warning, d.place, notApplied, metric, nowhere, k.why)
	}
}

const notApplied = "%s: seriesQuery's matchers %s apply to no selector of the query, as with prometheus-adapter, because %s: " +
	"write them into metricsQuery where they are to apply (seriesQuery's matchers)"

// texts writes the matchers that are picked.
func texts(matchers []*labels.Matcher, picked func(*labels.Matcher) bool) string {
	var all []string
	for _, m := range matchers {
		if picked(m) {
			all = append(all, m.String())
		}
	}
	return strings.Join(all, ",")
}
