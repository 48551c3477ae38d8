package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// APIServer is a proxy before the API server that can hold a request, so that a test can kill the client at this point. It
// sends a token of its own, because clients send none without TLS.
type APIServer struct {
	URL string

	pass   *httputil.ReverseProxy
	server *http.Server
	mu     sync.Mutex
	holds  []*Hold
}

// Hold is of one request, the first that matches.
type Hold struct {
	match   func(*http.Request) bool
	after   bool
	reached chan struct{}
}

// Reached is closed once the request is held.
func (h *Hold) Reached() <-chan struct{} { return h.reached }

// StartAPIServer starts the proxy at a free port of the loopback interface.
func StartAPIServer(config *rest.Config, token string) (*APIServer, error) {
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, fmt.Errorf("the URL of the API server: %w", err)
	}
	asked := rest.AnonymousClientConfig(config)
	asked.BearerToken = token
	transport, err := rest.TransportFor(asked)
	if err != nil {
		return nil, err
	}
	p := &APIServer{pass: &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1, // watches
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { hangUp() },
	}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the proxy before the API server: %w", err)
	}
	p.URL = "http://" + listener.Addr().String()
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }() // ends with Close, which is its only error
	return p, nil
}

// Close ends the proxy and what it holds.
func (p *APIServer) Close() { _ = p.server.Close() }

// HoldRequest holds the next request that matches before the API server sees it.
func (p *APIServer) HoldRequest(match func(*http.Request) bool) *Hold { return p.hold(match, false) }

// HoldAnswer has the API server do what the next request that matches asks for, and holds the answer.
func (p *APIServer) HoldAnswer(match func(*http.Request) bool) *Hold { return p.hold(match, true) }

func (p *APIServer) hold(match func(*http.Request) bool, after bool) *Hold {
	h := &Hold{match: match, after: after, reached: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds = append(p.holds, h)
	return h
}

func (p *APIServer) serve(w http.ResponseWriter, r *http.Request) {
	h := p.matching(r)
	if h == nil {
		p.pass.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		hangUp()
	}
	if h.after {
		r2 := r.Clone(context.WithoutCancel(r.Context()))
		r2.Body = io.NopCloser(bytes.NewReader(body))
		ask(r2, p.pass)
	}
	close(h.reached)
	<-r.Context().Done() // who asked is dead
	hangUp()
}

// matching removes and returns the hold that matches a request; nil for none.
func (p *APIServer) matching(r *http.Request) *Hold {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, h := range p.holds {
		if h.match(r) {
			p.holds = slices.Delete(p.holds, i, i+1)
			return h
		}
	}
	return nil
}
