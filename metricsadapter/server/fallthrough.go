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

// fallthroughs name the providers that are asked for the metrics that no rule gives.
type fallthroughs struct {
	external, externalCA         string
	custom, customCA             string
	tokenFile, certFile, keyFile string
	timeout                      time.Duration
}

func (f *fallthroughs) add(flags *pflag.FlagSet) {
	f.tokenFile, f.timeout = "/var/run/secrets/kubernetes.io/serviceaccount/token", 10*time.Second
	const ca = "its CA: the path of a file, configmap:NAMESPACE/NAME/KEY or apiservice:NAME."
	flags.StringVar(&f.external, "fallthrough-external", f.external,
		"Provider of external.metrics.k8s.io that is asked for metrics that no rule gives, as namespace/service:port; empty for none.")
	flags.StringVar(&f.externalCA, "fallthrough-external-ca", f.externalCA, "Where to find "+ca)
	flags.StringVar(&f.custom, "fallthrough-custom", f.custom,
		"Provider of custom.metrics.k8s.io that is asked for metrics that no rule gives, as namespace/service:port; empty for none.")
	flags.StringVar(&f.customCA, "fallthrough-custom-ca", f.customCA, "Where to find "+ca)
	flags.StringVar(&f.tokenFile, "fallthrough-token-file", f.tokenFile, "File of the token that is shown to those providers; empty for none.")
	flags.StringVar(&f.certFile, "fallthrough-client-cert-file", f.certFile, "File of a client certificate that is shown to them.")
	flags.StringVar(&f.keyFile, "fallthrough-client-key-file", f.keyFile, "File of its key.")
	flags.DurationVar(&f.timeout, "fallthrough-timeout", f.timeout, "Time limit of one request to them.")
}

func (f *fallthroughs) validate(refuse func(format string, args ...any)) {
	if (f.certFile == "") != (f.keyFile == "") {
		refuse("--fallthrough-client-cert-file: --fallthrough-client-key-file goes with it")
	}
	if f.timeout < time.Second || f.timeout > time.Minute {
		refuse("--fallthrough-timeout %s: must be from 1s to 1m", f.timeout)
	}
	for _, of := range []struct{ flag, service, ca string }{
		{"--fallthrough-external", f.external, f.externalCA}, {"--fallthrough-custom", f.custom, f.customCA},
	} {
		if of.service != "" && of.ca == "" {
			refuse("%s-ca: is needed, for the provider's certificate is always verified", of.flag)
		}
	}
}

// providers makes the providers that the flags name, by group.
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

// handlerChain puts the providers in front of the API, behind all that authenticates, authorises and limits.
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

// serves says whether a request is to be answered here: a rule gives its metric, or it is about none.
func serves(info *request.RequestInfo, custom *provider.Custom, external *provider.External) bool {
	if info.APIGroup == external_metrics.GroupName {
		return len(info.Parts) != 1 || external.Serves(cma.ExternalMetricInfo{Metric: info.Resource}, info.Namespace)
	}
	metric, is := customMetric(info)
	return !is || custom.Serves(metric, info.Namespace)
}

// customMetric reads which metric a request is about; false for none.
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

// runProviders keeps what is known of the providers for as long as the server runs.
func runProviders(server *genericapiserver.GenericAPIServer, children map[string]*forward.Provider, changed func()) error {
	return server.AddPostStartHook("watch-providers", func(hook genericapiserver.PostStartHookContext) error {
		for _, child := range children {
			go child.Run(hook.Context, changed)
		}
		return nil
	})
}
