package prom

import (
	"context"
	"time"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// Names is a list of metric names, label names or label values.
type Names struct {
	// Names are unique, and mostly sorted by the server.
	Names []string
	// Warnings of the server; with any, names may be missing.
	Warnings []string
}

// SeriesNames returns the metric names of the series that match any of the selectors and have a sample since the given
// time.
func (c *Client) SeriesNames(ctx context.Context, server string, match []string, since time.Time) (Names, error) {
	return c.LabelValues(ctx, server, model.MetricNameLabel, match, since)
}

// LabelValues returns the values of a label.
func (c *Client) LabelValues(ctx context.Context, server, label string, match []string, since time.Time) (Names, error) {
	return queryNames(ctx, c, server, "label_values", func(ctx context.Context, api promv1.API, options []promv1.Option) (model.LabelValues, promv1.Warnings, error) {
		values, warnings, _, err := api.LabelValues(ctx, label, match, since, time.Time{}, options...)
		return values, warnings, err
	})
}

// LabelNames returns the names of the labels of the series that match.
func (c *Client) LabelNames(ctx context.Context, server string, match []string, since time.Time) (Names, error) {
	return queryNames(ctx, c, server, "label_names", func(ctx context.Context, api promv1.API, options []promv1.Option) (model.LabelNames, promv1.Warnings, error) {
		names, warnings, _, err := api.LabelNames(ctx, match, since, time.Time{}, options...)
		return names, warnings, err
	})
}

func queryNames[T ~[]S, S ~string](
	ctx context.Context, c *Client, server, endpoint string,
	read func(context.Context, promv1.API, []promv1.Option) (T, promv1.Warnings, error),
) (Names, error) {
	s, err := c.server(server)
	if err != nil {
		return Names{}, err
	}
	var found Names
	err = s.do(ctx, "", endpoint, func(ctx context.Context, options []promv1.Option) error {
		names, warnings, err := read(ctx, s.api, options)
		if err != nil {
			return err
		}
		if err := s.checkSeries(len(names)); err != nil {
			return err
		}
		found = Names{Names: make([]string, len(names)), Warnings: warnings}
		for i, name := range names {
			found.Names[i] = string(name)
		}
		return nil
	})
	if err != nil {
		return Names{}, err
	}
	return found, nil
}

// Series is a list of series.
type Series struct {
	// Labels of each series, including its name.
	Labels []model.LabelSet
	// Warnings of the server; with any, series may be missing.
	Warnings []string
}

// Series returns the series that match any of the selectors and have a sample since the given time.
func (c *Client) Series(ctx context.Context, server string, match []string, since time.Time) (Series, error) {
	s, err := c.server(server)
	if err != nil {
		return Series{}, err
	}
	var found Series
	err = s.do(ctx, "", "series", func(ctx context.Context, options []promv1.Option) error {
		labels, warnings, _, err := s.api.Series(ctx, match, since, time.Time{}, options...)
		if err != nil {
			return err
		}
		found = Series{Labels: labels, Warnings: warnings}
		return s.checkSeries(len(labels))
	})
	if err != nil {
		return Series{}, err
	}
	return found, nil
}
