package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// seriesMatchers are the matchers of seriesQuery that remain in a query. A matcher is in each selector of the query or
// in none, because the ratio of a filtered to an unfiltered sum is wrong. prometheus-adapter uses seriesQuery for
// discovery only, and none of its matchers in queries.
//
// A matcher remains where it certainly applies: where every selector reads the rule's series, or another series of the
// same histogram or summary, which have the same labels, takes <<.LabelMatchers>>, and has no matcher on that label.
type seriesMatchers struct {
	// inEverySelector are added to each selector; namespaces to each without a matcher on their label.
	inEverySelector, namespaces []*labels.Matcher
	// inNoSelector are in no selector, for the reason.
	inNoSelector []*labels.Matcher
	reason       string
	// selectors is the number of selectors of the query.
	selectors int
}

// placeSeriesMatchers decides for a query which matchers remain.
func (t *templateQuery) placeSeriesMatchers(form expr.Template) seriesMatchers {
	reads := form.Selectors()
	k := seriesMatchers{selectors: len(reads)}
	for _, m := range t.selector.onLabels() {
		switch {
		case (m.Name == t.namespace || m.Name == t.object) && matchesAnyValue(m): // the query requires the label anyway
		case m.Name == t.rowNamespace && t.rowNamespace != "":
			// <<.LabelMatchers>> has a matcher on that label, so that every selector that takes it has the label.
			k.namespaces = append(k.namespaces, m)
		default:
			k.place(m, t.series, reads)
		}
	}
	return k
}

// matchesAnyValue reports whether a matcher requires a label with any value.
func matchesAnyValue(m *labels.Matcher) bool { return m.Type == labels.MatchNotEqual && m.Value == "" }

// place adds a matcher to each selector, or to none with the reason. A matcher on a label on which each selector
// already has a matcher is dropped.
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

// mismatchReason states why a matcher on the labels of a series may not apply to a selector; empty where it applies.
func mismatchReason(m *labels.Matcher, series string, read expr.Selector) string {
	switch {
	case !slices.Contains(read.MatchedLabels, primaryPlaceholders.matchers):
		return selectorText(read) + " takes no <<.LabelMatchers>>"
	case read.Metric == series:
		return ""
	case read.Metric == "" || family(read.Metric) != family(series):
		return fmt.Sprintf("%s selects other series, which may have different labels", selectorText(read))
	case m.Name == labels.BucketLabel || m.Name == "quantile":
		return fmt.Sprintf("%s has no label %s", selectorText(read), m.Name)
	}
	return ""
}

// family returns the common name of the series of a histogram or a summary.
func family(series string) string {
	for _, suffix := range []string{"_sum", "_count", "_bucket"} {
		if base, found := strings.CutSuffix(series, suffix); found {
			return base
		}
	}
	return series
}

// selectorText returns a selector for messages, without placeholders.
func selectorText(read expr.Selector) string {
	if read.Metric != "" {
		return read.Metric
	}
	return primaryPlaceholders.display(read.Text, nil)
}

// forSelector returns the matchers for a selector that already has matchers on some labels.
func (k seriesMatchers) forSelector(on []string) []*labels.Matcher {
	all := slices.Clone(k.inEverySelector)
	for _, m := range k.namespaces {
		if !slices.Contains(on, m.Name) {
			all = append(all, m)
		}
	}
	return all
}

// reportSeriesMatchers reports the use of seriesQuery's matchers where it is not obvious: in a query of several
// selectors, or where none remains. Labels that identify objects are omitted: discovery requires them.
func (b *builder) reportSeriesMatchers(d *discoveryRule, metric string, k seriesMatchers) {
	tells := func(m *labels.Matcher) bool {
		_, names := d.labels.overrides[m.Name]
		return !names || !matchesAnyValue(m)
	}
	everywhere, nowhere := joinMatchers(k.inEverySelector, tells), joinMatchers(k.inNoSelector, tells)
	filters := joinMatchers(k.inNoSelector, func(m *labels.Matcher) bool { return !matchesAnyValue(m) })
	if everywhere != "" && k.selectors > 1 {
		b.addFinding(Info, d.place, "%s: seriesQuery's matchers %s apply to each selector of the query, so that all selectors read the same series; "+
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
	"add them to metricsQuery where they must apply (seriesQuery's matchers)"

// joinMatchers formats the selected matchers.
func joinMatchers(matchers []*labels.Matcher, picked func(*labels.Matcher) bool) string {
	var all []string
	for _, m := range matchers {
		if picked(m) {
			all = append(all, m.String())
		}
	}
	return strings.Join(all, ",")
}
