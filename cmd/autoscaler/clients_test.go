package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// TestClientsWaitWhenTheServerIsBusy: a client has no rate limit of its own, and after an answer 429 it waits as long as the
// server demands and sends the request again.
func TestClientsWaitWhenTheServerIsBusy(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) <= 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "state"}}`))
	}))
	defer server.Close()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	text := `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: "` + server.URL +
		`"}}], contexts: [{name: c, context: {cluster: c}}]}`
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := newConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if limiter := client.CoreV1().RESTClient().GetRateLimiter(); limiter != nil {
		t.Errorf("the client has a rate limit of %v requests per second", limiter.QPS())
	}
	start := time.Now()
	if _, err := client.CoreV1().ConfigMaps("flyball").Get(t.Context(), "state", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if waited := time.Since(start); requests.Load() != 2 || waited < time.Second {
		t.Errorf("%d requests in %s, want a second one a second after the answer 429", requests.Load(), waited)
	}
}
