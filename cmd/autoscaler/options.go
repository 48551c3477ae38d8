package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/listener"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/tenancy"
	"flyball.dev/flyball/metricsadapter/catalog"
	"flyball.dev/flyball/metricsadapter/prom"
)

// options are the flags. Flags that kube-controller-manager has, too, have its names without the prefix
// horizontal-pod-autoscaler, and its defaults.
type options struct {
	kubeconfig        string
	namespace         string
	prometheusURL     string
	prometheusConfig  string
	rules             catalog.Flags
	period            time.Duration
	statusPeriod      time.Duration
	defaults          policy.Defaults
	leaderElect       bool
	sharding          bool
	leaseNamespace    string
	leaseName         string
	identityFile      string
	listener          listener.Options
	profiling         bool
	anyNamespaceQuery bool
	namespacesConfig  string
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
	defaults.NamespaceLabel, defaults.Namespaces = namespaceLabel, new(tenancy.Rules)
	return &options{
		period:          15 * time.Second,
		namespaceBudget: 30 * time.Second,
		rules:           catalog.Flags{DiscoveryInterval: time.Minute},
		statusPeriod:    10 * time.Minute,
		defaults:        defaults,
		leaderElect:     true,
		leaseName:       "flyball-autoscaler",
		leaseNamespace:  ownNamespace(),
		listener:        listener.DefaultOptions(),
		stateNamespace:  ownNamespace(),
		stateName:       "flyball-autoscaler-state",
		stateShards:     16,
		stateInterval:   15 * time.Second,
	}
}

func (o *options) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.kubeconfig, "kubeconfig", o.kubeconfig, "Path to a kubeconfig file with the API server and credentials. If empty, the service account of the pod is used.")
	flags.StringVar(&o.namespace, "namespace", o.namespace,
		"The namespace whose autoscalers, windows and targets this program handles. If empty, those of all namespaces.")
	flags.StringVar(&o.prometheusURL, "prometheus-url", o.prometheusURL,
		"URL of the Prometheus server for metrics with a rule and for queries in specs. If empty, all metrics are read from the metrics APIs.")
	flags.StringVar(&o.prometheusConfig, "prometheus-config", o.prometheusConfig,
		"Path to a file with Prometheus servers and their credentials, instead of --prometheus-url. See docs/prometheus.md.")
	o.rules.Add(flags) // metrics without a rule are read from the metrics APIs
	flags.DurationVar(&o.rules.DiscoveryInterval, "discovery-interval", o.rules.DiscoveryInterval, catalog.DiscoveryUsage)
	flags.BoolVar(&o.anyNamespaceQuery, "allow-cross-namespace-queries", o.anyNamespaceQuery,
		"If true, queries in specs may read series of all namespaces. If false, each selector gets a matcher on the namespace of the autoscaler.")
	flags.StringVar(&o.namespacesConfig, strings.TrimPrefix(tenancy.Flag, "--"), o.namespacesConfig,
		"Path to a file with what each namespace may do: the Prometheus servers and series of its queries, and quotas. It is reloaded every few seconds: changes need no restart. See docs/tenancy.md.")
	flags.DurationVar(&o.namespaceBudget, "namespace-query-budget", o.namespaceBudget, prom.BudgetUsage("--period"))
	flags.DurationVar(&o.period, "period", o.period, "The period for syncing the number of replicas of each autoscaler.")
	flags.DurationVar(&o.statusPeriod, "status-period", o.statusPeriod,
		"The minimum time between two updates of a status in which only values have changed, by more than 10%. Each autoscaler adds up to half of it.")
	flags.Float64Var(&o.defaults.Tolerance, "tolerance", o.defaults.Tolerance,
		"The minimum change (from 1.0) in the desired-to-actual metrics ratio to consider scaling, for specs without a tolerance.")
	flags.DurationVar(&o.defaults.DownscaleStabilization, "downscale-stabilization", o.defaults.DownscaleStabilization,
		"The period for which scale-down uses the highest recommendation, for specs without stabilizationWindowSeconds.")
	flags.DurationVar(&o.defaults.CPUInitializationPeriod, "cpu-initialization-period", o.defaults.CPUInitializationPeriod,
		"The period after pod start when CPU samples of unready pods are skipped, for specs without a period.")
	flags.DurationVar(&o.defaults.InitialReadinessDelay, "initial-readiness-delay", o.defaults.InitialReadinessDelay,
		"The period after pod start during which readiness changes are treated as readiness being set for the first time, for specs without a delay.")
	flags.DurationVar(&o.defaults.MaxSampleAge, "max-sample-age", o.defaults.MaxSampleAge,
		"The maximum age of a sample, for metrics without maxAge. Older samples are unknown. 0 accepts samples of any age, as kube-controller-manager does.")
	flags.StringSliceVar(&o.without, "without-corrections", o.without,
		"Comma-separated list of corrections of HPA decisions to disable: All, or any of "+
			strings.Join(engine.CorrectionNames(), ", ")+". See docs/hpa-compatibility.md.")
	flags.BoolVar(&o.leaderElect, "leader-elect", o.leaderElect, "If true, the autoscaler runs only while it holds the lease. Required for more than one replica.")
	flags.BoolVar(&o.sharding, "sharding", o.sharding,
		"If true, all replicas are active: each holds some of the --state-shards shards and evaluates the autoscalers in them. If false, the replica that holds the lease evaluates all.")
	flags.StringVar(&o.leaseNamespace, "leader-elect-namespace", o.leaseNamespace, "The namespace of the lease object.")
	flags.StringVar(&o.leaseName, "leader-elect-name", o.leaseName, "The name of the lease object.")
	flags.StringVar(&o.identityFile, "leader-elect-identity-file", o.identityFile,
		"Path to a file that keeps the identity of the lease's holder, so that a process that the kubelet restarts takes its own lease at once. It must be on a volume of the pod, such as an emptyDir. If empty, the process waits until the lease has expired.")
	flags.StringVar(&o.stateNamespace, "state-namespace", o.stateNamespace, "The namespace of the ConfigMaps with saved autoscaler state.")
	flags.StringVar(&o.stateName, "state-name", o.stateName, "The name prefix of these ConfigMaps, followed by -0, -1 and so on.")
	flags.IntVar(&o.stateShards, "state-shards", o.stateShards, "The number of these ConfigMaps. One per 1000 autoscalers is enough.")
	flags.DurationVar(&o.stateInterval, "state-interval", o.stateInterval,
		"The minimum interval between writes of each ConfigMap, except after a change to a target, which is saved within a second.")
	flags.BoolVar(&o.profiling, "profiling", o.profiling, "If true, profiles of the program are served at /debug/pprof on --secure-port, to those whom the API server authorizes.")
	o.listener.AddFlags(flags)
}

