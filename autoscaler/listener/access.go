package listener

import (
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/authenticatorfactory"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
)

// cached is how long answers of the API server are kept, as in the programs of Kubernetes.
const cached = 10 * time.Second

const (
	// maxConcurrent requests of callers are served at a time; /healthz and /readyz do not count.
	maxConcurrent = 32
	// maxStreams answers that stay open are served at a time, beside those requests.
	maxStreams = 128
)

// Access asks the API server who a caller is, and what it may read.
type Access struct {
	authenticator authenticator.Request
	authorizer    authorizer.Authorizer
	// slots are of requests, and streams of those that stay open.
	slots, streams chan struct{}
}

// newAccess returns the access of a cluster. clientCA is nil where client certificates are not accepted.
func newAccess(kube kubernetes.Interface, clientCA dynamiccertificates.CAContentProvider) (*Access, error) {
	backoff := &wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.5, Jitter: 0.2, Steps: 3}
	callers, _, err := authenticatorfactory.DelegatingAuthenticatorConfig{
		TokenAccessReviewClient: kube.AuthenticationV1(), TokenAccessReviewTimeout: 10 * time.Second,
		WebhookRetryBackoff: backoff, CacheTTL: cached, ClientCertificateCAContentProvider: clientCA,
	}.New()
	if err != nil {
		return nil, fmt.Errorf("setting up authentication: %w", err)
	}
	rights, err := authorizerfactory.DelegatingAuthorizerConfig{
		SubjectAccessReviewClient: kube.AuthorizationV1(), AllowCacheTTL: cached, DenyCacheTTL: cached, WebhookRetryBackoff: backoff,
	}.New()
	if err != nil {
		return nil, fmt.Errorf("setting up authorization: %w", err)
	}
	return &Access{callers, rights, make(chan struct{}, maxConcurrent), make(chan struct{}, maxStreams)}, nil
}

// Path serves callers who may get the path of their request, as a nonResourceURL.
func (a *Access) Path(next http.Handler) http.Handler {
	return a.guard(next, func(r *http.Request) authorizer.AttributesRecord {
		return authorizer.AttributesRecord{Verb: "get", Path: r.URL.Path}
	})
}

// Object serves callers who may get the object that the path of their request has as {namespace} and {name}.
func (a *Access) Object(resource schema.GroupVersionResource, next http.Handler) http.Handler {
	return a.guard(next, func(r *http.Request) authorizer.AttributesRecord {
		return authorizer.AttributesRecord{
			Verb: "get", APIGroup: resource.Group, APIVersion: resource.Version, Resource: resource.Resource, ResourceRequest: true,
			Namespace: r.PathValue("namespace"), Name: r.PathValue("name"),
		}
	})
}

// List serves callers who may list the objects of the namespace that the path of their request has as {namespace}, or of all
// namespaces where it has none.
func (a *Access) List(resource schema.GroupVersionResource, next http.Handler) http.Handler {
	return a.guard(next, func(r *http.Request) authorizer.AttributesRecord {
		return authorizer.AttributesRecord{
			Verb: "list", APIGroup: resource.Group, APIVersion: resource.Version, Resource: resource.Resource, ResourceRequest: true,
			Namespace: r.PathValue("namespace"),
		}
	})
}

func (a *Access) guard(next http.Handler, attributes func(r *http.Request) authorizer.AttributesRecord) http.Handler {
	return a.Caller(func(w http.ResponseWriter, r *http.Request, caller *Caller) {
		wanted := attributes(r)
		wanted.User = caller.user
		switch decision, reason, err := a.authorizer.Authorize(r.Context(), wanted); {
		case err != nil:
			klog.FromContext(r.Context()).Error(err, "Failed to authorize a request", "path", r.URL.Path, "user", caller.user.GetName())
			http.Error(w, "the API server did not authorize the request; try again", http.StatusServiceUnavailable)
		case decision != authorizer.DecisionAllow:
			http.Error(w, forbidden(&wanted, reason), http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// forbidden names the permission that is missing.
func forbidden(wanted *authorizer.AttributesRecord, reason string) string {
	what := fmt.Sprintf("nonResourceURL %q", wanted.Path)
	if wanted.ResourceRequest {
		what = fmt.Sprintf("resource %q in API group %q in namespace %q", wanted.Resource, wanted.APIGroup, wanted.Namespace)
		if wanted.Namespace == "" {
			what = fmt.Sprintf("resource %q in API group %q at the cluster scope", wanted.Resource, wanted.APIGroup)
		}
	}
	if reason != "" {
		reason = ": " + reason
	}
	return fmt.Sprintf("forbidden: user %q cannot %s %s%s", wanted.User.GetName(), wanted.Verb, what, reason)
}
