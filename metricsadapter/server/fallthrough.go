package server

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/forward"
	"flyball.dev/flyball/metricsadapter/provider"
)

// fallthroughs configure the providers for metrics that no rule provides.
type fallthroughs struct {
	external, externalCA         string
	custom, customCA             string
	tokenFile, certFile, keyFile string
	timeout                      time.Duration
}

func (f *fallthroughs) add(flags *pflag.FlagSet) {
	f.tokenFile, f.timeout = "/var/run/secrets/kubernetes.io/serviceaccount/token", 10*time.Second
	const ca = "CA of the provider's certificate: the path of a file, configmap:NAMESPACE/NAME/KEY or apiservice:NAME."
	flags.StringVar(&f.external, "fallthrough-external", f.external,
		"Provider of external.metrics.k8s.io for metrics that no rule provides, as namespace/service:port; empty for none.")
	flags.StringVar(&f.externalCA, "fallthrough-external-ca", f.externalCA, ca)
	flags.StringVar(&f.custom, "fallthrough-custom", f.custom,
		"Provider of custom.metrics.k8s.io for metrics that no rule provides, as namespace/service:port; empty for none.")
	flags.StringVar(&f.customCA, "fallthrough-custom-ca", f.customCA, ca)
	flags.StringVar(&f.tokenFile, "fallthrough-token-file", f.tokenFile, "File with the bearer token for these providers; empty for none.")
	flags.StringVar(&f.certFile, "fallthrough-client-cert-file", f.certFile, "File with the client certificate for these providers.")
	flags.StringVar(&f.keyFile, "fallthrough-client-key-file", f.keyFile, "File with the key of --fallthrough-client-cert-file.")
	flags.DurationVar(&f.timeout, "fallthrough-timeout", f.timeout, "Timeout of one request to these providers.")
}

func (f *fallthroughs) validate(refuse func(format string, args ...any)) {
	if (f.certFile == "") != (f.keyFile == "") {
		refuse("--fallthrough-client-cert-file and --fallthrough-client-key-file must be set together")
	}
	if f.timeout < time.Second || f.timeout > time.Minute {
		refuse("--fallthrough-timeout %s: must be between 1s and 1m", f.timeout)
	}
	for _, of := range []struct{ flag, service, ca string }{
		{"--fallthrough-external", f.external, f.externalCA}, {"--fallthrough-custom", f.custom, f.customCA},
	} {
		if of.service != "" && of.ca == "" {
			refuse("%s-ca is required: the provider's certificate is always verified", of.flag)
		}
	}
}

// providers returns the providers of the flags, by group.
func (f *fallthroughs) providers(config *rest.Config) (map[string]*forward.Provider, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client for CAs: %w", err)
	}
	children := map[string]*forward.Provider{}
	for _, of := range []struct{ flag, group, service, ca string }{
		{"--fallthrough-external", external_metrics.GroupName, f.external, f.externalCA},
		{"--fallthrough-custom", custom_metrics.GroupName, f.custom, f.customCA},
	} {
		if of.service == "" {
			continue
		}
		trust, err := forward.ParseCABundle(of.ca, client.RESTClient())
		if err != nil {
			return nil, fmt.Errorf("%s-ca: %w", of.flag, err)
		}
		children[of.group], err = forward.New(forward.Options{
			Group: of.group, Service: of.service, CABundle: trust, Timeout: f.timeout,
			TokenFile: f.tokenFile, CertFile: f.certFile, KeyFile: f.keyFile,
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.flag, err)
		}
	}
	return children, nil
}

// handlerChain adds the providers in front of the API, behind authentication, authorization and limits.
func handlerChain(children map[string]*forward.Provider, custom *provider.Custom, external *provider.External) func(http.Handler, *genericapiserver.Config) http.Handler {
	return func(api http.Handler, c *genericapiserver.Config) http.Handler {
		return genericapiserver.DefaultBuildHandlerChain(newCallerLimit(&requestValidation{next: &forward.Handler{
			Providers:  children,
			Serves:     func(info *request.RequestInfo) bool { return serves(info, custom, external) },
			Authorizer: c.Authorization.Authorizer,
			Serializer: apiserver.Codecs,
			Next:       api,
		}}, maxPerCaller), c)
	}
}

// serves reports whether the adapter serves a request itself: a rule provides its metric, or the request is not for a
// metric.
func serves(info *request.RequestInfo, custom *provider.Custom, external *provider.External) bool {
	if info.APIGroup == external_metrics.GroupName {
		return len(info.Parts) != 1 || external.Serves(cma.ExternalMetricInfo{Metric: info.Resource}, info.Namespace)
	}
	metric, ok := customMetric(info)
	return !ok || custom.Serves(metric, info.Namespace)
}

// customMetric returns the metric of a request; false for none.
func customMetric(info *request.RequestInfo) (cma.CustomMetricInfo, bool) {
	switch {
	case info.Namespace != "" && info.Resource == "metrics" && len(info.Parts) == 2: // namespaces/NAME/metrics/METRIC
		return cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "namespaces"}, Metric: info.Name}, true
	case len(info.Parts) != 3:
		return cma.CustomMetricInfo{}, false
	}
	return cma.CustomMetricInfo{
		GroupResource: schema.ParseGroupResource(info.Resource), Namespaced: info.Namespace != "", Metric: info.Subresource,
	}, true
}

// runProviders refreshes the providers while the server runs.
func runProviders(server *genericapiserver.GenericAPIServer, children map[string]*forward.Provider, changed func()) error {
	return server.AddPostStartHook("watch-providers", func(hook genericapiserver.PostStartHookContext) error {
		for _, child := range children {
			go child.Run(hook.Context, changed)
		}
		return nil
	})
}
