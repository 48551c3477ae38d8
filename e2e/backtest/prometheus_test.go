package backtest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/process"
)

// prometheus is a Prometheus that serves blocks. It scrapes nothing.
type prometheus struct {
	t   *testing.T
	url string
}

var listening = regexp.MustCompile(`msg="Listening on" .*address=(127\.0\.0\.1:\d+)`)

func startPrometheus(t *testing.T, path, blocks string) *prometheus {
	t.Helper()
	folder := t.TempDir()
	config := filepath.Join(folder, "prometheus.yaml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	running, err := process.Start(process.Spec{Name: "prometheus", Path: path, Dir: folder, Args: []string{
		"--config.file=" + config, "--storage.tsdb.path=" + blocks, "--web.listen-address=127.0.0.1:0",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop(context.WithoutCancel(t.Context())) })
	p := &prometheus{t: t}
	wait(t, running, func() bool {
		log, err := os.ReadFile(running.LogFile())
		if found := listening.FindSubmatch(log); err == nil && found != nil {
			p.url = "http://" + string(found[1])
		}
		return p.url != ""
	})
	wait(t, running, func() bool {
		status, _ := p.get("/-/ready")
		return status == http.StatusOK
	})
	return p
}

// wait returns when a condition holds.
func wait(t *testing.T, running *process.Process, holds func() bool) {
	t.Helper()
	for !holds() {
		select {
		case <-running.Done():
			log, _ := os.ReadFile(running.LogFile())
			t.Fatalf("Prometheus ended: %v\n%s", running.Err(), log)
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *prometheus) get(path string) (status int, body string) {
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, ""
	}
	return response.StatusCode, string(text)
}

// queries is the number of range queries that Prometheus has answered.
func (p *prometheus) queries() int {
	_, text := p.get("/metrics")
	together := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, `prometheus_http_requests_total{`) && strings.Contains(line, `handler="/api/v1/query_range"`) {
			fields := strings.Fields(line)
			n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
			if err != nil {
				p.t.Fatal(err)
			}
			together += int(n)
		}
	}
	return together
}

// behind returns the URL of a proxy that calls kill at a request, and does not answer this one and later ones.
func (p *prometheus) behind(request int, kill func()) string {
	target, err := url.Parse(p.url)
	if err != nil {
		p.t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		late := n >= request
		if n == request {
			kill()
		}
		mu.Unlock()
		if late {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	p.t.Cleanup(server.Close)
	return server.URL
}
