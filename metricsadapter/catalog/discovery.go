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

// Finder tells which series a Prometheus has; a [*prom.Client] does.
type Finder interface {
	SeriesNames(ctx context.Context, server string, match []string, since time.Time) (prom.Names, error)
	LabelNames(ctx context.Context, server string, match []string, since time.Time) (prom.Names, error)
}

const (
	// maxNames that one selector may find: each is a metric of its own, and its labels are a question of their own.
	maxNames = 2000
	// labelsPeriods for so many rounds, because the labels of a series hardly change, while new names do come.
	labelsPeriods = 10
	// seriesLookback for so long after their last sample, so that a metric outlives a restart of what exposes it.
	seriesLookback = 10 * time.Minute
)

// discovery asks which series there are, and keeps what it was last told. One goroutine uses it at a time.
type discovery struct {
	finder  Finder
	every   time.Duration
	answers map[string]*discoveryResult
}

// discoveryResult is what a selector found.
type discoveryResult struct {
	// series are by name. They stay when asking fails.
	series []rule.Series
	// labels of each name, and when they were asked for.
	labels map[string]cachedLabels
	// answered is when Prometheus last answered; zero if it never did.
	answered time.Time
	// problem says why it did not the last time; empty when it did.
	problem string
}

type cachedLabels struct {
	names []string
	asked time.Time
}

// run asks about each selector. One that fails keeps what it had found, and its neighbours are asked all the same.
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
		return nil, fmt.Errorf("%s finds %d names of series, more than the %d that one rule may make metrics of: narrow seriesQuery",
			selector, len(names.Names), maxNames)
	}
	if len(names.Warnings) > 0 {
		// Names may be missing: what was there before may be there still.
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

// labelsOf gives the labels of the series of a name, without __name__.
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

// withName narrows a selector to the series of one name.
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

// wait is the time until the next round: a failure is tried again soon.
func (d *discovery) wait() time.Duration {
	for _, f := range d.answers {
		if f.problem != "" {
			return min(d.every, 10*time.Second)
		}
	}
	return d.every
}

// results gives what was found, by selector, without those that were never answered.
func (d *discovery) results() map[string][]rule.Series {
	results := map[string][]rule.Series{}
	for selector, f := range d.answers {
		if !f.answered.IsZero() {
			results[selector] = f.series
		}
	}
	return results
}

// reports tells how asking went, sorted.
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
