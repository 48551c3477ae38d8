package main

import (
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"flyball.dev/flyball/autoscaler/tenancy"
	"flyball.dev/flyball/metricsadapter/prom"
)

// newTenantClient reads what each namespace may do, and returns a client of the servers in the flags, nil without any. Each server
// that a namespace may query is one of them.
func newTenantClient(o *options, registry prometheus.Registerer) (*prom.Client, error) {
	if err := o.readNamespaces(); err != nil {
		return nil, err
	}
	client, err := newClient(o, registry)
	if err != nil {
		return nil, err
	}
	if err := o.defaults.Namespaces.CheckServers(client.Servers()); err != nil {
		return nil, fmt.Errorf("%s %s: %w", tenancy.Flag, o.namespacesConfig, err)
	}
	return client, nil
}

// readNamespaces reads the file of what each namespace may do, if a flag names one.
func (o *options) readNamespaces() error {
	if o.namespacesConfig == "" {
		return nil
	}
	text, err := os.ReadFile(o.namespacesConfig)
	if err == nil {
		o.defaults.Namespaces, err = tenancy.Load(text)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", tenancy.Flag, o.namespacesConfig, err)
	}
	return nil
}
