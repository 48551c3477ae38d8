package promtest

import (
	"cmp"
	"context"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// Querier implements [storage.Queryable].
func (s *Server) Querier(from, to int64) (storage.Querier, error) { return querier{s, from, to}, nil }

type querier struct {
	server   *Server
	from, to int64
}

// Select implements [storage.Querier].
func (q querier) Select(_ context.Context, sorted bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	var found []storage.Series
	for _, s := range q.server.selected(matchers) {
		first, _ := slices.BinarySearchFunc(s.samples, q.from, byTime)
		behind, _ := slices.BinarySearchFunc(s.samples, q.to+1, byTime)
		found = append(found, storage.NewListSeries(s.labels, s.samples[first:behind]))
	}
	if sorted {
		slices.SortFunc(found, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	}
	return &set{series: found, index: -1}
}

func byTime(s chunks.Sample, t int64) int { return cmp.Compare(s.T(), t) }

// LabelValues implements [storage.LabelQuerier]; the engine needs none.
func (querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// LabelNames implements [storage.LabelQuerier]; the engine needs none.
func (querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// Close implements [storage.Querier].
func (querier) Close() error { return nil }

type set struct {
	series []storage.Series
	index  int
}

func (s *set) Next() bool                        { s.index++; return s.index < len(s.series) }
func (s *set) At() storage.Series                { return s.series[s.index] }
func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }
