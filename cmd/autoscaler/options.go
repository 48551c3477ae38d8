package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/pflag"

	"flyball.dev/flyball/autoscaler/policy"
)

// options are the flags. Those that upstream's kube-controller-manager has too have its names without their prefix,
// and its defaults.
type options struct {
	kubeconfig        string
	kubeAPIQPS        float32
	kubeAPIBurst      int
	prometheusURL     string
	rules             string
	period            time.Duration
	statusPeriod      time.Duration
	defaults          policy.Defaults
	leaderElect       bool
	leaseNamespace    string
	leaseName         string
	healthBindAddress string
	anyNamespaceQuery bool
}

func defaultOptions() *options {
	return &options{
		kubeAPIQPS:        200,
		kubeAPIBurst:      400,
		period:            15 * time.Second,
		statusPeriod:      30 * time.Second,
		defaults:          policy.StandardDefaults(),
		leaderElect:       true,
		leaseName:         "flyball-autoscaler",
		leaseNamespace:    ownNamespace(),
		healthBindAddress: ":8080",
	}
}

func (o *options) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.kubeconfig, "kubeconfig", o.kubeconfig, "Path to a kubeconfig; empty to use the pod's service account.")
	flags.Float32Var(&o.kubeAPIQPS, "kube-api-qps", o.kubeAPIQPS, "Requests a second to the API server.")
	flags.IntVar(&o.kubeAPIBurst, "kube-api-burst", o.kubeAPIBurst, "Requests at once to the API server.")
	flags.StringVar(&o.prometheusURL, "prometheus-url", o.prometheusURL,
		"URL of Prometheus, for metrics that have a rule and for queries in specs. Empty: every metric is read through the metrics APIs.")
	flags.StringVar(&o.rules, "rules", o.rules, "Path to the metrics adapter's rules. Metrics without a rule are read through the metrics APIs.")
	flags.BoolVar(&o.anyNamespaceQuery, "allow-cross-namespace-queries", o.anyNamespaceQuery,
		"Leave queries in specs as they are. By default each selector gets a matcher on the autoscaler's own namespace.")
	flags.DurationVar(&o.period, "period", o.period, "Time between two decisions about the same autoscaler.")
	flags.DurationVar(&o.statusPeriod, "status-period", o.statusPeriod,
		"How long a status may lag behind metric values that changed nothing else.")
	flags.Float64Var(&o.defaults.Tolerance, "tolerance", o.defaults.Tolerance,
		"Relative distance from a target that causes no change, where the spec does not say.")
	flags.DurationVar(&o.defaults.DownscaleStabilisation, "downscale-stabilization", o.defaults.DownscaleStabilisation,
		"Scale-down takes the highest wish of this time, where the spec does not say.")
	flags.DurationVar(&o.defaults.CPUInitializationPeriod, "cpu-initialization-period", o.defaults.CPUInitializationPeriod,
		"Time after a pod's start in which its CPU counts only while it is ready, where the spec does not say.")
	flags.DurationVar(&o.defaults.InitialReadinessDelay, "initial-readiness-delay", o.defaults.InitialReadinessDelay,
		"Time after a pod's start in which a change of readiness is part of starting, where the spec does not say.")
	flags.BoolVar(&o.leaderElect, "leader-elect", o.leaderElect, "Run the loop only while holding the lease, so that several replicas can stand by.")
	flags.StringVar(&o.leaseNamespace, "leader-elect-namespace", o.leaseNamespace, "Namespace of the lease.")
	flags.StringVar(&o.leaseName, "leader-elect-name", o.leaseName, "Name of the lease.")
	flags.StringVar(&o.healthBindAddress, "health-bind-address", o.healthBindAddress, "Address of /healthz, /readyz and /metrics.")
}

// validate names every flag that makes no sense, not just the first.
func (o *options) validate() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if o.period < time.Second || o.period > 10*time.Minute {
		refuse("--period %s: must be from 1s to 10m", o.period)
	}
	if o.statusPeriod < 0 {
		refuse("--status-period %s: must not be negative", o.statusPeriod)
	}
	if o.defaults.Tolerance < 0 {
		refuse("--tolerance %g: must not be negative", o.defaults.Tolerance)
	}
	if o.defaults.DownscaleStabilisation < 0 || o.defaults.DownscaleStabilisation > time.Hour {
		refuse("--downscale-stabilization %s: must be from 0s to 1h", o.defaults.DownscaleStabilisation)
	}
	if o.prometheusURL != "" {
		if parsed, err := url.Parse(o.prometheusURL); err != nil || parsed.Host == "" {
			refuse("--prometheus-url %q: must be a URL such as http://prometheus.monitoring:9090", o.prometheusURL)
		}
	}
	if o.rules != "" && o.prometheusURL == "" {
		refuse("--rules %s: rules need --prometheus-url", o.rules)
	}
	if o.leaderElect && o.leaseNamespace == "" {
		refuse("--leader-elect-namespace: is needed where the program does not run in a pod; or set --leader-elect=false")
	}
	return errors.Join(problems...)
}

// ownNamespace is the namespace of the pod that the program runs in; empty outside of pods.
func ownNamespace() string {
	namespace, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
	if err != nil {
		return ""
	}
	return string(namespace)
}
