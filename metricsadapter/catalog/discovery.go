package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	promlabels "github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Finder returns series names and labels from Prometheus; a [*prom.Client] does.
type Finder interface {
	SeriesNames(ctx context.Context, server string, match []string, since time.Time) (prom.Names, error)
	LabelNames(ctx context.Context, server string, match []string, since time.Time) (prom.Names, error)
}

const (
	// maxNames that one selector may return: each is a separate metric, and requires a separate query for its labels.
	maxNames = 2000
	// labelsPeriods is the number of periods that labels are cached, because they change rarely.
	labelsPeriods = 10
	// seriesLookback is how long series are found after their last sample, so that a metric outlives a restart of its
	// target.
	seriesLookback = 10 * time.Minute
)

// discovery queries series, and keeps the last results. One goroutine uses it at a time.
type discovery struct {
	finder  Finder
	every   time.Duration
	answers map[string]*discoveryResult
}

// discoveryResult is the result of a selector.
type discoveryResult struct {
	// series are by name. They remain when a query fails.
	series []rule.Series
	// labels of each name, with the time of their query.
	labels map[string]cachedLabels
	// answered is the time of the last successful query; zero if none succeeded.
	answered time.Time
	// problem is the reason why the last query failed; empty when it succeeded.
	problem string
}

type cachedLabels struct {
	names []string
	asked time.Time
}

// run queries each selector. A selector that fails keeps its last result, and does not affect the others.
func (d *discovery) run(ctx context.Context, selectors []string) {
	kept := make(map[string]*discoveryResult, len(selectors))
	for _, selector := range selectors {
		f := d.answers[selector]
		if f == nil {
			f = &discoveryResult{labels: map[string]cachedLabels{}}
		}
		kept[selector] = f
		now := time.Now()
		series, err := d.series(ctx, f, selector, now)
		if err != nil {
			f.problem = err.Error()
			continue
		}
		f.series, f.answered, f.problem = series, now, ""
	}
	d.answers = kept
}

func (d *discovery) series(ctx context.Context, f *discoveryResult, selector string, now time.Time) ([]rule.Series, error) {
	since := now.Add(-max(seriesLookback, 2*d.every))
	names, err := d.finder.SeriesNames(ctx, "", []string{selector}, since)
	if err != nil {
		return nil, err
	}
	if len(names.Names) > maxNames {
		return nil, fmt.Errorf("%s matches %d series names, more than the limit of %d per rule: restrict seriesQuery",
			selector, len(names.Names), maxNames)
	}
	if len(names.Warnings) > 0 {
		// Names may be missing: earlier series may still exist.
		for _, s := range f.series {
			names.Names = append(names.Names, s.Name)
		}
	}
	slices.Sort(names.Names)
	series := []rule.Series{}
	for _, name := range slices.Compact(names.Names) {
		labels, err := d.labelsOf(ctx, f, selector, name, since, now)
		if err != nil {
			return nil, fmt.Errorf("the labels of %s: %w", name, err)
		}
		series = append(series, rule.Series{Name: name, Labels: labels})
	}
	return series, nil
}

// labelsOf returns the labels of the series with a name, without __name__.
func (d *discovery) labelsOf(ctx context.Context, f *discoveryResult, selector, name string, since, now time.Time) ([]string, error) {
	if known, ok := f.labels[name]; ok && now.Sub(known.asked) < labelsPeriods*d.every {
		return known.names, nil
	}
	one, err := withName(selector, name)
	if err != nil {
		return nil, err
	}
	answer, err := d.finder.LabelNames(ctx, "", []string{one}, since)
	if err != nil {
		return nil, err
	}
	names := slices.DeleteFunc(answer.Names, func(label string) bool { return label == model.MetricNameLabel })
	slices.Sort(names)
	f.labels[name] = cachedLabels{names, now}
	return names, nil
}

// withName restricts a selector to the series of one name.
func withName(selector, name string) (string, error) {
	e, _, err := expr.ParseSelector(selector)
	if err != nil {
		return "", err
	}
	matcher, err := promlabels.NewMatcher(promlabels.MatchEqual, model.MetricNameLabel, name)
	if err != nil {
		return "", fmt.Errorf("the name %q cannot be matched: %w", name, err)
	}
	if e, err = e.WithMatchers(matcher); err != nil {
		return "", err
	}
	return e.String(), nil
}

// wait is the time until the next run: a failure is retried soon.
func (d *discovery) wait() time.Duration {
	for _, f := range d.answers {
		if f.problem != "" {
			return min(d.every, 10*time.Second)
		}
	}
	return d.every
}

// results returns the series by selector, without selectors that never succeeded.
func (d *discovery) results() map[string][]rule.Series {
	results := map[string][]rule.Series{}
	for selector, f := range d.answers {
		if !f.answered.IsZero() {
			results[selector] = f.series
		}
	}
	return results
}

// reports returns the state of each selector, sorted.
func (d *discovery) reports() []DiscoveryReport {
	reports := make([]DiscoveryReport, 0, len(d.answers))
	for selector, f := range d.answers {
		r := DiscoveryReport{Selector: selector, Found: len(f.series), Problem: f.problem}
		if !f.answered.IsZero() {
			answered := f.answered
			r.Answered = &answered
		}
		reports = append(reports, r)
	}
	slices.SortFunc(reports, func(a, b DiscoveryReport) int { return cmp.Compare(a.Selector, b.Selector) })
	return reports
}
