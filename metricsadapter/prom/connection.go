package prom

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// connection is to one server.
type connection struct {
	api         promv1.API
	options     Options
	concurrency *concurrencyLimit
	// messageName is the server name in messages; empty where only one server is configured.
	messageName string
}

func connect(o Options, oneOfSeveral bool) (*connection, error) {
	c := &connection{}
	if oneOfSeveral {
		c.messageName = o.Name
	}
	if err := CheckURL(o.URL); err != nil {
		return nil, withServer(o.Name, err)
	}
	o.setDefaults()
	client, err := newHTTPClient(o)
	if err != nil {
		return nil, withServer(o.Name, err)
	}
	plain, err := api.NewClient(api.Config{Address: o.URL, Client: client})
	if err != nil {
		return nil, withServer(o.Name, err)
	}
	c.api = promv1.NewAPI(apiClient{Client: plain, useGET: o.Get, params: o.Params})
	c.options = o
	c.concurrency = newConcurrencyLimit(&o)
	return c, nil
}

// withServer adds the server's name to an error.
func withServer(server string, err error) error { return fmt.Errorf("server %s: %w", server, err) }

// do waits for the concurrency limit of the namespace, or of queries without a namespace, and sends the request with a
// timeout, which the server receives as a parameter. The error is an [*Error].
func (c *connection) do(ctx context.Context, namespace, endpoint string, ask func(context.Context, []promv1.Option) error) error {
	queued := time.Now()
	release, err := c.concurrency.acquire(ctx, namespace)
	c.options.Metrics.observeWait(c.options.Name, namespace, time.Since(queued), err)
	if err != nil {
		if refused, ok := errors.AsType[*Error](err); ok {
			refused.Server = c.messageName
			return refused
		}
		return &Error{Kind: Timeout, Server: c.messageName, err: fmt.Errorf("too many concurrent queries: the query was not started: %w", err)}
	}
	defer release()
	start := time.Now()
	limits := c.limits(ctx, start)
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	err = ask(ctx, limits)
	if err != nil {
		failed := classify(err)
		failed.Server = c.messageName
		err = failed
	}
	c.options.Metrics.observe(c.options.Name, endpoint, time.Since(start), err)
	return err
}

// limits are the parameters that the server receives. The timeout is ours, or the remaining time of the caller. The
// server truncates the result at the series limit, so that one series more than allowed shows an excess.
func (c *connection) limits(ctx context.Context, now time.Time) []promv1.Option {
	left := c.options.Timeout
	if deadline, ok := ctx.Deadline(); ok {
		left = max(time.Millisecond, min(left, deadline.Sub(now)))
	}
	return []promv1.Option{promv1.WithLimit(uint64(c.options.MaxSeries) + 1), promv1.WithTimeout(wholeUnits(left))}
}

// wholeUnits rounds a duration down to a form that servers parse: the library would send 1.5s, which they reject.
func wholeUnits(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Truncate(time.Second)
	}
	return max(time.Millisecond, d.Truncate(time.Millisecond))
}

// checkSeries rejects a result with more series than the limit.
func (c *connection) checkSeries(series int) error {
	if series <= c.options.MaxSeries {
		return nil
	}
	return &Error{Kind: LimitExceeded, err: fmt.Errorf("the result has more than %d series: restrict the query, or group by fewer labels", c.options.MaxSeries)}
}
