package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// root of the page, which the proxy serves and nothing else.
const root = "/dashboard/"

// proxy serves the page of an autoscaler on this machine with the credentials of one user. Other users of the machine can connect, too, and
// so can other pages in the browser. It therefore serves only requests with a secret, which the first address has and which becomes a
// cookie that scripts and other sites do not have.
type proxy struct {
	secret string
	// host is the address under which the browser asks, to which other names are not resolved for.
	host string
	to   *httputil.ReverseProxy
}

const cookieName = "flyball-dashboard"

func newProxy(host string, target *url.URL, transport http.RoundTripper) *proxy {
	p := &proxy{secret: rand.Text(), host: host}
	p.to = &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, // events are sent on at once
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = target.Host
			for _, header := range []string{"Cookie", "Authorization", "Origin", "Referer"} {
				r.Out.Header.Del(header)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "the autoscaler does not answer: "+err.Error()+"; run flyball dashboard again if its pod has changed", http.StatusBadGateway)
		},
	}
	return p
}

// address is where a browser begins. Its secret is in the path, not after a #, so that it works without a script.
func (p *proxy) address() string { return "http://" + p.host + "/open/" + p.secret }

// ServeHTTP is part of [http.Handler].
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	secret, opening := strings.CutPrefix(r.URL.Path, "/open/")
	switch cookie, err := r.Cookie(cookieName); {
	case r.Host != p.host: // a page whose name was resolved to this machine
		http.Error(w, "unknown host", http.StatusForbidden)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "the page is read-only", http.StatusMethodNotAllowed)
	case opening && p.isSecret(secret):
		http.SetCookie(w, &http.Cookie{Name: cookieName, Value: p.secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		// A redirect would not send a strict cookie from a program that is not a browser page.
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Refresh", "0; url="+root)
		_, _ = fmt.Fprintf(w, `<!DOCTYPE html><title>Flyball</title><link rel="icon" href="data:,"><a href="%s">Open the page</a>`, root)
	case err != nil || !p.isSecret(cookie.Value):
		http.Error(w, "open the address that flyball dashboard has printed", http.StatusUnauthorized)
	case r.URL.Path == "/":
		http.Redirect(w, r, root, http.StatusFound)
	case !strings.HasPrefix(r.URL.Path, root):
		http.NotFound(w, r)
	default:
		w.Header().Del("Referrer-Policy") // the page has its own
		w.Header().Del("Cache-Control")
		p.to.ServeHTTP(w, r)
	}
}

func (p *proxy) isSecret(given string) bool {
	want, got := sha256.Sum256([]byte(p.secret)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// serve serves until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}
