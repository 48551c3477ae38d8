package prom

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/common/config"
)

// Options of the connection to one server. Zero values select the defaults.
type Options struct {
	// Name of the server in rules.
	Name string
	// URL of the server, such as http://prometheus.monitoring:9090. Required.
	URL string
	// Timeout of one query, without the wait for the concurrency limit. Default 10s.
	Timeout time.Duration
	// MaxConcurrent queries. Default 10: a Prometheus server allows 20 by default, and has other clients.
	MaxConcurrent int
	// NamespaceBudget is the query time of one namespace in each BudgetPeriod; 0 for no limit. Either both are greater
	// than 0 or neither. Queries without a namespace have no budget.
	NamespaceBudget, BudgetPeriod time.Duration
	// NamespaceBudgetOf returns the budget of a namespace that has one of its own; nil where none has.
	NamespaceBudgetOf func(namespace string) (budget time.Duration, ok bool)
	// MaxBytes of one decompressed response. Default 64 MiB.
	MaxBytes int64
	// MaxSeries of one result. Default 250,000.
	MaxSeries int
	// Get sends GET requests only. By default queries are sent with POST, because they can be longer than a URL, and
	// with GET where POST is rejected.
	Get bool
	// Params are added to each request, such as dedup of Thanos.
	Params url.Values
	// TenantHeader is the header that names the tenant, such as X-Scope-OrgID of Mimir; empty for none. Tenant is its value in
	// requests without a tenant of their own; empty for no header.
	TenantHeader, Tenant string
	// HTTP configures authentication, TLS, proxy and headers, in Prometheus' own fields. Default: none, with the proxy
	// of the environment.
	HTTP *config.HTTPClientConfig
	// Sign, if set, signs each request.
	Sign Signer
	// ReadSigV4 decodes the field sigv4 of a file of servers. Without it, the field is an error.
	ReadSigV4 ReadSigner
	// UserAgent of the requests. Default flyball.
	UserAgent string
	// Transport sends the requests. Default: a transport with the settings of HTTP. Tests replace it.
	Transport http.RoundTripper
	// Metrics, if set, record the queries.
	Metrics *Metrics
}

// String returns the options without possible secrets.
func (o Options) String() string {
	parsed, err := url.Parse(o.URL)
	if err != nil {
		return o.Name
	}
	return o.Name + " " + plainURL(parsed)
}

// GoString returns String.
func (o Options) GoString() string { return o.String() }

// plainURL returns a URL without possible secrets.
func plainURL(u *url.URL) string {
	plain := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return plain.String()
}

func (o *Options) setDefaults() {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, 10)
	o.MaxBytes = cmp.Or(o.MaxBytes, 64<<20)
	o.MaxSeries = cmp.Or(o.MaxSeries, 250_000)
	o.UserAgent = cmp.Or(o.UserAgent, "flyball")
	if o.HTTP == nil {
		http := config.DefaultHTTPClientConfig
		http.ProxyFromEnvironment = true
		o.HTTP = &http
	}
}

// CheckURL validates the URL of a server. The error does not contain a password.
func CheckURL(text string) error {
	const like = "it must be like http://prometheus.monitoring:9090"
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		// The parser's error may contain the password.
		return errors.New("invalid Prometheus URL: " + like)
	case parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https":
		return fmt.Errorf("the Prometheus URL %q is not an http or https URL: %s", parsed.Redacted(), like)
	case parsed.User != nil:
		return fmt.Errorf("the Prometheus URL %q contains credentials: set them in http.basic_auth of the file of --prometheus-config", parsed.Redacted())
	case parsed.RawQuery != "" || parsed.Fragment != "":
		return fmt.Errorf("the Prometheus URL %q has a query or fragment: set parameters in params of the file of --prometheus-config", plainURL(parsed))
	}
	return nil
}
