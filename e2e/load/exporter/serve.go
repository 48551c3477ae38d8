package exporter

import (
	"encoding/json"
	"fmt"
	"net/http"

	"flyball.dev/flyball/e2e/load"
)

// State is what GET /load/{namespace}/{app} answers.
type State struct {
	Demand load.Demand `json:"demand"`
	// Running pods, and those among them that share the load.
	Running int `json:"running"`
	Ready   int `json:"ready"`
	// Queued requests wait; Abandoned ones gave up.
	Queued    float64 `json:"queued"`
	Abandoned float64 `json:"abandoned"`
}

// Handler serves:
//
//	GET /metrics/resource            what the kubelets would say
//	GET /metrics                     what the applications would say
//	PUT /load/{namespace}/{app}      a load.Demand in JSON: the load from now on
//	GET /load/{namespace}/{app}      a State in JSON
func (e *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics/resource", e.expose(func(text *load.Exposition) { text.Resources(e.apps, &e.total) }))
	mux.HandleFunc("GET /metrics", e.expose(func(text *load.Exposition) { text.Applications(e.apps) }))
	mux.HandleFunc("PUT /load/{namespace}/{app}", e.put)
	mux.HandleFunc("GET /load/{namespace}/{app}", e.get)
	return mux
}

func (e *Exporter) expose(write func(*load.Exposition)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var text load.Exposition
		e.locked(func() { write(&text) })
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(text.Text())
	}
}

func (e *Exporter) put(w http.ResponseWriter, r *http.Request) {
	var demand load.Demand
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&demand); err != nil {
		http.Error(w, fmt.Sprintf("the body must be a demand such as {\"requests\": 100, \"cores\": 0.5}: %v", err), http.StatusBadRequest)
		return
	}
	if demand.Requests < 0 || demand.Cores < 0 || demand.CostPerRequest < 0 {
		http.Error(w, "requests, cores and costPerRequest must not be negative", http.StatusBadRequest)
		return
	}
	e.locked(func() { e.app(key(r)).Demand = demand })
	w.WriteHeader(http.StatusNoContent)
}

func (e *Exporter) get(w http.ResponseWriter, r *http.Request) {
	var state *State
	e.locked(func() {
		if app := e.apps[key(r)]; app != nil {
			state = &State{Demand: app.Demand, Running: len(app.Pods()), Ready: app.Ready(), Queued: app.Queued, Abandoned: app.Abandoned}
		}
	})
	if state == nil {
		http.Error(w, fmt.Sprintf("no pods in namespace %s have the label %s=%s, and no load was set", r.PathValue("namespace"), AppLabel, r.PathValue("app")), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(state)
}

func key(r *http.Request) load.Key {
	return load.Key{Namespace: r.PathValue("namespace"), Name: r.PathValue("app")}
}
