package promtest

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"flyball.dev/flyball/metricsadapter/prom"
)

// Server evaluates queries over its series. It is safe for concurrent use. Create it with New.
type Server struct {
	engine *promql.Engine

	mu     sync.Mutex
	series []series
	places map[uint64]int
	// onSelect is called with each series that a query reads; nil for nothing.
	onSelect func(labels.Labels)
}

type series struct {
	labels  labels.Labels
	samples []chunks.Sample
}

// New returns a server without series.
func New() *Server {
	return &Server{places: map[uint64]int{}, engine: promql.NewEngine(promql.EngineOpts{
		MaxSamples:           50_000_000,
		Timeout:              time.Minute,
		LookbackDelta:        5 * time.Minute,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true}),
	})}
}

// Add appends a sample to a series, which pairs identifies by alternating label names and values. Times of one series
// must increase.
func (s *Server) Add(time time.Time, number float64, pairs ...string) {
	s.add(sample{t: time.UnixMilli(), f: number}, labels.FromStrings(pairs...).WithoutEmpty())
}

// End marks a series as stale, as Prometheus does when its target, or the series in it, disappears.
func (s *Server) End(time time.Time, pairs ...string) {
	s.Add(time, math.Float64frombits(value.StaleNaN), pairs...)
}

// OnSelect sets the function that is called with the labels of each series that a query reads, also where the result has
// nothing of it. Call it before the first query.
func (s *Server) OnSelect(read func(labels.Labels)) { s.onSelect = read }

func (s *Server) add(p sample, of labels.Labels) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place, ok := s.places[of.Hash()]
	if !ok {
		place = len(s.series)
		s.places[of.Hash()] = place
		s.series = append(s.series, series{labels: of})
	}
	s.series[place].samples = append(s.series[place].samples, p)
}

func (s *Server) selected(matchers []*labels.Matcher) []series {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []series
next:
	for _, one := range s.series {
		for _, m := range matchers {
			if !m.Matches(one.labels.Get(m.Name)) {
				continue next
			}
		}
		if s.onSelect != nil {
			s.onSelect(one.labels)
		}
		found = append(found, one)
	}
	return found
}

// Query evaluates a query like [prom.Client.Query]; all server names are this server.
func (s *Server) Query(ctx context.Context, r prom.Request) (prom.Answer, error) {
	query, err := s.engine.NewInstantQuery(ctx, s, promql.NewPrometheusQueryOpts(false, r.Lookback, nil), r.Query, r.Time)
	if err != nil {
		return prom.Answer{}, prom.NewError(prom.Refused, fmt.Errorf("Prometheus rejected the query: %w", err))
	}
	defer query.Close()
	result := query.Exec(ctx)
	if result.Err != nil {
		return prom.Answer{}, prom.NewError(prom.LimitExceeded, fmt.Errorf("Prometheus rejected the query: %w", result.Err))
	}
	switch v := result.Value.(type) {
	case promql.Vector:
		return prom.Answer{Vector: vectorOf(v)}, nil
	case promql.Scalar:
		return prom.Answer{Vector: model.Vector{{Metric: model.Metric{}, Value: model.SampleValue(v.V), Timestamp: model.Time(v.T)}}}, nil
	}
	return prom.Answer{}, fmt.Errorf("the answer is a %s", result.Value.Type())
}

func vectorOf(from promql.Vector) model.Vector {
	vector := make(model.Vector, len(from))
	for i, one := range from {
		vector[i] = &model.Sample{Metric: model.Metric{}, Value: model.SampleValue(one.F), Timestamp: model.Time(one.T)}
		one.Metric.Range(func(l labels.Label) { vector[i].Metric[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
		if one.H != nil {
			vector[i].Histogram = &model.SampleHistogram{}
		}
	}
	return vector
}

// sample implements [chunks.Sample] for a number.
type sample struct {
	t int64
	f float64
}

func (p sample) ST() int64                     { return 0 }
func (p sample) T() int64                      { return p.t }
func (p sample) F() float64                    { return p.f }
func (p sample) H() *histogram.Histogram       { return nil }
func (p sample) FH() *histogram.FloatHistogram { return nil }
func (p sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p sample) Copy() chunks.Sample           { return p }
