package server

import (
	"fmt"

	genericapiserver "k8s.io/apiserver/pkg/server"

	"flyball.dev/flyball/metricsadapter/catalog"
)

// debugRules is the path of the report on the rules. Clients need a role with this nonResourceURL.
const debugRules = "/debug/rules"

// serveRules reloads the rules while the server runs, and serves the report.
func serveRules(server *genericapiserver.GenericAPIServer, rules *catalog.Catalog) error {
	server.Handler.NonGoRestfulMux.Handle(debugRules, rules)
	if err := server.AddPostStartHook("watch-rules", func(hook genericapiserver.PostStartHookContext) error {
		go rules.Run(hook.Context)
		return nil
	}); err != nil {
		return fmt.Errorf("watching the rules: %w", err)
	}
	return nil
}
