package main

import (
	"fmt"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/listener"
	"flyball.dev/flyball/autoscaler/page"
)

// handler serves /healthz and /readyz to all; /metrics, /metrics/autoscalers, /debug/rules and with profiling /debug/pprof to callers with the permission
// for the nonResourceURL; a bundle to those who may get its HorizontalAutoscaler; and the summary to those who may list
// HorizontalAutoscalers. The page is for each authenticated caller, who sees what they may list. A standby is healthy and ready while it waits for the lease.
func (a *app) handler(access *listener.Access, profiling bool) http.Handler {
	guarded := http.NewServeMux()
	guarded.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	guarded.Handle("GET /metrics/autoscalers", promhttp.HandlerFor(a.decisions, promhttp.HandlerOpts{}))
	guarded.Handle("GET /debug/rules", a.rules)
	if profiling {
		guarded.HandleFunc("GET /debug/pprof/", pprof.Index)
		guarded.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	}
	mux := http.NewServeMux()
	health := serveHealth(a.controller.Healthy)
	mux.Handle("GET /healthz", health)
	mux.Handle("GET /readyz", health)
	autoscalers := v1alpha1.SchemeGroupVersion.WithResource("horizontalautoscalers")
	mux.Handle("GET /debug/bundle/{namespace}/{name}", access.Object(autoscalers, serveBundle(a.controller.Bundle)))
	mux.Handle("GET /debug/summary", access.List(autoscalers, serveSummary(a.controller.Rows)))
	mux.Handle("GET /debug/summary/{namespace}", access.List(autoscalers, serveSummary(a.controller.Rows)))
	mux.Handle(page.Root, newPage(a.controller, a.survey, access, autoscalers))
	mux.Handle("/", access.Path(guarded))
	return mux
}

// serveHealth answers anyone, so the reason of a failure is in the log only: it names an object.
func serveHealth(healthy func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := healthy(); err != nil {
			klog.FromContext(r.Context()).Error(err, "Unhealthy", "path", r.URL.Path)
			http.Error(w, "an autoscaler has been due for too long; the log names it", http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok") // an error means that the client has disconnected
	}
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
