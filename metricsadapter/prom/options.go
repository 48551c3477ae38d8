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

// Options of the connection to one server. Zero values stand for the defaults.
type Options struct {
	// Name by which rules ask for the server.
	Name string
	// URL of the server, such as http://prometheus.monitoring:9090. Needed.
	URL string
	// Timeout of one query, waiting for its turn not included. Default 10s.
	Timeout time.Duration
	// MaxConcurrent queries at a time. Default 10: a server takes 20 by default, and it has others to serve.
	MaxConcurrent int
	// NamespaceBudget is the query time that the queries of one namespace may take in each BudgetPeriod; 0 for no limit.
	// Either both are greater than 0 or neither. Queries that belong to no namespace have no budget.
	NamespaceBudget, BudgetPeriod time.Duration
	// MaxBytes of one answer, counted unpacked. Default 64 MiB.
	MaxBytes int64
	// MaxSeries of one answer. Default 250,000.
	MaxSeries int
	// Get asks with GET from the start. By default a query is posted, for it may be longer than a URL, and asked with GET
	// where that is refused.
	Get bool
	// Params are added to each request, such as dedup of Thanos.
	Params url.Values
	// HTTP is authentication, TLS, proxy and headers, in Prometheus' own fields. Default: none, with the proxy of the
	// environment.
	HTTP *config.HTTPClientConfig
	// Sign, where given, signs each request.
	Sign Signer
	// ReadSigV4 decodes the field sigv4 of a file of servers. Without it, the field is an error.
	ReadSigV4 ReadSigner
	// UserAgent that the server sees. Default flyball.
	UserAgent string
	// Transport sends the requests. Default: one made as HTTP says. It is for tests.
	Transport http.RoundTripper
	// Metrics, where given, count the queries.
	Metrics *Metrics
}

// String tells nothing that could be a secret.
func (o Options) String() string {
	parsed, err := url.Parse(o.URL)
	if err != nil {
		return o.Name
	}
	return o.Name + " " + plainURL(parsed)
}

// GoString does so, too.
func (o Options) GoString() string { return o.String() }

// plainURL is a URL without what may be a secret in it.
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

// CheckURL says what is wrong with the URL of a server, in a sentence that does not hold its password.
func CheckURL(text string) error {
	const like = "it must be like http://prometheus.monitoring:9090"
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		// The parser's own words may hold the password.
		return errors.New("the Prometheus URL cannot be read: " + like)
	case parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https":
		return fmt.Errorf("the Prometheus URL %q is none of http or https: %s", parsed.Redacted(), like)
	case parsed.User != nil:
		return fmt.Errorf("the Prometheus URL %q holds credentials: give them as http.basic_auth of a file for --prometheus-config", parsed.Redacted())
	case parsed.RawQuery != "" || parsed.Fragment != "":
		return fmt.Errorf("the Prometheus URL %q has more than a path: give parameters as params of a file for --prometheus-config", plainURL(parsed))
	}
	return nil
}
