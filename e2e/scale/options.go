package scale

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Options say what to measure. NewOptions has the defaults.
type Options struct {
	// Binaries is the folder that package build filled, and Chart that of the chart.
	Binaries, Chart string
	// Sizes are the numbers of autoscalers, each with a Deployment of its own, in ascending order.
	Sizes []int
	// Arms are the names of the arms, in the order in which they run.
	Arms []string
	// Periods are the sync periods, and Scrape the scrape interval of Prometheus.
	Periods []time.Duration
	Scrape  time.Duration
	// Span is how long an arm is measured in each setting, rounded up to whole periods; an idle span of at most two minutes comes
	// before an arm.
	Span time.Duration
	// Metrics is the number of distinct metrics, Namespaces that of namespaces, Pods that of pods of each Deployment.
	Metrics, Namespaces, Pods int
	// Loads say how the load of a Deployment changes while it is measured. An arm is measured with each load in each period.
	Loads []Shape
	// AutoscalerFlags are those of the tuned arms of Flyball.
	AutoscalerFlags []string
	// SecondAdapter is the binary of the other metrics adapter, with its arguments; empty for none.
	SecondAdapter     string
	SecondAdapterArgs []string
	// Profiles is a folder for CPU profiles of the API server and the autoscaler, one of each for each arm, from a span of their own; empty for none.
	Profiles string
	// Frozen has the benchmark write the Deployments with ready pods itself, while kube-controller-manager is stopped. Arms of HPAs need it.
	Frozen bool
	// Steps is false to leave out the steps in load.
	Steps bool
	// Log takes the progress.
	Log io.Writer
}

// NewOptions returns the defaults.
func NewOptions() Options {
	return Options{
		Sizes: []int{100, 1000}, Arms: slices.Clone(defaultArms), Periods: []time.Duration{15 * time.Second}, Scrape: 5 * time.Second, Span: time.Minute,
		Metrics: 1, Namespaces: 10, Pods: 1, Loads: []Shape{Constant}, Steps: true, Log: io.Discard,
	}
}

// complete checks the options.
func (o *Options) complete() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(o.Sizes) == 0 || slices.Min(o.Sizes) < 1 {
		refuse("sizes %v: each must be at least 1", o.Sizes)
	}
	if !slices.IsSorted(o.Sizes) {
		refuse("sizes %v: must ascend, because the cluster grows from one to the next", o.Sizes)
	}
	for _, name := range o.Arms {
		switch a, ok := arms[name]; {
		case !ok:
			refuse("arm %q: must be one of %v", name, defaultArms)
		case o.Frozen && !a.flyball:
			refuse("arm %q with a frozen population: HPAs need kube-controller-manager, which is stopped; leave out the arm or the frozen population", name)
		}
	}
	if len(o.Periods) == 0 || slices.Min(o.Periods) < time.Second || o.Scrape < time.Second || o.Span < time.Second {
		refuse("periods %v, scrape interval %s, span %s: each must be at least 1s", o.Periods, o.Scrape, o.Span)
	}
	if o.Metrics < 1 || o.Namespaces < 1 || o.Pods < 1 {
		refuse("%d metrics, %d namespaces, %d pods: each must be at least 1", o.Metrics, o.Namespaces, o.Pods)
	}
	if len(o.Loads) == 0 {
		refuse("no loads: name at least one of %v", shapes)
	}
	for _, load := range o.Loads {
		if !slices.Contains(shapes, load) {
			refuse("load %q: must be one of %v", load, shapes)
		}
	}
	return errors.Join(problems...)
}

// atOnce is the number of autoscalers that are created at once, and of Deployments whose load doubles in a step.
func atOnce(size int) int { return min(size, 1000) }
