package main

import (
	"fmt"
	"os"

	"flyball.dev/flyball/autoscaler/tenancy"
)

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
