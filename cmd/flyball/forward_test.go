package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// capturedExample is the bundle of the example with a generation, as the autoscaler captures it.
func capturedExample(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(text, []byte("metadata: {"), []byte("metadata: {generation: 2, "), 1)
}

// securePod serves the bundle of the example as that of shop/web, and rows, over TLS to the token ann, as the autoscaler does.
func securePod(t *testing.T) *httptest.Server {
	t.Helper()
	captured := capturedExample(t)
	const bundles = "/debug/bundle/shop/"
	pod := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch caller := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); {
		case caller == "":
			http.Error(w, "send a bearer token", http.StatusUnauthorized)
		case caller != "ann":
			http.Error(w, caller+" may not", http.StatusForbidden)
		case r.URL.Query().Get("labelSelector") == "team=none":
			_, _ = io.WriteString(w, rowsOf("/empty"))
		case strings.HasPrefix(r.URL.Path, "/debug/summary"):
			_, _ = io.WriteString(w, rowsOf(strings.TrimPrefix(r.URL.Path, "/debug/summary")))
		case r.URL.Path != bundles+"web":
			http.Error(w, "there is no bundle of shop/"+strings.TrimPrefix(r.URL.Path, bundles), http.StatusNotFound)
		default:
			_, _ = w.Write(captured)
		}
	}))
	t.Cleanup(pod.Close)
	return pod
}

// forwardTo forwards the port of a request to an address, as the API server does.
func forwardTo(t *testing.T, address string, w http.ResponseWriter, r *http.Request) {
	if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
		return // a WebSocket, which this API server does not have
	}
	connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, replied <-chan struct{}) error {
		if port := stream.Headers().Get("port"); port != "8443" {
			t.Errorf("the port %s is forwarded, want 8443", port)
		}
		go func() {
			<-replied
			defer func() { _ = stream.Close() }()
			if stream.Headers().Get("streamType") == "data" {
				join(t, stream, address)
			}
		}()
		return nil
	})
	if connection == nil {
		return
	}
	<-connection.CloseChan()
}

// join copies between a stream and an address, until the address hangs up.
func join(t *testing.T, stream io.ReadWriter, address string) {
	pod, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	go func() {
		_, _ = io.Copy(pod, stream)
		_ = pod.Close()
	}()
	_, _ = io.Copy(stream, pod)
}
