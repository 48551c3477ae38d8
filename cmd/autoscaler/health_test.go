package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/bundle"
)

const captured = `apiVersion: autoscaling.flyball.dev/v1alpha1
kind: DecisionBundle
time: 2026-03-02T12:00:00Z
autoscaler:
  metadata: {namespace: shop, name: web}
  spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 20}
observation: {specReplicas: 2, readings: [{problem: the metrics API does not answer}]}
decision: {desired: 2, min: 1, max: 20}
`

func TestBundlesAreServedByName(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /debug/bundle/{namespace}/{name}", serveBundle(func(namespace, name string) (*bundle.Bundle, error) {
		if namespace != "shop" || name != "web" {
			return nil, errors.New("no HorizontalAutoscaler " + namespace + "/" + name)
		}
		return bundle.Unmarshal([]byte(captured))
	}))
	get := func(path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return answer
	}

	found := get("/debug/bundle/shop/web")
	if found.Code != http.StatusOK || found.Header().Get("Content-Type") != "application/yaml" {
		t.Errorf("%d %v", found.Code, found.Header())
	}
	b, err := bundle.Unmarshal(found.Body.Bytes())
	if err != nil {
		t.Fatalf("%v in %s", err, found.Body)
	}
	if d, _, err := bundle.Replay(b); err != nil || d.Desired != 2 || b.Autoscaler.Name != "web" {
		t.Errorf("%+v, %v of %+v", d, err, b)
	}

	missing := get("/debug/bundle/shop/other")
	if missing.Code != http.StatusNotFound || !strings.Contains(missing.Body.String(), "no HorizontalAutoscaler shop/other") {
		t.Errorf("%d %s", missing.Code, missing.Body)
	}
}

// TestStrangersReadOnlyHealth asks for each path without credentials, while the API server does not answer.
func TestStrangersReadOnlyHealth(t *testing.T) {
	a := wired(t)
	handler := a.handler(a.listener.Access, true)
	for path, code := range map[string]int{
		"/healthz": 200, "/readyz": 200,
		"/metrics": 401, "/metrics/autoscalers": 401, "/debug/rules": 401, "/debug/bundle/shop/web": 401, "/debug/summary": 401, "/debug/summary/shop": 401, "/debug/pprof/": 401, "/debug/pprof/profile": 401, "/debug/pprof/heap": 401, "/other": 401,
		"/dashboard/": 401, "/dashboard/autoscalers/shop/web": 401, "/dashboard/events": 401, "/dashboard/assets/style.css": 401,
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if answer.Code != code {
			t.Errorf("%s: got %d %s, want %d", path, answer.Code, answer.Body, code)
		}
	}
}

func TestHealthNamesNoObject(t *testing.T) {
	answer := httptest.NewRecorder()
	serveHealth(func() error { return errors.New("HorizontalAutoscaler bank/web has been due for 1h") })(
		answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil))
	if answer.Code != http.StatusServiceUnavailable || strings.Contains(answer.Body.String(), "bank") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
