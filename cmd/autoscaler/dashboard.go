package main

import (
	"context"
	"net/http"
	"os"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/controller"
	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/listener"
	"flyball.dev/flyball/autoscaler/page"
	"flyball.dev/flyball/autoscaler/survey"
	"flyball.dev/flyball/cmd/internal/version"
)

// newPage returns the web page of a controller.
func newPage(c *controller.Controller, read page.Survey, access *listener.Access, autoscalers schema.GroupVersionResource) http.Handler {
	guard := func(by func(func(http.ResponseWriter, *http.Request, *listener.Caller)) http.Handler) page.Guard {
		return func(next func(http.ResponseWriter, *http.Request, page.Reader)) http.Handler {
			return by(func(w http.ResponseWriter, r *http.Request, caller *listener.Caller) {
				next(w, r, reader{caller, autoscalers})
			})
		}
	}
	host, _ := os.Hostname() // it is shown only
	return page.New(page.Config{
		Source: c, Survey: read, Requests: guard(access.Caller), Streams: guard(access.Stream), Now: now, Replica: host,
		Version: version.String(), Defaults: c.Defaults(),
	})
}

// surveyOf reads for the page with a client of the configuration.
func surveyOf(config *rest.Config) page.Survey {
	return func(ctx context.Context, namespace string, refuse func(kind string) error) (*doctor.Snapshot, error) {
		return survey.ReadSome(ctx, config, namespace, refuse)
	}
}

// reader is a caller as a reader of the page.
type reader struct {
	caller      *listener.Caller
	autoscalers schema.GroupVersionResource
}

// MayListKind is part of [page.Reader].
func (r reader) MayListKind(ctx context.Context, kind schema.GroupResource, namespace string) (bool, error) {
	return r.caller.MayList(ctx, kind.WithVersion(""), namespace)
}

// MayList is part of [page.Reader].
func (r reader) MayList(ctx context.Context, namespace string) (bool, error) {
	return r.caller.MayList(ctx, r.autoscalers, namespace)
}
