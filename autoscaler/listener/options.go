package listener

import (
	"fmt"
	"net"

	"github.com/spf13/pflag"
)

// Options are the flags of the listener, with the names and meanings that the programs of Kubernetes have.
type Options struct {
	BindAddress       net.IP
	SecurePort        int
	CertFile, KeyFile string
	ClientCAFile      string
	// SkipLookup is for programs that may not read the client CA in kube-system.
	SkipLookup bool
}

// DefaultOptions listen on all addresses of IPv4 and, where the machine has it, IPv6.
func DefaultOptions() Options { return Options{BindAddress: net.IPv4zero, SecurePort: 8443} }

// AddFlags adds the flags.
func (o *Options) AddFlags(flags *pflag.FlagSet) {
	flags.IPVar(&o.BindAddress, "bind-address", o.BindAddress,
		"The IP address on which to listen for the --secure-port port. An unspecified address, 0.0.0.0 or ::, is for all addresses of IPv4 and IPv6.")
	flags.IntVar(&o.SecurePort, "secure-port", o.SecurePort,
		"The port on which to serve /healthz and /readyz to all, and /metrics, /debug/rules, /debug/bundle/{namespace}/{name}, /debug/summary/{namespace} and the page at /dashboard/ to those whom the API server authorizes.")
	flags.StringVar(&o.CertFile, "tls-cert-file", o.CertFile,
		"File with the serving certificate in PEM, read again when it changes. If empty, the certificate is made in memory and signs itself.")
	flags.StringVar(&o.KeyFile, "tls-private-key-file", o.KeyFile, "File with the private key of --tls-cert-file.")
	flags.StringVar(&o.ClientCAFile, "client-ca-file", o.ClientCAFile,
		"File with the CA of client certificates, read again when it changes. If empty, the CA of the API server is read from the ConfigMap extension-apiserver-authentication in kube-system.")
	flags.BoolVar(&o.SkipLookup, "authentication-skip-lookup", o.SkipLookup,
		"If true, that ConfigMap is not read, and callers without a bearer token are refused unless --client-ca-file is set.")
}

// Validate reports invalid flags.
func (o *Options) Validate(refuse func(format string, args ...any)) {
	if o.SecurePort < 1 || o.SecurePort > 65535 {
		refuse("--secure-port %d: must be from 1 to 65535", o.SecurePort)
	}
	if (o.CertFile == "") != (o.KeyFile == "") {
		refuse("--tls-cert-file %q, --tls-private-key-file %q: set both or neither", o.CertFile, o.KeyFile)
	}
}

func (o *Options) address() string {
	return net.JoinHostPort(o.BindAddress.String(), fmt.Sprint(o.SecurePort))
}
