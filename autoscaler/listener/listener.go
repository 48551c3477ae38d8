package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/certificate"
)

// Limits of a client. The time to write allows for a profile of a minute.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	writeTimeout   = 2 * time.Minute
	idleTimeout    = 90 * time.Second
	maxHeaderBytes = 32 << 10
)

// Listener is a server of HTTP over TLS 1.3.
type Listener struct {
	// Access guards handlers.
	Access *Access
	// Certificate is the one that it serves.
	Certificate dynamiccertificates.CertKeyContentProvider

	options  Options
	clientCA dynamiccertificates.CAContentProvider
}

// New returns a listener. kube authenticates and authorizes callers.
func New(o *Options, kube kubernetes.Interface, replica string) (*Listener, error) {
	l := &Listener{options: *o}
	var err error
	if l.Certificate, err = o.certificate(replica); err != nil {
		return nil, err
	}
	if l.clientCA, err = o.clientCA(kube); err != nil {
		return nil, err
	}
	l.Access, err = newAccess(kube, l.clientCA)
	return l, err
}

func (o *Options) certificate(replica string) (dynamiccertificates.CertKeyContentProvider, error) {
	if o.CertFile == "" {
		return certificate.New(certificate.Config{Replica: replica, Lifetime: certificate.DefaultLifetime})
	}
	files, err := dynamiccertificates.NewDynamicServingContentFromFiles("serving-cert", o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert-file %q, --tls-private-key-file %q: %w", o.CertFile, o.KeyFile, err)
	}
	return files, nil
}

// clientCA returns nil where client certificates are not accepted.
func (o *Options) clientCA(kube kubernetes.Interface) (dynamiccertificates.CAContentProvider, error) {
	if o.ClientCAFile != "" {
		file, err := dynamiccertificates.NewDynamicCAContentFromFile("client-ca", o.ClientCAFile)
		if err != nil {
			return nil, fmt.Errorf("--client-ca-file %q: %w", o.ClientCAFile, err)
		}
		return file, nil
	}
	if o.SkipLookup {
		return nil, nil
	}
	return dynamiccertificates.NewDynamicCAFromConfigMapController("client-ca", "kube-system", "extension-apiserver-authentication", "client-ca-file", kube)
}

// Serve serves until ctx ends.
func (l *Listener) Serve(ctx context.Context, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", l.options.address())
	if err != nil {
		return fmt.Errorf("--bind-address %s, --secure-port %d: %w", l.options.BindAddress, l.options.SecurePort, err)
	}
	return l.serve(ctx, listener, handler)
}

func (l *Listener) serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	config, err := l.tlsConfig(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: withoutBody(handler), TLSConfig: config, MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(tls.NewListener(listener, config)); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// tlsConfig returns the configuration of TLS, and keeps the certificates in it current until ctx ends. HTTP/2 is left out: its
// streams would need limits of their own.
func (l *Listener) tlsConfig(ctx context.Context) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}
	if l.clientCA != nil {
		// The authenticator verifies certificates. The handshake does not name the CA: it would need the API server, and /healthz
		// may not.
		config.ClientAuth = tls.RequestClientCert
		run(ctx, l.clientCA)
	}
	run(ctx, l.Certificate)
	current := dynamiccertificates.NewDynamicServingCertificateController(config, nil, l.Certificate, nil, nil)
	l.Certificate.AddListener(current)
	if err := current.RunOnce(); err != nil {
		return nil, fmt.Errorf("loading the serving certificate: %w", err)
	}
	go current.Run(1, ctx.Done())
	config.GetConfigForClient = current.GetConfigForClient
	return config, nil
}

// run starts what keeps a certificate current.
func run(ctx context.Context, provider any) {
	runner, ok := provider.(dynamiccertificates.ControllerRunner)
	if !ok {
		return
	}
	if err := runner.RunOnce(ctx); err != nil {
		klog.FromContext(ctx).V(2).Info("A certificate is not loaded yet", "err", err)
	}
	go runner.Run(ctx, 1)
}

// withoutBody refuses requests with a body, which no path reads.
func withoutBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close") // or the server would read the body
			http.Error(w, "requests may not have a body", http.StatusRequestEntityTooLarge)
			return
		}
		next.ServeHTTP(w, r)
	})
}
