package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Flags configure the location of the rules, in both programs.
type Flags struct {
	// Path of the rules file; empty for none.
	Path string
	// Selector of ConfigMaps with further rules; empty for none.
	Selector string
	// Namespace of those ConfigMaps; * for all.
	Namespace string
	// DiscoveryInterval is the time between two discovery queries.
	DiscoveryInterval time.Duration
	// Poll is the time between two reloads; it has no flag. Default 5s.
	Poll time.Duration
}

// Add adds the flags except --discovery-interval, which the metrics adapter's library already defines.
func (f *Flags) Add(flags *pflag.FlagSet) {
	flags.StringVar(&f.Path, "rules", f.Path, "Path to the rules file. It is reloaded every few seconds: changes need no restart.")
	flags.StringVar(&f.Selector, "rules-configmap-selector", f.Selector,
		"Label selector of ConfigMaps whose keys are additional rules files. Of rules for the same metric, the one in --rules takes precedence.")
	flags.StringVar(&f.Namespace, "rules-configmap-namespace", f.Namespace,
		"Namespace of the ConfigMaps of --rules-configmap-selector; * for all. Users who may write these ConfigMaps control the metrics of all clients.")
}

// DiscoveryUsage is the help of --discovery-interval.
const DiscoveryUsage = "Interval at which Prometheus is queried for the series of discovery rules, where the rules do not determine them."

// Validate reports each invalid flag.
func (f *Flags) Validate(refuse func(format string, args ...any)) {
	if _, err := labels.Parse(f.Selector); err != nil {
		refuse("--rules-configmap-selector %q: %w", f.Selector, err)
	}
	if f.Selector != "" && f.Namespace == "" {
		refuse("--rules-configmap-namespace is required with --rules-configmap-selector; use * for all namespaces")
	}
	if f.DiscoveryInterval < time.Second || f.DiscoveryInterval > time.Hour {
		refuse("--discovery-interval %s: must be between 1s and 1h", f.DiscoveryInterval)
	}
}

// Open reads the rules of the flags, and watches their ConfigMaps until ctx ends. Invalid rules are logged and not in
// force; an unreadable file is an error.
func (f *Flags) Open(ctx context.Context, config *rest.Config, finder Finder, servers []string) (*Catalog, error) {
	o := Options{Finder: finder, Servers: servers, DiscoveryInterval: f.DiscoveryInterval, Poll: f.Poll}
	if f.Path != "" {
		o.Sources = append(o.Sources, File(f.Path))
	}
	if f.Selector != "" {
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			return nil, fmt.Errorf("--rules-configmap-selector: making the client: %w", err)
		}
		namespace := f.Namespace
		if namespace == "*" {
			namespace = ""
		}
		maps := NewConfigMaps(client, namespace, f.Selector)
		maps.Start(ctx)
		o.Optional = append(o.Optional, maps)
	}
	c, err := New(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	return c, nil
}
