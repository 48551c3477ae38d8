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
	// messageName is the name that messages carry; empty where there is only one server.
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

// withServer adds the server's name to a problem with it.
func withServer(server string, err error) error { return fmt.Errorf("server %s: %w", server, err) }

// do waits for a turn of the namespace, or of the queries that belong to none, and asks within the time limit, which the
// server is told. The error is an [*Error].
func (c *connection) do(ctx context.Context, namespace, endpoint string, ask func(context.Context, []promv1.Option) error) error {
	queued := time.Now()
	release, err := c.concurrency.acquire(ctx, namespace)
	c.options.Metrics.observeWait(c.options.Name, namespace, time.Since(queued), err)
	if err != nil {
		if refused, ok := errors.AsType[*Error](err); ok {
			refused.Server = c.messageName
			return refused
		}
		return &Error{Kind: Timeout, Server: c.messageName, err: fmt.Errorf("too many queries at a time: no turn came: %w", err)}
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

// limits are what the server is told. The time is ours, or what the caller has left of it. The server truncates at the
// limit on series: one more than allowed proves that there is too much.
func (c *connection) limits(ctx context.Context, now time.Time) []promv1.Option {
	left := c.options.Timeout
	if deadline, ok := ctx.Deadline(); ok {
		left = max(time.Millisecond, min(left, deadline.Sub(now)))
	}
	return []promv1.Option{promv1.WithLimit(uint64(c.options.MaxSeries) + 1), promv1.WithTimeout(wholeUnits(left))}
}

// wholeUnits rounds a duration down to what servers can read: 1.5s, as the library would send it, is none to them.
func wholeUnits(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Truncate(time.Second)
	}
	return max(time.Millisecond, d.Truncate(time.Millisecond))
}

// checkSeries refuses an answer that has more than the bound.
func (c *connection) checkSeries(series int) error {
	if series <= c.options.MaxSeries {
		return nil
	}
	return &Error{Kind: LimitExceeded, err: fmt.Errorf("the answer has more than %d series: narrow the query, or group by fewer labels", c.options.MaxSeries)}
}
