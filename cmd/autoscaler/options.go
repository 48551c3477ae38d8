package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/prom"
)

// options are the flags. Those that upstream's kube-controller-manager has too have its names without their prefix,
// and its defaults.
type options struct {
	kubeconfig        string
	kubeAPIQPS        float32
	kubeAPIBurst      int
	prometheusURL     string
	prometheusConfig  string
	rules             catalog.Flags
	period            time.Duration
	statusPeriod      time.Duration
	defaults          policy.Defaults
	leaderElect       bool
	leaseNamespace    string
	leaseName         string
	healthBindAddress string
	anyNamespaceQuery bool
	// namespaceBudget of query time in each period.
	namespaceBudget time.Duration
	without         []string
	stateNamespace  string
	stateName       string
	stateShards     int
	stateInterval   time.Duration
}

func defaultOptions() *options {
	defaults := policy.StandardDefaults()
	defaults.NamespaceLabel = namespaceLabel
	return &options{
		kubeAPIQPS:        200,
		kubeAPIBurst:      400,
		period:            15 * time.Second,
		namespaceBudget:   30 * time.Second,
		rules:             catalog.Flags{DiscoveryInterval: time.Minute},
		statusPeriod:      30 * time.Second,
		defaults:          defaults,
		leaderElect:       true,
		leaseName:         "flyball-autoscaler",
		leaseNamespace:    ownNamespace(),
		healthBindAddress: ":8080",
		stateNamespace:    ownNamespace(),
		stateName:         "flyball-autoscaler-state",
		stateShards:       16,
		stateInterval:     15 * time.Second,
	}
}

func (o *options) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.kubeconfig, "kubeconfig", o.kubeconfig, "Path to a kubeconfig; empty to use the pod's service account.")
	flags.Float32Var(&o.kubeAPIQPS, "kube-api-qps", o.kubeAPIQPS, "Requests a second to the API server.")
	flags.IntVar(&o.kubeAPIBurst, "kube-api-burst", o.kubeAPIBurst, "Requests at once to the API server.")
	flags.StringVar(&o.prometheusURL, "prometheus-url", o.prometheusURL,
		"URL of Prometheus, for metrics that have a rule and for queries in specs. Empty: every metric is read through the metrics APIs.")
	flags.StringVar(&o.prometheusConfig, "prometheus-config", o.prometheusConfig,
		"Path to a file of Prometheus servers with their credentials, instead of --prometheus-url. docs/prometheus.md describes it.")
	o.rules.Add(flags) // metrics without a rule are read through the metrics APIs
	flags.DurationVar(&o.rules.DiscoveryInterval, "discovery-interval", o.rules.DiscoveryInterval, catalog.DiscoveryUsage)
	flags.BoolVar(&o.anyNamespaceQuery, "allow-cross-namespace-queries", o.anyNamespaceQuery,
		"Leave queries in specs as they are. By default each selector gets a matcher on the autoscaler's own namespace.")
	flags.DurationVar(&o.namespaceBudget, "namespace-query-budget", o.namespaceBudget, prom.BudgetUsage("--period"))
	flags.DurationVar(&o.period, "period", o.period, "Time between two decisions about the same autoscaler.")
	flags.DurationVar(&o.statusPeriod, "status-period", o.statusPeriod,
		"How long a status may lag behind metric values that changed nothing else.")
	flags.Float64Var(&o.defaults.Tolerance, "tolerance", o.defaults.Tolerance,
		"Relative distance from a target that causes no change, where the spec does not say.")
	flags.DurationVar(&o.defaults.DownscaleStabilization, "downscale-stabilization", o.defaults.DownscaleStabilization,
		"Scale-down takes the highest wish of this time, where the spec does not say.")
	flags.DurationVar(&o.defaults.CPUInitializationPeriod, "cpu-initialization-period", o.defaults.CPUInitializationPeriod,
		"Time after a pod's start in which its CPU counts only while it is ready, where the spec does not say.")
	flags.DurationVar(&o.defaults.InitialReadinessDelay, "initial-readiness-delay", o.defaults.InitialReadinessDelay,
		"Time after a pod's start in which a change of readiness is part of starting, where the spec does not say.")
	flags.DurationVar(&o.defaults.MaxSampleAge, "max-sample-age", o.defaults.MaxSampleAge,
		"Age from which a sample is unknown, where the spec has no maxAge. 0 believes a sample of any age, as upstream does.")
	flags.StringSliceVar(&o.without, "without-corrections", o.without,
		"Corrections to the upstream HPA's decisions to switch off, separated by commas: All, or any of "+
			strings.Join(engine.CorrectionNames(), ", ")+". docs/hpa-compatibility.md tells each.")
	flags.BoolVar(&o.leaderElect, "leader-elect", o.leaderElect, "Run the loop only while holding the lease, so that several replicas can stand by.")
	flags.StringVar(&o.leaseNamespace, "leader-elect-namespace", o.leaseNamespace, "Namespace of the lease.")
	flags.StringVar(&o.leaseName, "leader-elect-name", o.leaseName, "Name of the lease.")
	flags.StringVar(&o.stateNamespace, "state-namespace", o.stateNamespace, "Namespace of the ConfigMaps that keep what autoscalers remember.")
	flags.StringVar(&o.stateName, "state-name", o.stateName, "Name of these ConfigMaps, which -0, -1 and so on are added to.")
	flags.IntVar(&o.stateShards, "state-shards", o.stateShards, "Number of these ConfigMaps. One for each thousand autoscalers is enough.")
	flags.DurationVar(&o.stateInterval, "state-interval", o.stateInterval,
		"How often each is written at most, but for changes to targets, which are saved at once.")
	flags.StringVar(&o.healthBindAddress, "health-bind-address", o.healthBindAddress, "Address of /healthz, /readyz, /metrics and /debug/bundle/{namespace}/{name}.")
}

