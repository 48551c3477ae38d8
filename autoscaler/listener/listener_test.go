package listener

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// paths serves what the autoscaler serves, in small.
func paths(l *Listener) http.Handler {
	mux := http.NewServeMux()
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, text) }
	}
	mux.Handle("GET /healthz", says("ok"))
	mux.Handle("/", l.Access.Path(says("secret")))
	autoscalers := schema.GroupVersionResource{Group: "autoscaling.flyball.dev", Version: "v1alpha1", Resource: "horizontalautoscalers"}
	mux.Handle("GET /debug/bundle/{namespace}/{name}", l.Access.Object(autoscalers, says("secret")))
	mux.Handle("GET /debug/summary", l.Access.List(autoscalers, says("secret")))
	mux.Handle("GET /debug/summary/{namespace}", l.Access.List(autoscalers, says("secret")))
	for path, guard := range map[string]func(func(http.ResponseWriter, *http.Request, *Caller)) http.Handler{
		"GET /page/{namespace}": l.Access.Caller, "GET /stream/{namespace}": l.Access.Stream,
	} {
		mux.Handle(path, guard(func(w http.ResponseWriter, r *http.Request, caller *Caller) {
			if allowed, err := caller.MayList(r.Context(), autoscalers, r.PathValue("namespace")); err == nil && allowed {
				_, _ = fmt.Fprint(w, "secret")
			}
		}))
	}
	return mux
}

// start serves on loopback until the test ends, and returns the address.
func start(t *testing.T, o Options, address string) string {
	t.Helper()
	l, err := New(&o, kube(t), "flyball-1")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skip("no such address on this machine: ", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- l.serve(t.Context(), listener, paths(l)) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// client trusts any server, as one on a forwarded port does. A large body waits for the server's answer, as curl's does: the server
// closes the connection of a refused one, and the client would fail to write it.
func client(certificates ...tls.Certificate) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certificates}, DisableKeepAlives: true,
		ExpectContinueTimeout: time.Minute,
	}}
}

func TestOnlyAuthorizedCallersRead(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	address := start(t, Options{ClientCAFile: ca.file}, "127.0.0.1:0")
	frontProxy := http.Header{"X-Remote-User": {"ann"}, "X-Remote-Group": {"system:masters"}, "X-Forwarded-For": {"127.0.0.1"}}
	token := func(of string) http.Header { return http.Header{"Authorization": {"Bearer " + of}} }
	for name, test := range map[string]struct {
		path         string
		header       http.Header
		certificates []tls.Certificate
		body         string
		code         int
		says         string
	}{
		"health, without a token":       {path: "/healthz", code: 200, says: "ok"},
		"metrics":                       {path: "/metrics", header: token("ann"), code: 200, says: "secret"},
		"metrics, by a certificate":     {path: "/metrics", certificates: []tls.Certificate{ca.issue("ann", time.Hour)}, code: 200, says: "secret"},
		"the own bundle":                {path: "/debug/bundle/shop/web", header: token("ann"), code: 200, says: "secret"},
		"another tenant's bundle":       {path: "/debug/bundle/bank/web", header: token("ann"), code: 403, says: `cannot get resource "horizontalautoscalers" in API group "autoscaling.flyball.dev" in namespace "bank"`},
		"the own summary":               {path: "/debug/summary/shop", header: token("ann"), code: 200, says: "secret"},
		"another tenant's summary":      {path: "/debug/summary/bank", header: token("ann"), code: 403, says: `cannot list resource "horizontalautoscalers" in API group "autoscaling.flyball.dev" in namespace "bank"`},
		"the summary of all":            {path: "/debug/summary", header: token("ann"), code: 403, says: `cannot list resource "horizontalautoscalers" in API group "autoscaling.flyball.dev" at the cluster scope`},
		"a summary without a token":     {path: "/debug/summary", code: 401, says: "send a bearer token"},
		"the own namespace on the page": {path: "/page/shop", header: token("ann"), code: 200, says: "secret"},
		"the own stream":                {path: "/stream/shop", header: token("ann"), code: 200, says: "secret"},
		"the page without a token":      {path: "/page/shop", code: 401, says: "send a bearer token"},
		"the stream without a token":    {path: "/stream/shop", code: 401, says: "send a bearer token"},
		"a path that no role names":     {path: "/debug/pprof/", header: token("ann"), code: 403, says: `user "ann" cannot get nonResourceURL "/debug/pprof/"`},
		"another path as the own":       {path: "/debug/rules/../../metrics/../debug/rules", header: token("ann"), code: 403, says: "cannot get nonResourceURL"},
		"another namespace as the own":  {path: "/debug/bundle/shop%2F..%2Fbank/web", header: token("ann"), code: 403, says: "cannot get"},
		"no token":                      {path: "/metrics", code: 401, says: "send a bearer token"},
		"no token, a bundle":            {path: "/debug/bundle/shop/web", code: 401, says: "send a bearer token"},
		"a token of no user":            {path: "/metrics", header: token("unknown"), code: 401, says: "unauthorized"},
		"a user without the permission": {path: "/metrics", header: token("bob"), code: 403, says: `user "bob" cannot get nonResourceURL "/metrics"`},
		"forged headers of a proxy":     {path: "/metrics", header: frontProxy, code: 401, says: "unauthorized"},
		"an expired certificate":        {path: "/metrics", certificates: []tls.Certificate{ca.issue("ann", -time.Minute)}, code: 401, says: "unauthorized"},
		"a certificate of a stranger":   {path: "/metrics", certificates: []tls.Certificate{stranger.issue("ann", time.Hour)}, code: 401, says: "unauthorized"},
		"a body":                        {path: "/metrics", header: token("ann"), body: "x", code: 413, says: "may not have a body"},
		"a body to health":              {path: "/healthz", header: http.Header{"Expect": {"100-continue"}}, body: strings.Repeat("x", 1<<20), code: 413, says: "may not have a body"},
		"headers without end":           {path: "/healthz", header: token(strings.Repeat("x", 2*maxHeaderBytes)), code: 431},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(request.Header, test.header)
			response, err := client(test.certificates...).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			text, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != test.code || !strings.Contains(string(text), test.says) || test.code != 200 && strings.Contains(string(text), "secret") {
				t.Errorf("got %s %q, %v, want %d and %q", response.Status, text, err, test.code, test.says)
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	address := start(t, Options{SkipLookup: true}, "127.0.0.1:0")
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}}
	if c, err := dialer.DialContext(t.Context(), "tcp", address); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("got the connection %v, %v with TLS 1.2, want a refusal of the version", c, err)
	}
}

