package cluster

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Web returns the address of the autoscaler, and a transport that adds the credentials of the kubeconfig. A port is forwarded until ctx
// ends, and again to the leader of that time when it breaks.
func (c *Cluster) Web(ctx context.Context) (*url.URL, http.RoundTripper, error) {
	if strings.HasPrefix(c.address, "http://") {
		address, err := url.Parse(c.address)
		return address, http.DefaultTransport, err
	}
	w := &web{cluster: c, life: ctx}
	if err := w.connect(ctx); err != nil {
		return nil, nil, err
	}
	return &url.URL{Scheme: "https", Host: "autoscaler"}, w, nil
}

// web sends requests to the leader.
type web struct {
	cluster *Cluster
	life    context.Context

	mu     sync.Mutex
	client *http.Client
	host   string
	stop   func()
}

// connect finds the leader and forwards a port to it.
func (w *web) connect(ctx context.Context) error {
	leader, err := w.cluster.findLeader(ctx)
	if err != nil {
		return err
	}
	if leader.pod == "" {
		address, err := leader.address(w.cluster.address)
		if err != nil {
			return err
		}
		client, err := autoscalerClient(leader.config, isLoopback(address))
		if err != nil {
			return err
		}
		w.client, w.host, w.stop = client, address.Host, func() {}
		return nil
	}
	client, err := autoscalerClient(leader.config, true)
	if err != nil {
		return err
	}
	host, stop, err := forwardPort(w.life, leader.config, w.cluster.system, leader.pod)
	if err != nil {
		return leader.forwardError(err)
	}
	w.client, w.host, w.stop = client, host, stop
	return nil
}

// RoundTrip is part of [http.RoundTripper]. A request that fails is sent once more to the leader of now.
func (w *web) RoundTrip(request *http.Request) (*http.Response, error) {
	w.mu.Lock()
	client, host := w.client, w.host
	w.mu.Unlock()
	response, err := send(client, host, request)
	if err == nil || request.Context().Err() != nil {
		return response, err
	}
	w.mu.Lock()
	if w.host == host {
		w.stop()
		if again := w.connect(request.Context()); again != nil {
			w.mu.Unlock()
			return nil, fmt.Errorf("%w; %w", err, again)
		}
	}
	client, host = w.client, w.host
	w.mu.Unlock()
	return send(client, host, request)
}

func send(client *http.Client, host string, request *http.Request) (*http.Response, error) {
	out := request.Clone(request.Context())
	out.URL.Host, out.Host = host, host
	return client.Transport.RoundTrip(out)
}
