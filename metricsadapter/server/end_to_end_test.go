package server

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const served = `
resources:
  cpu: {containers: {query: "max by (namespace, pod, container) (rate(cpu[2m]))"}, nodes: {query: "max by (node) (rate(node_cpu[2m]))"}}
  memory: {containers: {query: "max by (namespace, pod, container) (memory)"}, nodes: {query: "max by (node) (node_memory)"}}
custom:
- {name: requests, query: "sum by (namespace, pod) (rate(requests[1m]))"}
- {name: heat, describes: nodes, query: "max by (node) (rate(heat[1m]))"}
- {name: spend, describes: namespaces, query: "sum by (namespace) (rate(spend[1m]))"}
- {name: depth, describes: services, query: "sum by (namespace, service) (rate(depth[1m]))"}
external:
- {name: queue, query: "sum by (namespace, topic) (rate(queue[1m]))"}
`

func of(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// TestTheWholeServer runs the program with a fake API server and a fake Prometheus, and reads its responses. It is one test,
// because the libraries have one registry in each process.
func TestTheWholeServer(t *testing.T) {
	asked := backend(t, map[string][]map[string]string{
		"(cpu":         {of("namespace", "shop", "pod", "web-1", "container", "app")},
		"(memory":      {of("namespace", "shop", "pod", "web-1", "container", "app")},
		"(node_cpu":    {of("node", "n1")},
		"(node_memory": {of("node", "n1")},
		"requests":     {of("namespace", "shop", "pod", "web-1"), of("namespace", "shop", "pod", "web-2"), of("namespace", "shop", "pod", "gone")},
		"heat":         {of("node", "n1"), of("node", "gone")},
		"spend":        {of("namespace", "shop")},
		"depth":        {of("namespace", "shop", "service", "api")},
		"queue":        {of("namespace", "shop", "topic", "a"), of("namespace", "bank", "topic", "b")},
	})
	path := filepath.Join(t.TempDir(), "rules.yaml")
	write := func(text string) {
		// Replace the file atomically, as an update of a mounted ConfigMap does: a reload during a write reads an incomplete file.
		if err := errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
	}
	write(served)
	o := parse(t, "--prometheus-url="+asked, "--rules="+path, "--kubeconfig="+apiServer(t),
		"--authentication-skip-lookup", "--bind-address=127.0.0.1", "--apiservices=v1beta2.custom.metrics.k8s.io", "--service=flyball/flyball-metricsadapter",
		"--fallthrough-external=keda/metrics:443", "--fallthrough-external-ca="+path+".none")
	o.rules.Poll = 20 * time.Millisecond
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.base.SecureServing.Listener, o.base.SecureServing.BindPort = listener, listener.Addr().(*net.TCPAddr).Port
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx) }()

	c := &caller{t: t, ended: ended, url: "https://" + listener.Addr().String(), http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the server on loopback has just made its certificate
	}}}
	c.eventually("/readyz", "", func(code int, _ string) bool { return code == http.StatusOK })
	c.reads()
	c.refusesOldTLS()
	if bundle := string(published(t)); !strings.Contains(bundle, "BEGIN CERTIFICATE") {
		t.Errorf("the adapter is ready before it has published its CA: %q", bundle)
	}
	c.discovers("requests", "no-such-metric")
	write(strings.Replace(served, "name: requests", "name: renamed", 1))
	c.eventually(custom+"/namespaces/shop/pods/*/renamed", "", func(code int, _ string) bool { return code == http.StatusOK })
	c.discovers("renamed", "requests")
	write("custom: [")
	c.eventually("/debug/rules", "", func(_ int, body string) bool { return strings.Contains(body, "not YAML") })
	c.wants(custom+"/namespaces/shop/pods/*/renamed", "", 200, "web-1")

	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

const (
	custom    = "/apis/custom.metrics.k8s.io/v1beta2"
	external  = "/apis/external.metrics.k8s.io/v1beta1"
	resources = "/apis/metrics.k8s.io/v1beta1"
	asTable   = "application/json;as=Table;v=v1;g=meta.k8s.io"
)

