package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// queryPath is where instant queries are asked.
const queryPath = "/api/v1/query"

// Match picks queries by their text.
type Match func(query string) bool

// All picks every query.
func All(string) bool { return true }

// Containing picks the queries whose text has a part.
func Containing(part string) Match {
	return func(query string) bool { return strings.Contains(query, part) }
}

// Proxy passes requests on to Prometheus. It is safe for concurrent use.
type Proxy struct {
	// URL is where it listens, http://127.0.0.1:port.
	URL string

	pass *httputil.ReverseProxy

	mu       sync.Mutex
	server   *http.Server // nil while the proxy does not listen
	listener net.Listener
	faults   []*injected
	queries  map[string]int
}

type injected struct {
	match Match
	fault Fault
}

// Start listens at an address on loopback, host:port, for the Prometheus at a URL. Port 0 is any that is free.
func Start(address, prometheusURL string) (*Proxy, error) {
	target, err := url.Parse(prometheusURL)
	if err != nil {
		return nil, fmt.Errorf("the URL of Prometheus: %w", err)
	}
	p := &Proxy{queries: map[string]int{}, pass: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		// Whoever asks shall see a Prometheus that does not answer, and no answer of a proxy about it.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { hangUp() },
	}}
	return p, p.listen(address)
}

func (p *Proxy) listen(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("the proxy before Prometheus: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: time.Minute}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.URL, p.server, p.listener = "http://"+listener.Addr().String(), server, listener
	go func() { _ = server.Serve(listener) }() // ends with Down or Close, which is its only error
	return nil
}

// Down ends every connection and has new ones refused, as when the process is gone.
func (p *Proxy) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		// A server that has just started does not have its listener yet, and would leave it open for a moment.
		_ = p.listener.Close() // it may be closed already
		_ = p.server.Close()   // the listener's; its connections end all the same
		p.server = nil
	}
}

// Up listens again where it did before Down.
func (p *Proxy) Up() error { return p.listen(strings.TrimPrefix(p.URL, "http://")) }

// Close ends the proxy.
func (p *Proxy) Close() { p.Down() }

// Inject has the queries that match answered by the fault, until remove is called. Of several faults for a query the one
// that was injected first counts.
func (p *Proxy) Inject(match Match, fault Fault) (remove func()) {
	added := &injected{match, fault}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, added)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = slices.DeleteFunc(p.faults, func(other *injected) bool { return other == added })
	}
}

// Count is how many queries that match came, whether they were passed on or not.
func (p *Proxy) Count(match Match) int {
	count := 0
	for query, times := range p.Queries() {
		if match(query) {
			count += times
		}
	}
	return count
}

// Queries gives how often each query came, by its text.
func (p *Proxy) Queries() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.queries)
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != queryPath {
		p.pass.ServeHTTP(w, r)
		return
	}
	if err := readForm(r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if fault := p.found(r.Form.Get("query")); fault != nil {
		fault(w, r, p.pass)
		return
	}
	p.pass.ServeHTTP(w, r)
}

// found counts a query, and gives its fault; nil for none.
func (p *Proxy) found(query string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queries[query]++
	for _, f := range p.faults {
		if f.match(query) {
			return f.fault
		}
	}
	return nil
}

// readForm reads the parameters, and leaves the body to be read once more.
func readForm(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("reading the query: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	err = r.ParseForm()
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// hangUp ends a connection in the middle of a request.
func hangUp() { panic(http.ErrAbortHandler) }

// wait lets a time pass unless who asked has gone, and says whether it passed.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

var errNoVector = errors.New("the answer of Prometheus holds no vector")
