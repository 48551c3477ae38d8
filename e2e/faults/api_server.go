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

// APIServer is a proxy before the API server that can hold a request, so that a test can kill the client at this point, and answer
// requests in its place. It sends a token of its own, because clients send none without TLS.
type APIServer struct {
	URL string

	pass   *httputil.ReverseProxy
	server *http.Server
	mu     sync.Mutex
	holds  []*Hold
	faults []*injectedRequest
	// watches end the watches that are open.
	watches map[*http.Request]context.CancelFunc
}

// injectedRequest is a fault of the requests that match.
type injectedRequest struct {
	match func(*http.Request) bool
	fault Fault
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
	p := &APIServer{watches: map[*http.Request]context.CancelFunc{}, pass: &httputil.ReverseProxy{
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

// Inject has the requests that match answered by the fault, until remove is called. Of several faults for a request the one that was
// injected first counts. Watches that are open stay open: CutWatches ends them.
func (p *APIServer) Inject(match func(*http.Request) bool, fault Fault) (remove func()) {
	added := &injectedRequest{match, fault}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, added)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = slices.DeleteFunc(p.faults, func(other *injectedRequest) bool { return other == added })
	}
}

// CutWatches ends the connections of all open watches.
func (p *APIServer) CutWatches() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range p.watches {
		end()
	}
}

// forward passes a request on, and keeps the end of a watch until it has ended.
func (p *APIServer) forward(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("watch") == "" {
		p.pass.ServeHTTP(w, r)
		return
	}
	ctx, end := context.WithCancel(r.Context())
	defer end()
	r = r.WithContext(ctx)
	p.mu.Lock()
	p.watches[r] = end
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.watches, r)
	}()
	p.pass.ServeHTTP(w, r)
}

// faultOf returns the fault of a request; nil for none.
func (p *APIServer) faultOf(r *http.Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		if f.match(r) {
			return f.fault
		}
	}
	return nil
}

func (p *APIServer) serve(w http.ResponseWriter, r *http.Request) {
	h := p.matching(r)
	if h == nil {
		if fault := p.faultOf(r); fault != nil {
			fault(w, r, http.HandlerFunc(p.forward))
			return
		}
		p.forward(w, r)
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
