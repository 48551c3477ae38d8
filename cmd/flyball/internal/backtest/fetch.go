package backtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/cmd/flyball/internal/progress"
	"flyball.dev/flyball/metricsadapter/prom"
)

const (
	// mostQueries of a backtest. Chunks grow with the number of series, so that it holds.
	mostQueries = 180
	// chunkPoints are the points of a chunk, and mostChunkPoints the most that a Prometheus server returns, less a margin.
	chunkPoints, mostChunkPoints = 1440, 10_000
	// mostPoints of a series: a week of values each 30 seconds. The step grows with a longer time.
	mostPoints = 20_160
	// startUpStep is the distance of the queries for ready times, and nodesStep that of the queries for nodes.
	startUpStep, nodesStep = 5 * time.Minute, time.Hour
)

// job is one range query.
type job struct {
	series     *plannedSeries
	start, end time.Time
	step       time.Duration
}

// jobs are the queries that the recording still needs, by time.
func (r *recording) jobs() []job {
	length := chunkPoints
	total := int(r.End.Sub(r.Start) / r.step)
	if least := (total*len(r.Series) + mostQueries - 1) / mostQueries; least > length {
		length = min(least, mostChunkPoints)
	}
	every := time.Duration(length) * r.step
	var jobs []job
	add := func(j job) {
		if !r.have[chunkKey{j.series.Name, j.start.UnixMilli()}] {
			jobs = append(jobs, j)
		}
	}
	for start := r.Start; start.Before(r.End); start = start.Add(every) {
		end := start.Add(every)
		if end.After(r.End) {
			end = r.End
		}
		for i := range r.Series {
			if s := &r.Series[i]; s.Name != nodesSeries { // of which a query has the whole time
				add(job{s, start, end, r.stepOf(s.Name)})
			}
		}
	}
	for i := range r.Series {
		if s := &r.Series[i]; s.Name == nodesSeries {
			add(job{s, r.Start, r.End, r.stepOf(s.Name)})
		}
	}
	return jobs
}

// fetcher runs the queries of a recording.
type fetcher struct {
	client      *prom.Client
	concurrency int
	progress    *progress.Progress
	sent        int
}

// fetch runs the missing queries, a few at a time, and saves each answer. After an error it starts no more queries.
func (f *fetcher) fetch(ctx context.Context, r *recording) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := r.jobs()
	queue := make(chan job)
	go func() {
		defer close(queue)
		for _, j := range jobs {
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	var mu sync.Mutex
	var failed error
	done := 0
	f.sent = len(jobs)
	var workers sync.WaitGroup
	for range min(f.concurrency, len(jobs)) {
		workers.Go(func() {
			for j := range queue {
				c, err := f.ask(ctx, &j)
				mu.Lock()
				if err == nil {
					err = r.save(c)
				}
				if err != nil {
					if failed == nil {
						failed = fmt.Errorf("series %s from %s: %w", j.series.Name, j.start.UTC().Format(time.RFC3339), err)
					}
					cancel()
				} else {
					r.add(c)
					done++
					f.progress.Left("of the queries", float64(done)/float64(len(jobs)))
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	f.progress.End()
	if failed == nil {
		failed = ctx.Err()
	}
	if failed != nil && r.file != nil {
		return fmt.Errorf("%d of %d queries are saved in %s; the same command continues: %w", done, len(jobs), r.file.Name(), failed)
	}
	return failed
}

// attempts of a query that a busy server did not answer.
const attempts = 3

// ask sends the query of a job.
func (f *fetcher) ask(ctx context.Context, j *job) (*chunk, error) {
	var answer prom.RangeAnswer
	var err error
	for range attempts {
		answer, err = f.client.QueryRange(ctx, prom.RangeRequest{Query: j.series.Query, Start: j.start, End: j.end.Add(-1), Step: j.step})
		if failure, ok := errors.AsType[*prom.Error](err); !ok || failure.Kind != prom.Timeout && failure.Kind != prom.Unreachable || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if len(answer.Warnings) > 0 {
		return nil, fmt.Errorf("the server returned a part only: %v", answer.Warnings)
	}
	return j.chunk(answer.Matrix)
}

// chunk converts the answer of a job.
func (j *job) chunk(matrix model.Matrix) (*chunk, error) {
	c := &chunk{Series: j.series.Name, Start: j.start}
	if j.series.byPod() {
		c.Pods = map[string]float64{}
		for _, stream := range matrix {
			for _, v := range stream.Values {
				pod := string(stream.Metric["pod"])
				if before, known := c.Pods[pod]; v.Value >= 0 && (!known || float64(v.Value) < before) {
					c.Pods[pod] = float64(v.Value)
				}
			}
		}
		return c, nil
	}
	if len(matrix) > 1 {
		return nil, fmt.Errorf("the query has %d series: it must have one, as with sum(...): %s", len(matrix), j.series.Query)
	}
	c.Values = make([]*float64, int((j.end.Sub(j.start)+j.step-1)/j.step))
	for _, stream := range matrix {
		for _, v := range stream.Values {
			if i := int(v.Timestamp.Time().Sub(j.start) / j.step); i >= 0 && i < len(c.Values) {
				c.Values[i] = known(float64(v.Value))
			}
		}
	}
	return c, nil
}
