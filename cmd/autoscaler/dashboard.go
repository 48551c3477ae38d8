package main

import (
	"context"
	"net/http"
	"os"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/controller"
	"flyball.dev/flyball/autoscaler/listener"
	"flyball.dev/flyball/autoscaler/page"
	"flyball.dev/flyball/cmd/internal/version"
)

// newPage returns the web page of a controller.
func newPage(c *controller.Controller, access *listener.Access, autoscalers schema.GroupVersionResource) http.Handler {
	guard := func(by func(func(http.ResponseWriter, *http.Request, *listener.Caller)) http.Handler) page.Guard {
		return func(next func(http.ResponseWriter, *http.Request, page.Reader)) http.Handler {
			return by(func(w http.ResponseWriter, r *http.Request, caller *listener.Caller) {
				next(w, r, reader{caller, autoscalers})
			})
		}
	}
	host, _ := os.Hostname() // it is shown only
	return page.New(page.Config{Source: c, Requests: guard(access.Caller), Streams: guard(access.Stream), Now: now, Replica: host, Version: version.String(), Defaults: c.Defaults()})
}

// reader is a caller as a reader of the page.
type reader struct {
	caller      *listener.Caller
	autoscalers schema.GroupVersionResource
}

// MayList is part of [page.Reader].
func (r reader) MayList(ctx context.Context, namespace string) (bool, error) {
	return r.caller.MayList(ctx, r.autoscalers, namespace)
}
