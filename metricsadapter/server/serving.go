package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/healthz"
	"k8s.io/apiserver/pkg/server/options"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/metricsadapter/certificate"
)

// serving are the flags of the serving certificate, where no file has it.
type serving struct {
	apiServices []string
	service     string
	lifetime    time.Duration
}

func (s *serving) add(flags *pflag.FlagSet) {
	s.lifetime = certificate.DefaultLifetime
	flags.StringSliceVar(&s.apiServices, "apiservices", s.apiServices,
		"Names of the APIServices in whose spec.caBundle the adapter publishes the CA of its certificate, which it makes in memory. If empty, the API server cannot verify that certificate.")
	flags.StringVar(&s.service, "service", s.service, "Namespace and name of the adapter's Service, as namespace/name, for which the certificate is. Required with --apiservices.")
	flags.DurationVar(&s.lifetime, "serving-certificate-lifetime", s.lifetime,
		"Lifetime of a certificate in memory. After two thirds of it the adapter publishes the CA of the next one, and then serves it.")
}

func (s *serving) validate(refuse func(format string, args ...any), files *options.GeneratableKeyCert) {
	if s.lifetime < certificate.MinLifetime || s.lifetime > certificate.MaxLifetime {
		refuse("--serving-certificate-lifetime %s: must be between %s and %s", s.lifetime, certificate.MinLifetime, certificate.MaxLifetime)
	}
	if _, err := s.serviceName(); err != nil {
		refuse("--service %q: %w", s.service, err)
	}
	if len(s.apiServices) == 0 {
		return
	}
	if s.service == "" {
		refuse("--service: is required with --apiservices")
	}
	if inFiles(files) {
		refuse("--apiservices %s: publishes the CA of a certificate in memory; leave out --tls-cert-file and --cert-dir, or leave out --apiservices and set spec.caBundle",
			strings.Join(s.apiServices, ","))
	}
}

// inFiles reports whether the certificate is in files, which the library reads again when they change.
func inFiles(files *options.GeneratableKeyCert) bool {
	return files.CertKey.CertFile != "" || files.CertDirectory != ""
}

func (s *serving) serviceName() (types.NamespacedName, error) {
	if s.service == "" {
		return types.NamespacedName{}, nil
	}
	namespace, name, found := strings.Cut(s.service, "/")
	if !found || len(validation.IsDNS1123Label(namespace)) > 0 || len(validation.IsDNS1035Label(name)) > 0 {
		return types.NamespacedName{}, errors.New("must be namespace/name, such as flyball/flyball-metricsadapter")
	}
	return types.NamespacedName{Namespace: namespace, Name: name}, nil
}

// certificate returns the certificate in memory, or nil where files have it.
func (s *serving) certificate(ctx context.Context, config *rest.Config, files *options.GeneratableKeyCert) (*certificate.Rotating, error) {
	if inFiles(files) {
		return nil, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("reading the host name for the serving certificate: %w", err)
	}
	service, err := s.serviceName()
	if err != nil {
		return nil, err
	}
	made := certificate.Config{Replica: host, DNSNames: []string{"localhost"}, Lifetime: s.lifetime}
	if service.Name != "" {
		domain := service.Name + "." + service.Namespace + ".svc" // the name that the API server verifies
		made.DNSNames = append(made.DNSNames, domain, domain+".cluster.local")
	}
	if len(s.apiServices) > 0 {
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			return nil, fmt.Errorf("making the client for APIServices: %w", err)
		}
		published := certificate.NewAPIServices(client, s.apiServices, service, host)
		published.Watch(ctx)
		made.Publish, made.Changed = published.Publish, published.Changed()
	}
	return certificate.New(made)
}

// addCertificateCheck makes a replica ready once the API server trusts its certificate: the Service leads requests to it only then.
func addCertificateCheck(server *genericapiserver.GenericAPIServer, rotating *certificate.Rotating) error {
	if rotating == nil {
		return nil
	}
	return server.AddReadyzChecks(healthz.NamedCheck("certificate-published", func(*http.Request) error {
		if !rotating.Published() {
			return errors.New("the CA of the serving certificate is not published yet")
		}
		return nil
	}))
}
