package forward

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/rest"
)

// Options of a Provider. Zero values select the defaults.
type Options struct {
	// Group that it serves, such as external.metrics.k8s.io. Required.
	Group string
	// Service is its address: namespace/service:port. Required. Its certificate must be valid for
	// service.namespace.svc.
	Service string
	// CABundle returns the CA certificates, in PEM, for the service's certificate. Required.
	CABundle CABundle
	// TokenFile has the token that authenticates the adapter; it is read again when it changes. Alternatively CertFile
	// and KeyFile have a client certificate.
	TokenFile, CertFile, KeyFile string
	// Timeout of one request. Default 10s.
	Timeout time.Duration
	// MaxBytes of one answer. Default 16 MiB.
	MaxBytes int64
	// Dial connects to an address. Default: net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Provider is the other provider of a group. It is safe for concurrent use.
type Provider struct {
	options    Options
	name       string // namespace/service
	host       string // service.namespace.svc:port
	connection atomic.Pointer[connection]
	// listed are the last known resources; nil before the first list.
	listed atomic.Pointer[[]metav1.APIResource]
}

// connection is a transport for one CA bundle, or the error for it.
type connection struct {
	bundle    []byte
	transport http.RoundTripper
	err       error
}

// New returns a provider. It does not connect to it.
func New(o Options) (*Provider, error) {
	namespace, rest, slash := strings.Cut(o.Service, "/")
	service, port, colon := strings.Cut(rest, ":")
	if !slash || !colon || len(validation.IsDNS1123Label(namespace)) > 0 || len(validation.IsDNS1123Label(service)) > 0 || !isPort(port) {
		return nil, fmt.Errorf("%q must be namespace/service:port, such as keda/keda-operator-metrics-apiserver:443", o.Service)
	}
	if o.CABundle == nil {
		return nil, fmt.Errorf("%s: a CA is required: the certificate is always verified", o.Service)
	}
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.MaxBytes = cmp.Or(o.MaxBytes, 16<<20)
	c := &Provider{options: o, name: namespace + "/" + service, host: net.JoinHostPort(service+"."+namespace+".svc", port)}
	c.connection.Store(&connection{err: errors.New("its CA was not read yet")})
	return c, nil
}

func isPort(text string) bool {
	var port int
	n, err := fmt.Sscanf(text, "%d", &port)
	return err == nil && n == 1 && port > 0 && port < 1<<16 && fmt.Sprint(port) == text
}

// refreshCABundle reads the CA, and creates a new transport if it changed. After an error the last transport stays in
// use.
func (c *Provider) refreshCABundle(ctx context.Context) {
	bundle, err := c.options.CABundle(ctx)
	last := c.connection.Load()
	if err != nil {
		if last.transport == nil {
			c.connection.Store(&connection{err: fmt.Errorf("cannot read its CA: %w", err)})
		}
		return
	}
	if last.transport != nil && bytes.Equal(bundle, last.bundle) {
		return
	}
	transport, err := c.transport(bundle)
	if err != nil {
		if last.transport == nil {
			c.connection.Store(&connection{err: err})
		}
		return
	}
	c.connection.Store(&connection{bundle: bundle, transport: transport})
}

func (c *Provider) transport(bundle []byte) (http.RoundTripper, error) {
	if len(bytes.TrimSpace(bundle)) == 0 {
		return nil, errors.New("its CA is empty")
	}
	host, _, err := net.SplitHostPort(c.host)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(&rest.Config{
		Host:            "https://" + c.host,
		TLSClientConfig: rest.TLSClientConfig{CAData: bundle, ServerName: host, CertFile: c.options.CertFile, KeyFile: c.options.KeyFile},
		BearerTokenFile: c.options.TokenFile,
		Dial:            c.options.Dial,
		Proxy:           noProxy,
	})
	if err != nil {
		return nil, fmt.Errorf("invalid CA: %w", err)
	}
	return transport, nil
}
