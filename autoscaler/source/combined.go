package source

import (
	"context"
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// New returns a Source that reads metrics with a rule, and queries, from Prometheus, and all others from the metrics APIs. Either
// may be nil: metrics that need it are then unknown.
func New(direct *Direct, api *API) Source { return &combined{direct, api} }

type combined struct {
	direct *Direct
	api    *API
}

// Read implements [Source].
func (c *combined) Read(ctx context.Context, requests []Request, now time.Time) []engine.Reading {
	readings := make([]engine.Reading, len(requests))
	var direct, api part
	for i := range requests {
		m := requests[i].Metric
		switch {
		case c.direct != nil && c.direct.Serves(&requests[i]):
			direct.add(i, requests[i])
		case m.Type == engine.Prometheus:
			readings[i] = unknown("a query needs Prometheus: set --prometheus-url or --prometheus-config")
		case c.api != nil:
			api.add(i, requests[i])
		default:
			readings[i] = unknown(fmt.Sprintf("no rule provides metric %s%s, and the metrics APIs are not used", m.Name, c.direct.problem(m)))
		}
	}
	// API calls may be slow; direct answers come from the store.
	done := make(chan struct{})
	go func() {
		defer close(done)
		if len(api.requests) > 0 {
			api.fill(readings, c.api.Read(ctx, api.requests, now))
		}
	}()
	if len(direct.requests) > 0 {
		direct.fill(readings, c.direct.Read(ctx, direct.requests, now))
	}
	<-done
	return readings
}

// part has the requests for one of the two sources.
type part struct {
	places   []int
	requests []Request
}

func (p *part) add(place int, r Request) {
	p.places = append(p.places, place)
	p.requests = append(p.requests, r)
}

func (p *part) fill(into, readings []engine.Reading) {
	for i, place := range p.places {
		into[place] = readings[i]
	}
}
