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

// DefaultServer is the name of the server for requests without a server name. If no server has this name, the first
// server is the default.
const DefaultServer = "default"

// Client sends queries to servers by name. It is safe for concurrent use.
type Client struct {
	servers  map[string]*connection
	names    []string
	fallback *connection
}

// New returns a client for one or more servers. It does not connect to them. Names must be unique; a server without a
// name is called default.
func New(servers ...Options) (*Client, error) {
	if len(servers) == 0 {
		return nil, errors.New("no Prometheus server is configured: configure at least one")
	}
	c := &Client{servers: make(map[string]*connection, len(servers))}
	for _, o := range servers {
		if o.Name == "" {
			o.Name = DefaultServer
		}
		if c.servers[o.Name] != nil {
			return nil, fmt.Errorf("two Prometheus servers are named %s: names must be unique", o.Name)
		}
		made, err := connect(o, len(servers) > 1)
		if err != nil {
			return nil, err
		}
		c.servers[o.Name] = made
		c.names = append(c.names, o.Name)
	}
	c.fallback = c.servers[c.names[0]]
	if named := c.servers[DefaultServer]; named != nil {
		c.fallback = named
	}
	return c, nil
}

// Servers returns the names of the servers in the configured order; none for a nil client.
func (c *Client) Servers() []string {
	if c == nil {
		return nil
	}
	return c.names
}

// server returns a server by name; the default one for an empty name.
func (c *Client) server(name string) (*connection, error) {
	if name == "" {
		return c.fallback, nil
	}
	if found := c.servers[name]; found != nil {
		return found, nil
	}
	return nil, &Error{Kind: Refused, err: fmt.Errorf("no Prometheus server is named %q: the servers are %s; "+
		"omit the name for the default server", name, strings.Join(c.names, ", "))}
}

// Request is one instant query.
type Request struct {
	// Server is the name of the server; empty for the default one.
	Server string
	// Namespace that the query belongs to, whose share of the concurrent queries and query budget it uses; empty for
	// queries of rules, which serve many namespaces.
	Namespace string
	// Tenant is the value of the tenant header of the server; empty for that of its configuration. A server without a tenant
	// header ignores it.
	Tenant string
	// Query in PromQL.
	Query string
	// Time of the evaluation.
	Time time.Time
	// Lookback for instant selectors, in whole seconds; 0 for the server's default.
	Lookback time.Duration
}

// Answer is the response of a server.
type Answer struct {
	// Vector holds the elements; a scalar is one element without labels.
	Vector model.Vector
	// Warnings of the server; with any, elements may be missing.
	Warnings []string
}

// Query sends a query once the concurrency limit allows it, and returns the response. The error is an [*Error] with its
// kind.
func (c *Client) Query(ctx context.Context, r Request) (Answer, error) {
	s, err := c.server(r.Server)
	if err != nil {
		return Answer{}, err
	}
	var answer Answer
	err = s.do(withTenant(ctx, r.Tenant), r.Namespace, "query", func(ctx context.Context, options []promv1.Option) error {
		if r.Lookback > 0 {
			options = append(options, promv1.WithLookbackDelta(wholeUnits(r.Lookback)))
		}
		value, warnings, _, err := s.api.Query(ctx, r.Query, r.Time, options...)
		if err != nil {
			return err
		}
		answer.Warnings = warnings
		answer.Vector, err = s.vectorOf(value)
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	return answer, nil
}

// vectorOf converts a result with unique label sets, and at most MaxSeries elements, to a vector.
func (c *connection) vectorOf(value model.Value) (model.Vector, error) {
	switch v := value.(type) {
	case nil:
		return nil, &Error{Kind: Malformed, err: errors.New("the response is not from the Prometheus API: it has no result")}
	case model.Vector:
		return v, c.checkSeries(len(v))
	case *model.Scalar:
		return model.Vector{{Metric: model.Metric{}, Value: v.Value, Timestamp: v.Timestamp}}, nil
	}
	return nil, &Error{Kind: Refused, err: fmt.Errorf("the result is a %s, not a vector or a scalar", strings.ToLower(value.Type().String()))}
}