// validate names every flag that makes no sense, not just the first.
func (o *options) validate() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if o.period < time.Second || o.period > 10*time.Minute {
		refuse("--period %s: must be from 1s to 10m", o.period)
	}
	if o.statusPeriod < 0 || o.statusPeriod > time.Hour {
		refuse("--status-period %s: must be from 0s to 1h", o.statusPeriod)
	}
	// The comparisons are written so that they are false for NaN.
	if !(o.kubeAPIQPS > 0 && o.kubeAPIQPS <= 100_000) {
		refuse("--kube-api-qps %g: must be more than 0, and 100000 at most", o.kubeAPIQPS)
	}
	if o.kubeAPIBurst < 1 || o.kubeAPIBurst > 100_000 {
		refuse("--kube-api-burst %d: must be from 1 to 100000", o.kubeAPIBurst)
	}
	if o.anyNamespaceQuery {
		o.defaults.NamespaceLabel = ""
	}
	problems = append(problems, o.checkDefaults(), o.checkPrometheus())
	o.rules.Validate(refuse)
	var err error
	if o.defaults.Without, err = engine.ParseCorrections(o.without); err != nil {
		refuse("--without-corrections: %w", err)
	}
	if o.stateNamespace == "" {
		refuse("--state-namespace: is needed where the program does not run in a pod")
	}
	if o.stateShards < 1 || o.stateShards > 1024 {
		refuse("--state-shards %d: must be from 1 to 1024", o.stateShards)
	}
	if o.stateInterval < time.Second || o.stateInterval > 5*time.Minute {
		refuse("--state-interval %s: must be from 1s to 5m", o.stateInterval)
	}
	if o.leaderElect && o.leaseNamespace == "" {
		refuse("--leader-elect-namespace: is needed where the program does not run in a pod; or set --leader-elect=false")
	}
	return errors.Join(problems...)
}

// checkDefaults names what specs would be given that makes no sense.
func (o *options) checkDefaults() error {
	var problems []error
	// The comparison is written so that it is false for NaN.
	if tolerance := o.defaults.Tolerance; !(tolerance >= 0 && tolerance <= 10) {
		problems = append(problems, fmt.Errorf("--tolerance %g: must be from 0 to 10, where 0.1 is a tenth of the target", tolerance))
	}
	for _, span := range []struct {
		flag  string
		value time.Duration
		most  time.Duration
	}{
		{"--downscale-stabilization", o.defaults.DownscaleStabilization, time.Hour},
		{"--cpu-initialization-period", o.defaults.CPUInitializationPeriod, 24 * time.Hour},
		{"--initial-readiness-delay", o.defaults.InitialReadinessDelay, 24 * time.Hour},
		{"--max-sample-age", o.defaults.MaxSampleAge, 24 * time.Hour},
	} {
		if span.value < 0 || span.value > span.most {
			problems = append(problems, fmt.Errorf("%s %s: must be from 0s to %s", span.flag, span.value, span.most))
		}
	}
	return errors.Join(problems...)
}

// direct says that Prometheus is asked, and not only the metrics APIs.
func (o *options) direct() bool { return o.prometheusURL != "" || o.prometheusConfig != "" }

func (o *options) checkPrometheus() error {
	if o.prometheusURL != "" && o.prometheusConfig != "" {
		return errors.New("--prometheus-url: --prometheus-config is given as well, and it names the servers: leave one out")
	}
	if path := cmp.Or(o.rules.Path, o.rules.Selector); path != "" && !o.direct() {
		return fmt.Errorf("--rules %s: rules need --prometheus-url or --prometheus-config", path)
	}
	if err := prom.CheckBudget(o.namespaceBudget); err != nil {
		return fmt.Errorf("--namespace-query-budget %s: %w", o.namespaceBudget, err)
	}
	if o.prometheusURL == "" {
		return nil
	}
	if err := prom.CheckURL(o.prometheusURL); err != nil {
		return fmt.Errorf("--prometheus-url: %w", err)
	}
	return nil
}

// ownNamespace is the namespace of the pod that the program runs in; empty outside of pods.
func ownNamespace() string {
	namespace, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
	if err != nil {
		return ""
	}
	return string(namespace)
}
