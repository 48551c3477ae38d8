package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	"k8s.io/metrics/pkg/apis/external_metrics"

	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/certificate"
	"flyball.dev/flyball/metricsadapter/forward"
	"flyball.dev/flyball/metricsadapter/provider"
	"flyball.dev/flyball/metricsadapter/store"
	"flyball.dev/flyball/metricsadapter/telemetry"
)

// Run serves until ctx ends, and then completes the requests in flight.
func (o *Options) Run(ctx context.Context) error {
	if err := o.validate(); err != nil {
		return err
	}
	o.spreadKubeconfig()
	own := newAdapterMetrics()
	client, err := o.newClient(own.registry)
	if err != nil {
		return err
	}
	config, err := o.base.ClientConfig()
	if err != nil {
		return err
	}
	rules, err := o.rules.Open(ctx, config, client, client.Servers())
	if err != nil {
		return err
	}
	queries := telemetry.NewQueries(rules)
	answers := store.New(client, store.Options{
		Period:        o.refreshPeriod,
		Offset:        o.refreshOffset,
		Spread:        o.refreshSpread,
		Idle:          max(5*time.Minute, 3*o.refreshPeriod),
		NoSampleTimes: !o.sampleTimes,
		Observe:       queries.Observe,
	})
	defer answers.Close()
	queries.SetStore(answers)
	own.register(rules, queries)
	if err := own.publish(); err != nil {
		return err
	}
	return o.serve(ctx, config, rules, answers, own)
}

// serve creates the server. The library determines the order: the providers come before the configuration, because the
// OpenAPI definitions depend on them, and the definitions before the server.
func (o *Options) serve(ctx context.Context, config *rest.Config, rules *catalog.Catalog, answers *store.Store, own *adapterMetrics) error {
	watch, err := newObjectInformers(config)
	if err != nil {
		return err
	}
	children, err := o.fallthroughs.providers(config)
	if err != nil {
		return err
	}
	custom := &customList{
		CountedCustom: provider.CountedCustom{Custom: provider.NewCustom(rules, answers, watch.objects), Requests: own.requests},
		other:         children[custom_metrics.GroupName],
	}
	external := &externalList{
		CountedExternal: provider.CountedExternal{External: provider.NewExternal(rules, answers), Requests: own.requests},
		other:           children[external_metrics.GroupName],
	}
	rotating, err := o.serving.certificate(ctx, config, &o.base.SecureServing.ServerCert)
	if err != nil {
		return err
	}
	server, err := o.newServer(custom, external, children, rotating)
	if err != nil {
		return err
	}
	own.expiry.SetProvider(server.SecureServingInfo.Cert)
	if err := installResources(server, provider.NewResources(rules, answers, watch.objects), own.requests); err != nil {
		return err
	}
	listed := &metricDiscovery{server: server, custom: custom, external: external}
	if err := listed.publish(); err != nil {
		return err
	}
	rules.OnChange(func() { listed.republish(ctx) })
	err = errors.Join(
		serveRules(server, rules),
		addHooks(server, watch),
		addCertificateCheck(server, rotating),
		runProviders(server, children, func() { listed.republish(ctx) }),
	)
	if err != nil {
		return err
	}
	return o.base.Run(ctx)
}

// newServer returns the server of custom and external metrics.
func (o *Options) newServer(
	custom *customList, external *externalList, children map[string]*forward.Provider, rotating *certificate.Rotating,
) (*genericapiserver.GenericAPIServer, error) {
	o.base.WithCustomMetrics(custom)
	o.base.WithExternalMetrics(external)
	o.addDefinitions()
	config, err := o.base.Config()
	if err != nil {
		return nil, fmt.Errorf("configuring the server: %w", err)
	}
	config.GenericConfig.BuildHandlerChainFunc = handlerChain(children, custom.Custom, external.External)
	if rotating != nil {
		config.GenericConfig.SecureServing.Cert = rotating
	}
	server, err := o.base.Server()
	if err != nil {
		return nil, fmt.Errorf("making the server: %w", err)
	}
	return server.GenericAPIServer, nil
}

// addHooks starts the informers with the server, and makes it ready once they have synced.
func addHooks(server *genericapiserver.GenericAPIServer, w *objectInformers) error {
	if err := server.AddPostStartHook("watch-objects", func(hook genericapiserver.PostStartHookContext) error {
		w.start(hook.Context)
		return nil
	}); err != nil {
		return fmt.Errorf("starting the informers: %w", err)
	}
	if err := server.AddReadyzChecks(w); err != nil {
		return fmt.Errorf("adding the readiness check: %w", err)
	}
	return nil
}
