package cluster

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"flyball.dev/flyball/autoscaler/summary"
)

// Web returns the address of the autoscaler, and a transport that adds the credentials of the kubeconfig. Its requests go to the leader
// and, about an autoscaler that another replica evaluates, to that one, which authorizes the reader itself. Ports are forwarded until ctx
// ends, and again to the leader of that time when one breaks.
func (c *Cluster) Web(ctx context.Context) (*url.URL, http.RoundTripper, error) {
	if strings.HasPrefix(c.address, "http://") {
		address, err := url.Parse(c.address)
		return address, http.DefaultTransport, err
	}
	w := &web{
		findLeader: c.findLeader,
		findOthers: func(asked context.Context) ([]*process, error) {
			leader, err := c.findLeader(asked)
			if err != nil {
				return nil, err
			}
			return leader.others(asked)
		},
		connect: func(p *process) (*route, error) { return p.connect(ctx) },
		others:  map[string]*route{},
	}
	if err := w.reconnect(ctx); err != nil {
		return nil, nil, err
	}
	return &url.URL{Scheme: "https", Host: "autoscaler"}, w, nil
}

// route leads to one process.
type route struct {
	transport http.RoundTripper
	host      string
	stop      func()
}

// connect forwards a port to the process until ctx ends, or uses the address of the flag.
func (p *process) connect(ctx context.Context) (*route, error) {
	if p.pod == "" {
		address, err := p.address(p.cluster.address)
		if err != nil {
			return nil, err
		}
		client, err := autoscalerClient(p.config, isLoopback(address))
		if err != nil {
			return nil, err
		}
		return &route{client.Transport, address.Host, func() {}}, nil
	}
	client, err := autoscalerClient(p.config, true)
	if err != nil {
		return nil, err
	}
	host, stop, err := forwardPort(ctx, p.config, p.cluster.system, p.pod)
	if err != nil {
		return nil, p.forwardError(err)
	}
	return &route{client.Transport, host, stop}, nil
}

func (r *route) send(request *http.Request) (*http.Response, error) {
	out := request.Clone(request.Context())
	out.URL.Host, out.Host = r.host, r.host
	return r.transport.RoundTrip(out)
}

// web sends requests to the leader, and to the replica that evaluates the autoscaler of a request.
type web struct {
	findLeader func(ctx context.Context) (*process, error)
	findOthers func(ctx context.Context) ([]*process, error)
	connect    func(p *process) (*route, error)

	mu     sync.Mutex
	leader *route
	// others are the routes to other replicas, by pod.
	others map[string]*route
}

// reconnect replaces the route to the leader.
func (w *web) reconnect(ctx context.Context) error {
	leader, err := w.findLeader(ctx)
	if err == nil {
		w.leader, err = w.connect(leader)
	}
	return err
}

// RoundTrip is part of [http.RoundTripper].
func (w *web) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := w.askLeader(request)
	if err != nil || !isElsewhere(response) {
		return response, err
	}
	if other := w.askOthers(request); other != nil {
		_ = response.Body.Close()
		return other, nil
	}
	return response, nil // which says that another replica, or none, evaluates the autoscaler
}

func isElsewhere(response *http.Response) bool {
	return response.Header.Get(summary.ElsewhereHeader) != ""
}

// askLeader sends a request that fails once more to the leader of now.
func (w *web) askLeader(request *http.Request) (*http.Response, error) {
	w.mu.Lock()
	leader := w.leader
	w.mu.Unlock()
	response, err := leader.send(request)
	if err == nil || request.Context().Err() != nil {
		return response, err
	}
	w.mu.Lock()
	if w.leader == leader {
		leader.stop()
		if again := w.reconnect(request.Context()); again != nil {
			w.mu.Unlock()
			return nil, fmt.Errorf("%w; %w", err, again)
		}
	}
	leader = w.leader
	w.mu.Unlock()
	return leader.send(request)
}

// askOthers returns the answer of the replica that evaluates the autoscaler of a request; nil if none of the others does.
func (w *web) askOthers(request *http.Request) *http.Response {
	others, err := w.findOthers(request.Context())
	if err != nil {
		return nil
	}
	for _, other := range others {
		to, err := w.routeTo(other)
		if err != nil {
			continue
		}
		response, err := to.send(request)
		switch {
		case err != nil && request.Context().Err() != nil:
			return nil
		case err != nil:
			w.drop(other, to)
		case response.StatusCode == http.StatusOK && !isElsewhere(response):
			return response
		default:
			_ = response.Body.Close()
		}
	}
	return nil
}

// routeTo returns the route to another replica.
func (w *web) routeTo(other *process) (*route, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.others[other.pod]; known != nil {
		return known, nil
	}
	to, err := w.connect(other)
	if err == nil {
		w.others[other.pod] = to
	}
	return to, err
}

// drop ends a route that does not work any more: its pod is gone, or has been replaced by one of the same name.
func (w *web) drop(other *process, failed *route) {
	w.mu.Lock()
	defer w.mu.Unlock()
	failed.stop()
	if w.others[other.pod] == failed {
		delete(w.others, other.pod)
	}
}
