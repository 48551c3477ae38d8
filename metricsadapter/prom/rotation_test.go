package prom

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// guardedServer requires a token, and serves with the certificate in force. It accepts the current token and the one before, as an
// API server does during a rotation.
type guardedServer struct {
	*httptest.Server
	tokens      atomic.Pointer[[2]string]
	certificate atomic.Pointer[tls.Certificate]
	seen        sync.Map // the tokens of requests
}

func newGuardedServer(t *testing.T) *guardedServer {
	t.Helper()
	s := &guardedServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Authorization")
		s.seen.Store(token, true)
		if valid := s.tokens.Load(); token != "Bearer "+valid[0] && token != "Bearer "+valid[1] {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		answer(w, 200, twoSeries)
	}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*s.certificate.Load()}}, nil
	}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // connections close between requests
	return s
}

// replace replaces a file at once, as the kubelet replaces those of a mounted Secret.
func (f folder) replace(t *testing.T, name, text string) {
	t.Helper()
	f.write(t, name+".new", text)
	if err := os.Rename(filepath.Join(string(f), name+".new"), filepath.Join(string(f), name)); err != nil {
		t.Fatal(err)
	}
}

// TestFilesRotateUnderLoad rotates the token, the certificate of the server and its authority again and again, each with the overlap that
// rotations have, while queries run all the time. None fails, and each token and authority is used in its turn.
func TestFilesRotateUnderLoad(t *testing.T) {
	const rounds = 6
	s, f := newGuardedServer(t), newFolder(t)
	authority := newAuthority(t, "0")
	certificate, key := authority.sign(t, "prometheus.monitoring")
	pair := pairOf(t, certificate, key)
	s.certificate.Store(&pair)
	s.tokens.Store(&[2]string{"token-0", "token-0"})
	f.write(t, "token", "token-0")
	f.write(t, "ca.crt", authority.pem)
	s.StartTLS()
	t.Cleanup(s.Close)
	client := f.load(t, `servers: [{name: a, url: "`+s.URL+`", http: {authorization: {credentials_file: token},
tls_config: {ca_file: ca.crt, server_name: prometheus.monitoring}}}]`)

	var asked, failures atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant}); err != nil && failures.Add(1) < 5 {
					t.Errorf("a query failed: %v", err)
				}
				asked.Add(1)
			}
		})
	}
	// further waits until queries that started after now have ended.
	further := func() {
		for target := asked.Load() + 12; asked.Load() < target; {
			asks(t, client)
		}
	}
	further()
	for round := 1; round <= rounds; round++ {
		before, token := authority, "token-"+string(rune('0'+round))
		s.tokens.Store(&[2]string{token, s.tokens.Load()[0]})
		authority = newAuthority(t, token)
		f.replace(t, "ca.crt", before.pem+authority.pem) // first both
		f.replace(t, "token", token)
		further()
		certificate, key := authority.sign(t, "prometheus.monitoring")
		pair := pairOf(t, certificate, key)
		s.certificate.Store(&pair)
		further()
		f.replace(t, "ca.crt", authority.pem)
		further()
		if _, used := s.seen.Load("Bearer " + token); !used {
			t.Fatalf("round %d: the new token is not used", round)
		}
	}
	close(stop)
	load.Wait()
	t.Logf("%d queries over %d rotations, %d failed", asked.Load(), rounds, failures.Load())
}
