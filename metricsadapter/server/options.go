package server

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd/options"

	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/prom"
)

// Options are the adapter's flags: those of every metrics adapter, and its own.
type Options struct {
	base cmd.AdapterBase

	prometheusURL    string
	prometheusConfig string
	timeout          time.Duration
	concurrency      int
	namespaceBudget  time.Duration
	rules            catalog.Flags
	refreshPeriod    time.Duration
	refreshOffset    time.Duration
	refreshSpread    time.Duration
	sampleTimes      bool
	fallthroughs     fallthroughs
	kubeconfig       string
}

// NewOptions adds the flags to a set, with their defaults.
func NewOptions(flags *pflag.FlagSet) *Options {
	o := &Options{timeout: 10 * time.Second, concurrency: 10, namespaceBudget: 20 * time.Second, refreshPeriod: 10 * time.Second, sampleTimes: true}
	o.base.Name = "flyball-metricsadapter"
	o.base.FlagSet = flags
	o.base.CustomMetricsAdapterServerOptions = options.NewCustomMetricsAdapterServerOptions()
	o.base.SecureServing.BindPort = 6443 // the library's 443 needs rights that the program should not have
	// The library's 10s are shorter than an HPA's period: nearly every read would wait for the API server to allow it anew.
	o.base.Authorization.AllowCacheTTL = time.Minute
	o.base.InstallFlags()
	// The library's flag of this name is about the API server's resources, which the adapter never asks for.
	interval := flags.Lookup("discovery-interval")
	interval.Usage, interval.DefValue = catalog.DiscoveryUsage, time.Minute.String()
	o.base.DiscoveryInterval = time.Minute

	flags.StringVar(&o.prometheusURL, "prometheus-url", o.prometheusURL, "URL of Prometheus, such as http://prometheus.monitoring:9090.")
	flags.StringVar(&o.prometheusConfig, "prometheus-config", o.prometheusConfig,
		"Path to a file of Prometheus servers with their credentials, instead of --prometheus-url. docs/prometheus.md describes it.")
	flags.DurationVar(&o.timeout, "prometheus-timeout", o.timeout,
		"Time limit of one query, where the file does not say; Prometheus is told of it.")
	flags.IntVar(&o.concurrency, "prometheus-max-concurrency", o.concurrency,
		"Queries at a time to one server, where the file does not say.")
	flags.DurationVar(&o.namespaceBudget, "namespace-query-budget", o.namespaceBudget, prom.BudgetUsage("--refresh-period"))
	o.rules.Add(flags)
	o.fallthroughs.add(flags)
	flags.DurationVar(&o.refreshPeriod, "refresh-period", o.refreshPeriod,
		"Time between two askings of one query. A query is asked only while somebody reads its metric.")
	flags.DurationVar(&o.refreshOffset, "refresh-offset", o.refreshOffset,
		"How long after a multiple of the period the first query is asked: more than a scrape takes, where scrapes are aligned to it.")
	flags.DurationVar(&o.refreshSpread, "refresh-spread", o.refreshSpread,
		"Time from the first query of a period to the last. Each has a place of its own. 0 stands for the whole period.")
	flags.BoolVar(&o.sampleTimes, "sample-times", o.sampleTimes,
		"Ask for the times of samples, with a second query for each metric. Without, a sample is as old as the query that found it.")
	flags.StringVar(&o.kubeconfig, "kubeconfig", o.kubeconfig,
		"Path to a kubeconfig for every purpose that has no kubeconfig flag of its own set; empty to use the pod's service account.")
	return o
}

// validate names every flag that makes no sense, not just the first.
func (o *Options) validate() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	switch {
	case o.prometheusURL == "" && o.prometheusConfig == "":
		refuse("--prometheus-url: is needed, or --prometheus-config")
	case o.prometheusURL != "" && o.prometheusConfig != "":
		refuse("--prometheus-url: --prometheus-config is given as well, and it names the servers: leave one out")
	case o.prometheusURL != "":
		if err := prom.CheckURL(o.prometheusURL); err != nil {
			refuse("--prometheus-url: %w", err)
		}
	}
	if o.rules.Path == "" && o.rules.Selector == "" {
		refuse("--rules: is needed, or --rules-configmap-selector; without rules there are no metrics")
	}
	o.rules.DiscoveryInterval = o.base.DiscoveryInterval
	o.rules.Validate(refuse)
	o.fallthroughs.validate(refuse)
	if o.timeout < time.Second || o.timeout > time.Minute {
		refuse("--prometheus-timeout %s: must be from 1s to 1m", o.timeout)
	}
	if o.concurrency < 1 || o.concurrency > 1000 {
		refuse("--prometheus-max-concurrency %d: must be from 1 to 1000", o.concurrency)
	}
	if err := prom.CheckBudget(o.namespaceBudget); err != nil {
		refuse("--namespace-query-budget %s: %w", o.namespaceBudget, err)
	}
	if o.refreshOffset < 0 || o.refreshOffset > o.refreshPeriod {
		refuse("--refresh-offset %s: must be from 0s to --refresh-period, which is %s", o.refreshOffset, o.refreshPeriod)
	}
	if o.refreshSpread < 0 || o.refreshSpread > o.refreshPeriod {
		refuse("--refresh-spread %s: must be from 0s to --refresh-period, which is %s", o.refreshSpread, o.refreshPeriod)
	}
	if o.refreshPeriod < time.Second || o.refreshPeriod > 10*time.Minute {
		refuse("--refresh-period %s: must be from 1s to 10m", o.refreshPeriod)
	}
	return errors.Join(problems...)
}

// spreadKubeconfig hands --kubeconfig to the purposes that have none of their own.
func (o *Options) spreadKubeconfig() {
	for _, path := range []*string{
		&o.base.RemoteKubeConfigFile, &o.base.Authentication.RemoteKubeConfigFile, &o.base.Authorization.RemoteKubeConfigFile,
	} {
		if *path == "" {
			*path = o.kubeconfig
		}
	}
}
