package prom

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/prometheus/common/config"
)

// newHTTPClient makes the client that sends, signs and bounds. From the outside in: the bound counts unpacked bytes, and
// a signature is over the request as it is before the library adds what it does.
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
	return &http.Client{Transport: bodyLimit{sender, o.MaxBytes}, CheckRedirect: redirects(o.HTTP.FollowRedirects)}, nil
}

// redirectError is a redirect that is not followed.
type redirectError struct {
	to  *url.URL
	why string
}

func (e redirectError) Error() string {
	return fmt.Sprintf("it redirects to %s, %s: name the URL that answers", plainURL(e.to), e.why)
}

// redirects follows only where the query and the credentials still go to the same host: a redirect that makes GET of a
// POST loses the query, and it is mostly the way to a page for signing in.
func redirects(follow bool) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		first := via[0]
		switch {
		case !follow:
			return redirectError{next.URL, "and follow_redirects is false"}
		case next.URL.Hostname() != first.URL.Hostname():
			return redirectError{next.URL, "which is another host"}
		case first.URL.Scheme == "https" && next.URL.Scheme != "https":
			return redirectError{next.URL, "which is not encrypted"}
		case next.Method != first.Method:
			return redirectError{next.URL, "and the query would be lost on the way"}
		case len(via) > 5:
			return redirectError{next.URL, "and has redirected five times before"}
		}
		return nil
	}
}
