package forward

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/filters"
	"k8s.io/apiserver/pkg/endpoints/handlers/responsewriters"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// Handler forwards requests for metrics that no rule provides, and passes all others to the next handler.
type Handler struct {
	// Providers by the group that they serve.
	Providers map[string]*Provider
	// Serves reports whether a rule provides the requested metric.
	Serves func(*request.RequestInfo) bool
	// Authorizer authorizes callers.
	Authorizer authorizer.UnconditionalAuthorizer
	// Serializer encodes errors.
	Serializer runtime.NegotiatedSerializer
	// Next serves requests that are not forwarded.
	Next http.Handler
}

// ServeHTTP serves an authenticated request with a RequestInfo.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	info, known := request.RequestInfoFrom(r.Context())
	if !known || !info.IsResourceRequest || h.Providers[info.APIGroup] == nil || h.Serves(info) {
		h.Next.ServeHTTP(w, r)
		return
	}
	body, err := h.forward(r, info, h.Providers[info.APIGroup])
	if err != nil {
		responsewriters.ErrorNegotiated(err, h.Serializer, schema.GroupVersion{Group: info.APIGroup, Version: info.APIVersion}, w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // fails only if the client has disconnected
}

func (h *Handler) forward(r *http.Request, info *request.RequestInfo, to *Provider) ([]byte, error) {
	if r.Method != http.MethodGet || info.Verb == "watch" {
		return nil, apierrors.NewMethodNotSupported(schema.GroupResource{Group: info.APIGroup, Resource: info.Resource}, info.Verb)
	}
	if r.Header.Get(hopHeader) != "" {
		return nil, &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure,
			Code:   http.StatusLoopDetected,
			Message: fmt.Sprintf("the request was already forwarded once and is not forwarded again: "+
				"check that %s, the fallthrough provider, does not forward to this adapter", to.name),
		}}
	}
	if err := h.authorize(r.Context(), info); err != nil {
		return nil, err
	}
	path, err := pathOf(info)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return to.get(r.Context(), path, queryOf(r))
}

// authorize checks that the caller may read what the adapter is about to read for it.
func (h *Handler) authorize(ctx context.Context, info *request.RequestInfo) error {
	resource := schema.GroupResource{Group: info.APIGroup, Resource: info.Resource}
	attributes, err := filters.GetAuthorizerAttributes(ctx)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	if attributes.GetUser() == nil {
		return apierrors.NewUnauthorized("the request has no user")
	}
	decision, reason, err := h.Authorizer.Authorize(ctx, attributes)
	if err != nil {
		return apierrors.NewInternalError(fmt.Errorf("authorization of %s failed: %w", attributes.GetUser().GetName(), err))
	}
	if decision != authorizer.DecisionAllow {
		return apierrors.NewForbidden(resource, info.Name, errors.New(reason))
	}
	return nil
}
