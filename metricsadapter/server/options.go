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
	serving          serving
	kubeconfig       string
}

// NewOptions adds the flags to a set, with their defaults.
func NewOptions(flags *pflag.FlagSet) *Options {
	o := &Options{timeout: 10 * time.Second, concurrency: 10, namespaceBudget: 20 * time.Second, refreshPeriod: 10 * time.Second, sampleTimes: true}
	o.base.Name = "flyball-metricsadapter"
	o.base.FlagSet = flags
	o.base.CustomMetricsAdapterServerOptions = options.NewCustomMetricsAdapterServerOptions()
	o.base.SecureServing.BindPort = 6443 // the library's 443 requires privileges
	o.base.SecureServing.MinTLSVersion = "VersionTLS13"
	o.base.SecureServing.ServerCert.CertDirectory = "" // the file system of the pod is read-only
	// The library's 10s are shorter than an HPA's period: nearly every read would wait for another authorization.
	o.base.Authorization.AllowCacheTTL = time.Minute
	o.base.InstallFlags()
	// The library's flag of this name refers to API resources, which the adapter does not discover.
	interval := flags.Lookup("discovery-interval")
	interval.Usage, interval.DefValue = catalog.DiscoveryUsage, time.Minute.String()
	o.base.DiscoveryInterval = time.Minute

	flags.StringVar(&o.prometheusURL, "prometheus-url", o.prometheusURL, "URL of Prometheus, such as http://prometheus.monitoring:9090.")
	flags.StringVar(&o.prometheusConfig, "prometheus-config", o.prometheusConfig,
		"Path to a file with Prometheus servers and their credentials, instead of --prometheus-url; see docs/prometheus.md.")
	flags.DurationVar(&o.timeout, "prometheus-timeout", o.timeout,
		"Timeout of one query, unless --prometheus-config sets it. Prometheus receives it as a parameter.")
	flags.IntVar(&o.concurrency, "prometheus-max-concurrency", o.concurrency,
		"Maximum number of concurrent queries to one server, unless --prometheus-config sets it.")
	flags.DurationVar(&o.namespaceBudget, "namespace-query-budget", o.namespaceBudget, prom.BudgetUsage("--refresh-period"))
	o.rules.Add(flags)
	o.fallthroughs.add(flags)
	o.serving.add(flags)
	flags.DurationVar(&o.refreshPeriod, "refresh-period", o.refreshPeriod,
		"Interval at which each query is refreshed. Only metrics that clients read are queried.")
	flags.DurationVar(&o.refreshOffset, "refresh-offset", o.refreshOffset,
		"Delay of the first query after the start of a refresh period. Where scrapes are aligned to the period, set it above the scrape duration.")
	flags.DurationVar(&o.refreshSpread, "refresh-spread", o.refreshSpread,
		"Time over which the queries of a refresh period are spread. 0 for the whole period.")
	flags.BoolVar(&o.sampleTimes, "sample-times", o.sampleTimes,
		"Query the times of samples, with a second query for each metric. If false, a sample is as old as the query that returned it.")
	flags.StringVar(&o.kubeconfig, "kubeconfig", o.kubeconfig,
		"Path to a kubeconfig, used where no more specific kubeconfig flag is set; empty for the pod's service account.")
	return o
}

// validate reports all invalid flags.
func (o *Options) validate() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	switch {
	case o.prometheusURL == "" && o.prometheusConfig == "":
		refuse("--prometheus-url or --prometheus-config is required")
	case o.prometheusURL != "" && o.prometheusConfig != "":
		refuse("--prometheus-url and --prometheus-config are mutually exclusive")
	case o.prometheusURL != "":
		if err := prom.CheckURL(o.prometheusURL); err != nil {
			refuse("--prometheus-url: %w", err)
		}
	}
	if o.rules.Path == "" && o.rules.Selector == "" {
		refuse("--rules or --rules-configmap-selector is required")
	}
	o.rules.DiscoveryInterval = o.base.DiscoveryInterval
	o.rules.Validate(refuse)
	o.fallthroughs.validate(refuse)
	o.serving.validate(refuse, &o.base.SecureServing.ServerCert)
	if o.timeout < time.Second || o.timeout > time.Minute {
		refuse("--prometheus-timeout %s: must be between 1s and 1m", o.timeout)
	}
	if o.concurrency < 1 || o.concurrency > 1000 {
		refuse("--prometheus-max-concurrency %d: must be between 1 and 1000", o.concurrency)
	}
	if err := prom.CheckBudget(o.namespaceBudget); err != nil {
		refuse("--namespace-query-budget %s: %w", o.namespaceBudget, err)
	}
	if o.refreshOffset < 0 || o.refreshOffset > o.refreshPeriod {
		refuse("--refresh-offset %s: must be between 0s and --refresh-period (%s)", o.refreshOffset, o.refreshPeriod)
	}
	if o.refreshSpread < 0 || o.refreshSpread > o.refreshPeriod {
		refuse("--refresh-spread %s: must be between 0s and --refresh-period (%s)", o.refreshSpread, o.refreshPeriod)
	}
	if o.refreshPeriod < time.Second || o.refreshPeriod > 10*time.Minute {
		refuse("--refresh-period %s: must be between 1s and 10m", o.refreshPeriod)
	}
	return errors.Join(problems...)
}

// spreadKubeconfig sets the kubeconfigs without their own flag to --kubeconfig.
func (o *Options) spreadKubeconfig() {
	for _, path := range []*string{
		&o.base.RemoteKubeConfigFile, &o.base.Authentication.RemoteKubeConfigFile, &o.base.Authorization.RemoteKubeConfigFile,
	} {
		if *path == "" {
			*path = o.kubeconfig
		}
	}
}
