package prom

import (
	"cmp"
	"context"
	"net/http"
)

// tenantKey is the key of the tenant in the context of a request.
type tenantKey struct{}

func withTenant(ctx context.Context, tenant string) context.Context {
	if tenant == "" {
		return ctx
	}
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// tenantHeader sets the header that names the tenant of a request, also in redirected ones. It replaces a header that the
// request has, so that no request names two tenants.
type tenantHeader struct {
	name string
	// common is the tenant of requests without one of their own; empty for no header.
	common string
	next   http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t tenantHeader) RoundTrip(request *http.Request) (*http.Response, error) {
	own, _ := request.Context().Value(tenantKey{}).(string)
	request = request.Clone(request.Context())
	request.Header.Del(t.name)
	if tenant := cmp.Or(own, t.common); tenant != "" {
		request.Header.Set(t.name, tenant)
	}
	return t.next.RoundTrip(request)
}
