package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// seriesMatchers says which matchers of seriesQuery stay in a query. A matcher is in each selector of the query or in none:
// a filtered sum over an unfiltered one is a wrong number. prometheus-adapter uses seriesQuery for discovery only, so none
// of its matchers is in its queries.
//
// A matcher stays where it fits for certain: where every selector reads the rule's own series, or others of the same
// histogram or summary, which have the same labels, takes <<.LabelMatchers>>, and has no matcher on that label.
type seriesMatchers struct {
	// inEverySelector are put into each selector; namespaces into each that has no matcher on their label.
	inEverySelector, namespaces []*labels.Matcher
	// inNoSelector are in no selector, for the reason why.
	inNoSelector []*labels.Matcher
	reason       string
	// selectors counts those of the query.
	selectors int
}

// placeSeriesMatchers decides it for a form of the query.
func (t *templateQuery) placeSeriesMatchers(form expr.Template) seriesMatchers {
	reads := form.Selectors()
	k := seriesMatchers{selectors: len(reads)}
	for _, m := range t.selector.onLabels() {
		switch {
		case (m.Name == t.namespace || m.Name == t.object) && matchesAnyValue(m): // the query asks for that anyway
		case m.Name == t.rowNamespace && t.rowNamespace != "":
			// <<.LabelMatchers>> has a matcher on that label, so that every selector that takes it has the label.
			k.namespaces = append(k.namespaces, m)
		default:
			k.place(m, t.series, reads)
		}
	}
	return k
}

// matchesAnyValue says that a matcher asks for a label of any value.
func matchesAnyValue(m *labels.Matcher) bool { return m.Type == labels.MatchNotEqual && m.Value == "" }

// place keeps a matcher in each selector, or in none and says why. One on a label on which each selector has a matcher is
// left to the query without a word.
func (k *seriesMatchers) place(m *labels.Matcher, series string, reads []expr.Selector) {
	own, why := 0, ""
	for _, read := range reads {
		reason := mismatchReason(m, series, read)
		if slices.Contains(read.MatchedLabels, m.Name) {
			own++
			reason = fmt.Sprintf("%s has its own matcher on %s", selectorText(read), m.Name)
		}
		if why == "" {
			why = reason
		}
	}
	switch {
	case own == len(reads):
	case why == "":
		k.inEverySelector = append(k.inEverySelector, m)
	default:
		k.inNoSelector = append(k.inNoSelector, m)
		if k.reason == "" {
			k.reason = why
		}
	}
}

// mismatchReason says why a matcher on the labels of a series may not fit a selector; empty where it fits.
func mismatchReason(m *labels.Matcher, series string, read expr.Selector) string {
	switch {
	case !slices.Contains(read.MatchedLabels, primaryPlaceholders.matchers):
		return selectorText(read) + " takes no <<.LabelMatchers>>"
	case read.Metric == series:
		return ""
	case read.Metric == "" || family(read.Metric) != family(series):
		return fmt.Sprintf("%s reads other series, which may not have the same labels", selectorText(read))
	case m.Name == labels.BucketLabel || m.Name == "quantile":
		return fmt.Sprintf("%s has no label %s", selectorText(read), m.Name)
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

// selectorText is a selector for people, without marks.
func selectorText(read expr.Selector) string {
	if read.Metric != "" {
		return read.Metric
	}
	return primaryPlaceholders.display(read.Text, nil)
}

// forSelector are those for a selector that has matchers on some labels already.
func (k seriesMatchers) forSelector(on []string) []*labels.Matcher {
	all := slices.Clone(k.inEverySelector)
	for _, m := range k.namespaces {
		if !slices.Contains(on, m.Name) {
			all = append(all, m)
		}
	}
	return all
}

// reportSeriesMatchers says what becomes of seriesQuery's matchers where that is not plain: in a query of several selectors, or where
// none of them stays. Labels that name objects are left out: that a series has them is what it was found by.
func (b *builder) reportSeriesMatchers(d *discoveryRule, metric string, k seriesMatchers) {
	tells := func(m *labels.Matcher) bool {
		_, names := d.labels.overrides[m.Name]
		return !names || !matchesAnyValue(m)
	}
	everywhere, nowhere := joinMatchers(k.inEverySelector, tells), joinMatchers(k.inNoSelector, tells)
	filters := joinMatchers(k.inNoSelector, func(m *labels.Matcher) bool { return !matchesAnyValue(m) })
	if everywhere != "" && k.selectors > 1 {
		b.addFinding(Info, d.place, "%s: seriesQuery's matchers %s apply to each selector of the query, so that all of its parts read the same series; "+
			"prometheus-adapter applies them to none (seriesQuery's matchers)", metric, everywhere)
	}
	switch {
	case nowhere == "" || filters == "" && k.selectors < 2:
	case filters == "":
		b.addFinding(Info, d.place, notApplied, metric, nowhere, k.reason)
	default:
		b.addFinding(Warning, d.place, notApplied, metric, nowhere, k.reason)
	}
}

const notApplied = "%s: seriesQuery's matchers %s apply to no selector of the query, as with prometheus-adapter, because %s: " +
	"write them into metricsQuery where they are to apply (seriesQuery's matchers)"

// joinMatchers writes the matchers that are picked.
func joinMatchers(matchers []*labels.Matcher, picked func(*labels.Matcher) bool) string {
	var all []string
	for _, m := range matchers {
		if picked(m) {
			all = append(all, m.String())
		}
	}
	return strings.Join(all, ",")
}
