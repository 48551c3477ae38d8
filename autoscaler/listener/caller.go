package listener

import (
	"context"
	"fmt"
	"net/http"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/klog/v2"
)

// Caller is an authenticated caller.
type Caller struct {
	access *Access
	user   user.Info
}

// MayList reports whether the caller may list the objects of a namespace, or of all for "".
func (c *Caller) MayList(ctx context.Context, resource schema.GroupVersionResource, namespace string) (bool, error) {
	decision, _, err := c.access.authorizer.Authorize(ctx, authorizer.AttributesRecord{
		User: c.user, Verb: "list", APIGroup: resource.Group, APIVersion: resource.Version, Resource: resource.Resource, ResourceRequest: true,
		Namespace: namespace,
	})
	if err != nil {
		klog.FromContext(ctx).Error(err, "Failed to authorize a request", "user", c.user.GetName())
	}
	return decision == authorizer.DecisionAllow, err
}

// Caller serves authenticated callers. The handler checks what they may read.
func (a *Access) Caller(next func(w http.ResponseWriter, r *http.Request, caller *Caller)) http.Handler {
	return a.within(a.slots, next)
}

// Stream is [Access.Caller] for answers that stay open.
func (a *Access) Stream(next func(w http.ResponseWriter, r *http.Request, caller *Caller)) http.Handler {
	return a.within(a.streams, next)
}

// within serves callers while slots are free.
func (a *Access) within(slots chan struct{}, next func(w http.ResponseWriter, r *http.Request, caller *Caller)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, fmt.Sprintf("more than %d requests at a time", cap(slots)), http.StatusTooManyRequests)
			return
		}
		caller, ok, err := a.authenticator.AuthenticateRequest(r)
		if err != nil || !ok {
			klog.FromContext(r.Context()).V(2).Info("Unauthenticated request", "path", r.URL.Path, "remote", r.RemoteAddr, "err", err)
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "unauthorized: send a bearer token or a client certificate that the API server accepts", http.StatusUnauthorized)
			return
		}
		next(w, r, &Caller{a, caller.User})
	})
}
