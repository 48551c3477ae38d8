package server

import (
	"context"
	"fmt"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/metrics/legacyregistry"

	"flyball.dev/flyball/metricsadapter/catalog"
)

// debugRules is where the report on the rules is served. Its readers need a role with this nonResourceURL.
const debugRules = "/debug/rules"

// loadRules reads the rules, which ask those Prometheus servers. Those that are wrong are logged, and out of force alone.
func (o *Options) loadRules(ctx context.Context, servers []string) (*catalog.Catalog, error) {
	rules, err := catalog.New(ctx, catalog.Options{Sources: []catalog.Source{catalog.File(o.rules)}, Servers: servers})
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	return rules, nil
}

// keepRules has the rules looked at for as long as the server runs, and served and counted.
func keepRules(server *genericapiserver.GenericAPIServer, rules *catalog.Catalog) error {
	if err := legacyregistry.Registerer().Register(rules); err != nil {
		return fmt.Errorf("registering the metrics of the rules: %w", err)
	}
	server.Handler.NonGoRestfulMux.Handle(debugRules, rules)
	if err := server.AddPostStartHook("watch-rules", func(hook genericapiserver.PostStartHookContext) error {
		go rules.Run(hook.Context)
		return nil
	}); err != nil {
		return fmt.Errorf("watching the rules: %w", err)
	}
	return nil
}
