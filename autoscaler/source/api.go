package source

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"
	"k8s.io/metrics/pkg/client/custom_metrics"

	"flyball.dev/flyball/autoscaler/engine"
)

const (
	// callsAtOnce bounds the concurrent calls of one batch.
	callsAtOnce = 16
	// callTimeout bounds one call. The client of custom metrics takes no context.
	callTimeout = 10 * time.Second
	// versionsKept is how long the served version of custom.metrics.k8s.io is cached.
	versionsKept = time.Minute
)

// API reads the standard metrics APIs, as the HPA controller does. It is safe for concurrent use.
type API struct {
	resource metricsclient.PodMetricsesGetter
	custom   custom_metrics.CustomMetricsClient
	external *externalClient
	versions custom_metrics.AvailableAPIsGetter
	convert  conversion
}

// NewAPI returns an API. The mapper returns the resource of an Object metric's kind. without is the set of disabled corrections.
func NewAPI(config *rest.Config, discovered discovery.DiscoveryInterface, mapper meta.RESTMapper, without engine.Correction) (*API, error) {
	config = rest.CopyConfig(config)
	config.Timeout = callTimeout
	resource, err := metricsclient.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client for metrics.k8s.io: %w", err)
	}
	external, err := newExternalClient(config)
	if err != nil {
		return nil, fmt.Errorf("making the client for external.metrics.k8s.io: %w", err)
	}
	versions := custom_metrics.NewAvailableAPIsGetter(discovered)
	return &API{
		resource: resource,
		custom:   custom_metrics.NewForConfig(config, mapper, versions),
		external: external,
		versions: versions,
		convert:  conversion{wraps: without&engine.LargeQuantities != 0},
	}, nil
}

// Run refreshes the served version of custom.metrics.k8s.io every minute, until ctx ends.
func (a *API) Run(ctx context.Context) {
	custom_metrics.PeriodicallyInvalidate(a.versions, versionsKept, ctx.Done())
}

// Read implements [Source]. Requests with the same call share it.
func (a *API) Read(ctx context.Context, requests []Request, _ time.Time) []engine.Reading {
	calls := make(map[call]*reply, len(requests))
	replies := make([]*reply, len(requests))
	for i := range requests {
		c := callOf(&requests[i])
		r, ok := calls[c]
		if !ok {
			r = &reply{done: make(chan struct{})}
			calls[c] = r
		}
		replies[i] = r
	}
	go a.makeAll(ctx, calls)

	readings := make([]engine.Reading, len(requests))
	for i := range requests {
		readings[i] = replies[i].wait(ctx, &requests[i], a.convert)
		readings[i].Via = ViaAPI
	}
	return readings
}

// makeAll makes the calls, at most callsAtOnce at a time, and starts none after ctx has ended.
func (a *API) makeAll(ctx context.Context, calls map[call]*reply) {
	slots := make(chan struct{}, callsAtOnce)
	var underWay sync.WaitGroup
	for c, r := range calls {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		underWay.Go(func() {
			defer func() { <-slots }()
			r.samples, r.err = a.make(ctx, c)
			close(r.done)
		})
	}
	underWay.Wait()
}

// reply is the result of a call, once done is closed.
type reply struct {
	done    chan struct{}
	samples []apiSample
	err     error
}

func (r *reply) wait(ctx context.Context, request *Request, convert conversion) engine.Reading {
	select {
	case <-r.done:
	case <-ctx.Done():
		select {
		case <-r.done: // both channels may be ready
		default:
			return unknown(noResponse(ctx.Err()))
		}
	}
	if isTimeout(r.err) {
		// The call's own error is as late as ctx, and which of the two is seen first depends on the scheduler.
		return unknown(noResponse(r.err))
	}
	if r.err != nil {
		return unknown(r.err.Error())
	}
	return convert.apiReading(request, r.samples)
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

func noResponse(err error) string {
	return fmt.Sprintf("the metrics API did not respond in time: %v", err)
}
