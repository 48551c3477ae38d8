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

// DefaultServer is the name of the server that is asked where a request names none. Where none has it, the first is.
const DefaultServer = "default"

// Client asks servers by their names. It is safe for concurrent use.
type Client struct {
	servers  map[string]*connection
	names    []string
	fallback *connection
}

// New makes a client of one or more servers. It does not try to reach them. Each needs a name of its own; one that has
// none is called default.
func New(servers ...Options) (*Client, error) {
	if len(servers) == 0 {
		return nil, errors.New("there is no Prometheus server to ask: name one at least")
	}
	c := &Client{servers: make(map[string]*connection, len(servers))}
	for _, o := range servers {
		if o.Name == "" {
			o.Name = DefaultServer
		}
		if c.servers[o.Name] != nil {
			return nil, fmt.Errorf("two Prometheus servers are called %s: give each a name of its own", o.Name)
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

// Servers lists the names of the servers, in the order in which they were given. No client has none.
func (c *Client) Servers() []string {
	if c == nil {
		return nil
	}
	return c.names
}

// server finds a server; empty is the default one.
func (c *Client) server(name string) (*connection, error) {
	if name == "" {
		return c.fallback, nil
	}
	if found := c.servers[name]; found != nil {
		return found, nil
	}
	return nil, &Error{Kind: Refused, err: fmt.Errorf("there is no Prometheus server named %q: there is %s; "+
		"leave the name out for the default one", name, strings.Join(c.names, ", "))}
}

// Request is one query at one instant.
type Request struct {
	// Server is the name of the server; empty for the default one.
	Server string
	// Namespace that the query belongs to, whose share of the turns and budget of query time it uses; empty for a query of
	// the operator's, which serves many.
	Namespace string
	// Query in PromQL.
	Query string
	// Time is the instant that the query is evaluated for.
	Time time.Time
	// Lookback bounds the age of an instant's sample, in whole seconds; 0 leaves it to the server.
	Lookback time.Duration
}

// Answer is what a server said.
type Answer struct {
	// Vector holds the elements; a scalar is one element without labels.
	Vector model.Vector
	// Warnings that the server gave; with any, elements may be missing.
	Warnings []string
}

// Query asks, and waits for its turn before. The error is a sentence; an [*Error] tells its kind.
func (c *Client) Query(ctx context.Context, r Request) (Answer, error) {
	s, err := c.server(r.Server)
	if err != nil {
		return Answer{}, err
	}
	var answer Answer
	err = s.do(ctx, r.Namespace, "query", func(ctx context.Context, options []promv1.Option) error {
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

// vectorOf takes only what can be told apart by labels, and not more of it than the bound.
func (c *connection) vectorOf(value model.Value) (model.Vector, error) {
	switch v := value.(type) {
	case nil:
		return nil, &Error{Kind: Malformed, err: errors.New("the answer is not one of Prometheus: it holds no result")}
	case model.Vector:
		return v, c.checkSeries(len(v))
	case *model.Scalar:
		return model.Vector{{Metric: model.Metric{}, Value: v.Value, Timestamp: v.Timestamp}}, nil
	}
	return nil, &Error{Kind: Refused, err: fmt.Errorf("the answer is a %s, not a vector or a number", strings.ToLower(value.Type().String()))}
}
