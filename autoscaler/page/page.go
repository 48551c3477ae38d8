package page

import (
	"context"
	"embed"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/summary"
)

// Root is the path of the list.
const Root = "/dashboard/"

// Source has the autoscalers. Its methods may be called by any goroutine.
type Source interface {
	// Namespaces are those that have autoscalers, in their order.
	Namespaces() []string
	// Entries are the autoscalers of a namespace, or of all for "", in no order.
	Entries(namespace string) []summary.Entry
	// Entry returns one of them, if it exists.
	Entry(namespace, name string) (entry summary.Entry, found bool)
	// Row returns the row of an entry.
	Row(autoscaler *v1alpha1.HorizontalAutoscaler) summary.Row
	// Detail returns an autoscaler, and its decision of a time if that is not zero; nil for one that does not exist.
	Detail(namespace, name string, moment time.Time) *summary.Detail
}

// Reader is who reads.
type Reader interface {
	// MayList reports whether the reader may list HorizontalAutoscalers in a namespace, or in all for "". An error means that the
	// API server did not answer.
	MayList(ctx context.Context, namespace string) (bool, error)
	// MayListKind reports the same of another kind.
	MayListKind(ctx context.Context, kind schema.GroupResource, namespace string) (bool, error)
}

// Survey reads what the doctor examines from a namespace, or from all for "", without the kinds that refuse has a reason for.
type Survey func(ctx context.Context, namespace string, refuse func(kind string) error) (*doctor.Snapshot, error)

// Guard serves authenticated readers only.
type Guard func(next func(w http.ResponseWriter, r *http.Request, reader Reader)) http.Handler

// Config is what a page needs.
type Config struct {
	Source Source
	// Survey is nil where the page has no plain HPAs.
	Survey Survey
	// Requests guards pages, and Streams server-sent events, which stay open.
	Requests, Streams Guard
	// Now is the clock.
	Now func() time.Time
	// Replica is the name of this process, for notes on what it does not have, and Version that of the program.
	Replica, Version string
	// Defaults are those of the autoscaler's flags, for the replay of a change.
	Defaults policy.Defaults
}

//go:embed assets templates
var files embed.FS

type page struct {
	Config
	surveys surveys
}

// New returns the handler of all paths from [Root] on.
func New(config Config) http.Handler {
	p := &page{Config: config}
	mux := http.NewServeMux()
	handle := func(pattern string, guard Guard, serve func(w http.ResponseWriter, r *http.Request, reader Reader)) {
		mux.Handle(pattern, withHeaders(guard(serve)))
	}
	handle("GET "+Root+"{$}", p.Requests, p.serveList)
	handle("GET "+Root+"autoscalers/{namespace}/{name}", p.Requests, p.serveDetail)
	handle("GET "+Root+"autoscalers/{namespace}/{name}/decisions/{time}", p.Requests, p.serveDetail)
	handle("GET "+Root+"hpas/{$}", p.Requests, p.serveHPAs)
	handle("GET "+Root+"hpas/{namespace}/{name}", p.Requests, p.serveHPA)
	handle("GET "+Root+"events", p.Streams, p.serveEvents)
	handle("GET "+Root+"assets/{file}", p.Requests, serveAsset)
	mux.Handle(Root, withHeaders(p.Requests(func(w http.ResponseWriter, _ *http.Request, _ Reader) {
		fail(w, http.StatusNotFound, "This page does not exist.")
	})))
	return mux
}

// withHeaders forbids all but the page's own files: no other origin, no inline script or style, no frame.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
