package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"flyball.dev/flyball/autoscaler/bundle"
)

// serveHealth serves /healthz, /readyz, /metrics, /debug/rules, /debug/bundle and, with profiling, /debug/pprof until ctx ends. A standby is healthy and ready
// while it waits for the lease.
func (a *app) serveHealth(ctx context.Context, address string, profiling bool) error {
	mux := http.NewServeMux()
	check := func(w http.ResponseWriter, _ *http.Request) {
		if err := a.controller.Healthy(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok") // an error means that the client has disconnected
	}
	mux.HandleFunc("GET /healthz", check)
	mux.HandleFunc("GET /readyz", check)
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	mux.Handle("GET /debug/rules", a.rules)
	mux.Handle("GET /debug/bundle/{namespace}/{name}", serveBundle(a.controller.Bundle))
	if profiling {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("--health-bind-address %q: %w", address, err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving health: %w", err)
	}
	return nil
}

// serveBundle returns the bundle of the last decision about an autoscaler. A bundle has the spec, the names of pods and their
// samples, which the metrics APIs and the object's status show as well. It has no secrets.
func serveBundle(capture func(namespace, name string) (*bundle.Bundle, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		captured, err := capture(r.PathValue("namespace"), r.PathValue("name"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		text, err := bundle.Marshal(captured)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(text) // an error means that the client has disconnected
	}
}
