package main

import (
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/listener"
	"flyball.dev/flyball/metricsadapter/certificate"
)

// newListener returns the listener for metrics, profiles and bundles. Its client has a rate limit: a stranger who sends tokens at
// random may not make the autoscaler flood the API server.
func newListener(o *options, config *rest.Config, registry prometheus.Registerer) (*listener.Listener, error) {
	limited := rest.CopyConfig(config)
	limited.QPS, limited.Burst = 20, 50
	kube, err := kubernetes.NewForConfig(limited)
	if err != nil {
		return nil, fmt.Errorf("making the client for authentication: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("reading the host name for the serving certificate: %w", err)
	}
	l, err := listener.New(&o.listener, kube, host)
	if err != nil {
		return nil, err
	}
	expiry := certificate.NewExpiry()
	expiry.SetProvider(l.Certificate)
	registry.MustRegister(expiry)
	return l, nil
}
