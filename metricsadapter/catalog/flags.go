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

// Flags say where the rules are. Both programs have them.
type Flags struct {
	// Path of the rules file; empty for none.
	Path string
	// Selector of ConfigMaps with further rules; empty for none.
	Selector string
	// Namespace of those ConfigMaps; * for all.
	Namespace string
	// DiscoveryInterval is the time between two askings for series.
	DiscoveryInterval time.Duration
	// Poll is the time between two looks at the rules, for which there is no flag. Default 5s.
	Poll time.Duration
}

// Add adds the flags but for --discovery-interval, which the metrics adapter's library has under that name already.
func (f *Flags) Add(flags *pflag.FlagSet) {
	flags.StringVar(&f.Path, "rules", f.Path, "Path to the rules file. It is looked at every few seconds: changes need no restart.")
	flags.StringVar(&f.Selector, "rules-configmap-selector", f.Selector,
		"Label selector of ConfigMaps whose keys are rules files, too. Of rules that give the same metric, the one in --rules counts.")
	flags.StringVar(&f.Namespace, "rules-configmap-namespace", f.Namespace,
		"Namespace of those ConfigMaps; * for all. Whoever may write them decides what metrics there are for everybody.")
}

// DiscoveryUsage tells of --discovery-interval.
const DiscoveryUsage = "Time between two askings of Prometheus for the series that rules make metrics of, where the rules alone do not tell."

// Validate gives a sentence for each flag that makes no sense.
func (f *Flags) Validate(refuse func(format string, args ...any)) {
	if _, err := labels.Parse(f.Selector); err != nil {
		refuse("--rules-configmap-selector %q: %w", f.Selector, err)
	}
	if f.Selector != "" && f.Namespace == "" {
		refuse("--rules-configmap-namespace: is needed with --rules-configmap-selector; * for all namespaces")
	}
	if f.DiscoveryInterval < time.Second || f.DiscoveryInterval > time.Hour {
		refuse("--discovery-interval %s: must be from 1s to 1h", f.DiscoveryInterval)
	}
}

// Open reads the rules that the flags say, and watches their ConfigMaps until ctx ends. Rules that are wrong are logged, and
// out of force alone; a file that is none is an error.
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