func TestListensOnIPv4AndIPv6(t *testing.T) {
	o := DefaultOptions()
	o.SkipLookup = true
	_, port, err := net.SplitHostPort(start(t, o, net.JoinHostPort(o.BindAddress.String(), "0")))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		response, err := client().Get("https://" + net.JoinHostPort(host, port) + "/healthz")
		if err != nil {
			t.Errorf("on %s: %v", host, err)
			continue
		}
		_ = response.Body.Close()
	}
}

// TestNewCertificateIsServedWithoutRestart writes another certificate over the first one's files.
func TestNewCertificateIsServedWithoutRestart(t *testing.T) {
	ca := newAuthority(t)
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	write(t, certFile, keyFile, ca.issue("first", time.Hour))
	address := start(t, Options{SkipLookup: true, CertFile: certFile, KeyFile: keyFile}, "127.0.0.1:0")
	served := func() string {
		c, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		return c.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := served(); got != "first" {
		t.Fatalf("got the certificate of %s, want that of first", got)
	}
	write(t, certFile, keyFile, ca.issue("second", time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); served() != "second"; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the new certificate is not served after a minute")
		}
	}
}

// pipes is a listener of connections in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// TestSlowClientsAreDisconnected sends parts of a request, each in its own time, and then no more.
func TestSlowClientsAreDisconnected(t *testing.T) {
	cluster := kube(t)
	for part, limit := range map[string]time.Duration{
		"": headerTimeout, "GET /healthz HTTP/1.1\r\nHost: a\r\n": headerTimeout,
		"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n": idleTimeout,
	} {
		synctest.Test(t, func(t *testing.T) {
			l, err := New(&Options{SkipLookup: true}, cluster, "flyball-1")
			if err != nil {
				t.Fatal(err)
			}
			listener := make(pipes)
			go func() { _ = l.serve(t.Context(), listener, paths(l)) }()
			clientEnd, serverEnd := net.Pipe()
			listener <- serverEnd
			close(listener)
			c := tls.Client(clientEnd, &tls.Config{InsecureSkipVerify: true})
			if err := c.HandshakeContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if _, err := c.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, c) // until the server hangs up
			if took := time.Since(began); took > limit {
				t.Errorf("after %q the server hung up after %s, want at most %s", part, took, limit)
			}
		})
	}
}