// validate returns all invalid flags, not just the first.
func (o *options) validate() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if o.period < time.Second || o.period > 10*time.Minute {
		refuse("--period %s: must be from 1s to 10m", o.period)
	}
	if o.statusPeriod < 0 || o.statusPeriod > 24*time.Hour {
		refuse("--status-period %s: must be from 0s to 24h", o.statusPeriod)
	}
	if o.namespace != "" && len(validation.IsDNS1123Label(o.namespace)) > 0 {
		refuse("--namespace %q: must be the name of a namespace, or empty for all", o.namespace)
	}
	if o.anyNamespaceQuery {
		o.defaults.NamespaceLabel = ""
	}
	problems = append(problems, o.checkDefaults(), o.checkPrometheus())
	o.rules.Validate(refuse)
	o.listener.Validate(refuse)
	var err error
	if o.defaults.Without, err = engine.ParseCorrections(o.without); err != nil {
		refuse("--without-corrections: %w", err)
	}
	if o.stateNamespace == "" {
		refuse("--state-namespace: is required outside of a pod")
	}
	if o.stateShards < 1 || o.stateShards > 1024 {
		refuse("--state-shards %d: must be from 1 to 1024", o.stateShards)
	}
	if o.stateInterval < time.Second || o.stateInterval > 5*time.Minute {
		refuse("--state-interval %s: must be from 1s to 5m", o.stateInterval)
	}
	if o.sharding && !o.leaderElect {
		refuse("--sharding: needs --leader-elect: without leases, two replicas would scale the same targets")
	}
	if o.leaderElect && o.leaseNamespace == "" {
		refuse("--leader-elect-namespace: is required outside of a pod, unless --leader-elect=false")
	}
	return errors.Join(problems...)
}

// checkDefaults returns all invalid defaults of specs.
func (o *options) checkDefaults() error {
	var problems []error
	// The comparison is false for NaN.
	if tolerance := o.defaults.Tolerance; !(tolerance >= 0 && tolerance <= 10) {
		problems = append(problems, fmt.Errorf("--tolerance %g: must be from 0 to 10; 0.1 is 10%% of the target", tolerance))
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

// direct reports whether the autoscaler reads Prometheus, and not only the metrics APIs.
func (o *options) direct() bool { return o.prometheusURL != "" || o.prometheusConfig != "" }

func (o *options) checkPrometheus() error {
	if o.prometheusURL != "" && o.prometheusConfig != "" {
		return errors.New("--prometheus-url: may not be set with --prometheus-config, which names the servers: leave one out")
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

// ownNamespace returns the namespace of the pod that the program runs in; empty outside of a pod.
func ownNamespace() string {
	namespace, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
	if err != nil {
		return ""
	}
	return string(namespace)
}
