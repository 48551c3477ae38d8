package prom

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// RangeRequest is one range query.
type RangeRequest struct {
	// Server is the name of the server; empty for the default one. Tenant is as in [Request].
	Server, Tenant string
	// Query in PromQL.
	Query string
	// Start and End are the first and the last time of the evaluation, and Step the distance of the times between.
	Start, End time.Time
	Step       time.Duration
}

// RangeAnswer is the response to a range query.
type RangeAnswer struct {
	Matrix model.Matrix
	// Warnings of the server; with any, series may be missing.
	Warnings []string
}

// QueryRange sends a range query once the concurrency limit allows it. The error is an [*Error] with its kind.
func (c *Client) QueryRange(ctx context.Context, r RangeRequest) (RangeAnswer, error) {
	s, err := c.server(r.Server)
	if err != nil {
		return RangeAnswer{}, err
	}
	var answer RangeAnswer
	err = s.do(withTenant(ctx, r.Tenant), "", "query_range", func(ctx context.Context, options []promv1.Option) error {
		value, warnings, _, err := s.api.QueryRange(ctx, r.Query, promv1.Range{Start: r.Start, End: r.End, Step: r.Step}, options...)
		if err != nil {
			return err
		}
		answer.Warnings = warnings
		answer.Matrix, err = s.matrixOf(value)
		return err
	})
	if err != nil {
		return RangeAnswer{}, err
	}
	return answer, nil
}

func (c *connection) matrixOf(value model.Value) (model.Matrix, error) {
	switch v := value.(type) {
	case nil:
		return nil, &Error{Kind: Malformed, err: errors.New("the response is not from the Prometheus API: it has no result")}
	case model.Matrix:
		return v, c.checkSeries(len(v))
	}
	return nil, &Error{Kind: Refused, err: fmt.Errorf("the result is a %s, not a matrix", strings.ToLower(value.Type().String()))}
}