func (c *caller) reads() {
	for _, test := range []struct {
		path, accept string
		code         int
		says         string
	}{
		{custom + "/namespaces/shop/pods/web-1/requests", "", 200, `"kind":"Pod","namespace":"shop","name":"web-1"`},
		{"/apis/custom.metrics.k8s.io/v1beta1/namespaces/shop/pods/web-1/requests", "", 200, `"metricName":"requests"`},
		{custom + "/namespaces/shop/pods/*/requests?labelSelector=app%3Dother", "", 200, `"name":"web-2"`},
		{custom + "/namespaces/shop/pods/gone/requests", "", 404, "the object does not exist"},
		{custom + "/namespaces/shop/pods/web-1/request", "", 404, "similar metrics: requests"},
		{custom + "/namespaces/shop/services/api/depth", "", 200, `"kind":"Service","namespace":"shop","name":"api"`},
		{custom + "/namespaces/shop/services/*/depth", "", 200, `"name":"api"`},
		{custom + "/nodes/n1/heat", "", 200, `"kind":"Node","name":"n1"`},
		{custom + "/nodes/gone/heat", "", 404, "the object does not exist"},
		{custom + "/namespaces/shop/metrics/spend", "", 200, `"kind":"Namespace","name":"shop"`},
		{custom + "/namespaces/shop/pods/*/requests?watch=true", "", 405, "not support"},
		{custom + "/namespaces/shop/pods/*/requests?metricLabelSelector=a%3D%3D%3Db", "", 400, "metricLabelSelector"},
		{custom + "/namespaces/secret/pods/*/requests", "", 403, "forbidden"},
		{external + "/namespaces/shop/queue?labelSelector=topic%3Da", "", 200, `"topic":"a"`},
		{external + "/namespaces/shop/queue?labelSelector=topic%3Db", "", 404, "no series for this namespace and selector"},
		{external + "/namespaces/shop/queue?watch=true", "", 405, "not support"},
		{external + "/namespaces/secret/queue", "", 403, "forbidden"},
		{external + "/namespaces/shop/lag", "", 503, "keda/metrics, the fallthrough provider for metrics without a rule, did not respond: cannot read its CA"},
		{external + "/namespaces/secret/lag", "", 403, "forbidden"},
		{resources + "/namespaces/shop/pods/web-1", "", 200, `"containers":[{"name":"app"`},
		{resources + "/pods?labelSelector=app%3Dweb", "", 200, `"name":"web-1"`},
		{resources + "/pods?fieldSelector=metadata.name%3Dweb-2", "", 200, `"items":[]`},
		{resources + "/pods?fieldSelector=spec.nodeName%3Dn1", "", 400, "is not a known field selector"},
		{resources + "/nodes", asTable, 200, `"columnDefinitions":[{"name":"Name","type":"string","format":"name"`},
		{resources + "/nodes/n1", "", 200, `"usage":{"cpu":"1","memory":"1"}`},
		{resources + "/pods?watch=true", "", 405, "not support"},
		{"/livez", "", 200, "ok"},
		// /metrics has the adapter's own metrics and the server's.
		{"/metrics", "", 200, "flyball_build_info"},
		{"/metrics", "", 200, "flyball_rules"},
		{"/metrics", "", 200, "flyball_serving_certificate_expiration_timestamp_seconds"},
		{"/metrics", "", 200, "go_goroutines"},
	} {
		c.wants(test.path, test.accept, test.code, test.says)
	}
	if code, body := c.get(custom+"/namespaces/shop/pods/*/requests", ""); code != 200 || strings.Contains(body, "gone") {
		c.t.Errorf("a pod that is gone is served: %d %s", code, body)
	}
}

// discovers checks both forms of discovery.
func (c *caller) discovers(listed, missing string) {
	const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
	for path, accept := range map[string]string{custom: "", "/apis": aggregated} {
		c.eventually(path, accept, func(code int, body string) bool { // the versions are published one after the other
			return code == http.StatusOK && strings.Contains(body, listed) && !strings.Contains(body, missing)
		})
	}
}

// caller sends requests as a user that the API server authenticates.
type caller struct {
	t     *testing.T
	url   string
	http  *http.Client
	ended <-chan error // of the server
}

func (c *caller) get(path, accept string) (code int, body string) {
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer ann")
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

func (c *caller) refusesOldTLS() {
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}}
	if _, err := dialer.DialContext(c.t.Context(), "tcp", strings.TrimPrefix(c.url, "https://")); err == nil || !strings.Contains(err.Error(), "protocol version") {
		c.t.Errorf("got the error %v with TLS 1.2, want a refusal of the version", err)
	}
}

func (c *caller) wants(path, accept string, code int, says string) {
	c.t.Helper()
	if got, body := c.get(path, accept); got != code || !strings.Contains(body, says) {
		c.t.Errorf("%s: %d %s, want %d and %q", path, got, body, code, says)
	}
}

// eventually repeats a request until ok accepts the response; its time limit suits a slow machine.
func (c *caller) eventually(path, accept string, ok func(code int, body string) bool) {
	c.t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	last := ""
	for range 600 {
		code, body := c.get(path, accept)
		if ok(code, body) {
			return
		}
		last = body
		select {
		case <-ticker.C:
		case err := <-c.ended:
			c.t.Fatalf("the server has ended: %v", err)
		}
	}
	c.t.Fatalf("%s never gave what was waited for, but %s", path, last)
}
