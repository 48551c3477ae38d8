package prom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// Options of a Client. Zero values stand for the defaults.
type Options struct {
	// URL of the server, such as http://prometheus.monitoring:9090. Needed.
	URL string
	// Timeout of one query, waiting for its turn not included. Default 10s.
	Timeout time.Duration
	// MaxConcurrent queries at a time. Default 10: a server takes 20 by default, and it has others to serve.
	MaxConcurrent int
	// MaxBytes of one answer. Default 64 MiB.
	MaxBytes int64
	// MaxSeries of one answer. Default 250,000.
	MaxSeries int
	// Transport sends the requests. Default http.DefaultTransport.
	Transport http.RoundTripper
	// Metrics, where given, count the queries.
	Metrics *Metrics
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	api     promv1.API
	options Options
	turns   chan struct{}
}

// New makes a client. It does not try to reach the server.
func New(o Options) (*Client, error) {
	parsed, err := url.Parse(o.URL)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return nil, fmt.Errorf("the Prometheus URL %q must be like http://prometheus.monitoring:9090", o.URL)
	}
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, 10)
	o.MaxBytes = cmp.Or(o.MaxBytes, 64<<20)
	o.MaxSeries = cmp.Or(o.MaxSeries, 250_000)
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	client, err := api.NewClient(api.Config{Address: o.URL, RoundTripper: bounded{o.Transport, o.MaxBytes}})
	if err != nil {
		return nil, fmt.Errorf("the Prometheus URL %q: %w", o.URL, err)
	}
	return &Client{api: promv1.NewAPI(client), options: o, turns: make(chan struct{}, o.MaxConcurrent)}, nil
}

// Answer is what a server said.
type Answer struct {
	// Vector holds the elements; a scalar is one element without labels.
	Vector model.Vector
	// Warnings that the server gave; with any, elements may be missing.
	Warnings []string
}

// Request is one query at one instant.
type Request struct {
	// Server is the name of the connection; empty for the default one.
	Server string
	// Query in PromQL.
	Query string
	// At is the instant that the query is evaluated for.
	At time.Time
	// Lookback bounds the age of an instant's sample; 0 leaves it to the server.
	Lookback time.Duration
}

// Query asks, and waits for its turn before. The error is a sentence; an [*Error] tells its kind.
func (c *Client) Query(ctx context.Context, r Request) (Answer, error) {
	if r.Server != "" {
		return Answer{}, &Error{Kind: Refused, err: fmt.Errorf("there is no connection named %q: leave it out to use the default one", r.Server)}
	}
	select {
	case c.turns <- struct{}{}:
		defer func() { <-c.turns }()
	case <-ctx.Done():
		return Answer{}, &Error{Kind: Timeout, err: fmt.Errorf("too many queries at a time: no turn came: %w", ctx.Err())}
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	start := time.Now()
	answer, err := c.query(ctx, r)
	c.options.Metrics.observe(time.Since(start), err)
	return answer, err
}

func (c *Client) query(ctx context.Context, r Request) (Answer, error) {
	// The server truncates at the limit: one more than allowed proves that there is too much.
	options := []promv1.Option{promv1.WithLimit(uint64(c.options.MaxSeries) + 1), promv1.WithTimeout(c.options.Timeout)}
	if r.Lookback > 0 {
		options = append(options, promv1.WithLookbackDelta(r.Lookback))
	}
	value, warnings, _, err := c.api.Query(ctx, r.Query, r.At, options...)
	if err != nil {
		return Answer{}, classify(err)
	}
	if value == nil {
		return Answer{}, &Error{Kind: Malformed, err: errors.New("the answer is not one of Prometheus: it holds no result")}
	}
	vector, err := vectorOf(value)
	if err != nil {
		return Answer{}, &Error{Kind: Refused, err: err}
	}
	if len(vector) > c.options.MaxSeries {
		return Answer{}, &Error{Kind: Refused, err: fmt.Errorf("the answer has more than %d series: "+
			"narrow the query, or group by fewer labels", c.options.MaxSeries)}
	}
	return Answer{Vector: vector, Warnings: warnings}, nil
}

func vectorOf(value model.Value) (model.Vector, error) {
	switch v := value.(type) {
	case model.Vector:
		return v, nil
	case *model.Scalar:
		return model.Vector{{Metric: model.Metric{}, Value: v.Value, Timestamp: v.Timestamp}}, nil
	}
	return nil, fmt.Errorf("the answer is a %s, not a vector or a number", strings.ToLower(value.Type().String()))
}
