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

// Handler forwards requests for metrics that no rule gives, and leaves all others to the next handler.
type Handler struct {
	// Providers by the group that they serve.
	Providers map[string]*Provider
	// Serves says whether a rule gives the metric that is asked for.
	Serves func(*request.RequestInfo) bool
	// Authorizer says what callers may do.
	Authorizer authorizer.UnconditionalAuthorizer
	// Serializer writes refusals.
	Serializer runtime.NegotiatedSerializer
	// Next answers what is not forwarded.
	Next http.Handler
}

// ServeHTTP answers a request that has been authenticated and whose RequestInfo is known.
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
	_, _ = w.Write(body) // the caller has gone if it fails
}

func (h *Handler) forward(r *http.Request, info *request.RequestInfo, to *Provider) ([]byte, error) {
	if r.Method != http.MethodGet || info.Verb == "watch" {
		return nil, apierrors.NewMethodNotSupported(schema.GroupResource{Group: info.APIGroup, Resource: info.Resource}, info.Verb)
	}
	if r.Header.Get(hopHeader) != "" {
		return nil, &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure,
			Code:   http.StatusLoopDetected,
			Message: fmt.Sprintf("the request has been forwarded once already, and is not forwarded again: "+
				"is %s, which is asked for metrics that no rule gives, an adapter that asks this one?", to.name),
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

// authorize asks whether the caller itself may read what the adapter is about to read for it.
func (h *Handler) authorize(ctx context.Context, info *request.RequestInfo) error {
	resource := schema.GroupResource{Group: info.APIGroup, Resource: info.Resource}
	attributes, err := filters.GetAuthorizerAttributes(ctx)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	if attributes.GetUser() == nil {
		return apierrors.NewUnauthorized("nobody is known to ask")
	}
	decision, reason, err := h.Authorizer.Authorize(ctx, attributes)
	if err != nil {
		return apierrors.NewInternalError(fmt.Errorf("whether %s may read this is not known: %w", attributes.GetUser().GetName(), err))
	}
	if decision != authorizer.DecisionAllow {
		return apierrors.NewForbidden(resource, info.Name, errors.New(reason))
	}
	return nil
}
