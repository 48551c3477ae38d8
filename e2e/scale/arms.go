package scale

import (
	"slices"
	"time"
)

// arm is one way to autoscale the Deployments.
type arm struct {
	// title is what the report calls it.
	title string
	// flyball is true where HorizontalAutoscalers do it, and false for HPAs.
	flyball bool
	// api is true where Flyball reads the metrics APIs.
	api bool
	// second is true where the second adapter serves the metrics APIs.
	second bool
	// tuned is true with the flags for many autoscalers.
	tuned bool
}

var arms = map[string]arm{
	"direct":       {title: "Flyball, direct", flyball: true},
	"direct-tuned": {title: "Flyball, direct, tuned", flyball: true, tuned: true},
	"api":          {title: "Flyball, metrics APIs", flyball: true, api: true},
	"api-tuned":    {title: "Flyball, metrics APIs, tuned", flyball: true, api: true, tuned: true},
	"hpa":          {title: "HPA, Flyball's adapter"},
	"hpa-tuned":    {title: "HPA, Flyball's adapter, tuned", tuned: true},
	"second":       {title: "HPA, second adapter", second: true},
	"second-tuned": {title: "HPA, second adapter, tuned", second: true, tuned: true},
}

// defaultArms are all arms but the tuned ones of Flyball, whose default flags are for any number of autoscalers.
var defaultArms = []string{"direct", "api", "hpa", "hpa-tuned", "second", "second-tuned"}

// stock are upstream's default flags, which the cluster's own flags would otherwise replace; tuned are those for many HPAs.
var (
	stock = []string{"--kube-api-qps=20", "--kube-api-burst=30", "--concurrent-horizontal-pod-autoscaler-syncs=5"}
	tuned = []string{"--kube-api-qps=2000", "--kube-api-burst=4000", "--concurrent-horizontal-pod-autoscaler-syncs=50"}
)

// populating lets kube-controller-manager create many Deployments in a short time.
var populating = []string{"--concurrent-deployment-syncs=20", "--concurrent-replicaset-syncs=20"}

// managerFlags are those of kube-controller-manager during the arm. Beside Flyball it always has the flags of the cluster, so that
// rollouts do not wait for it.
func (a arm) managerFlags(period time.Duration) []string {
	sync := []string{"--horizontal-pod-autoscaler-sync-period=" + period.String()}
	switch {
	case a.flyball:
		return populating
	case a.tuned:
		return slices.Concat(populating, tuned, sync)
	}
	return slices.Concat(populating, stock, sync)
}

// autoscalerFlags are those of Flyball's autoscaler during the arm.
func (a arm) autoscalerFlags(o *Options, period time.Duration) []string {
	flags := []string{"--period=" + period.String()}
	if a.api {
		flags = append(flags, "--rules=", "--prometheus-url=")
	}
	if a.tuned {
		flags = append(flags, o.AutoscalerFlags...)
	}
	if o.Profiles != "" {
		flags = append(flags, "--profiling")
	}
	return flags
}
