package prom

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/prometheus/common/config"
)

// newHTTPClient returns the client that sends, signs and limits requests. From the outside in: the body limit counts
// decompressed bytes, and the signature covers the request, with its tenant, before the library adds headers.
func newHTTPClient(o Options) (*http.Client, error) {
	sender := o.Transport
	if sender == nil {
		var err error
		sender, err = config.NewRoundTripperFromConfig(*o.HTTP, "prometheus-"+o.Name, config.WithUserAgent(o.UserAgent))
		if err != nil {
			return nil, fmt.Errorf("http: %w", err)
		}
		sender = gzipTransport{sender}
	}
	if o.Sign != nil {
		sender = &signed{sign: o.Sign, next: sender}
	}
	if o.TenantHeader != "" {
		sender = tenantHeader{name: o.TenantHeader, common: o.Tenant, next: sender}
	}
	return &http.Client{Transport: bodyLimit{sender, o.MaxBytes}, CheckRedirect: redirects(o.HTTP.FollowRedirects)}, nil
}

// redirectError is a redirect that the client does not follow.
type redirectError struct {
	to  *url.URL
	why string
}

func (e redirectError) Error() string {
	return fmt.Sprintf("it redirects to %s, %s: configure the final URL", plainURL(e.to), e.why)
}

// redirects follows only redirects that keep the host, the method and the encryption: a redirect from POST to GET loses
// the query, and mostly leads to a login page.
func redirects(follow bool) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		first := via[0]
		switch {
		case !follow:
			return redirectError{next.URL, "and follow_redirects is false"}
		case next.URL.Hostname() != first.URL.Hostname():
			return redirectError{next.URL, "which is a different host"}
		case first.URL.Scheme == "https" && next.URL.Scheme != "https":
			return redirectError{next.URL, "which is not encrypted"}
		case next.Method != first.Method:
			return redirectError{next.URL, "and the redirect drops the query"}
		case len(via) > 5:
			return redirectError{next.URL, "and has redirected five times before"}
		}
		return nil
	}
}
