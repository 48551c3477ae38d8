package cluster

import (
	"fmt"
	"io"
	"time"
)

// Options say what cluster to run. The zero value of each field but Binaries is a usable default.
type Options struct {
	// Binaries is the folder that package build filled: controlplane, kwok and prometheus are run from it.
	Binaries string
	// Parent is the folder that the cluster's own temporary folder is made in; the system's when empty.
	Parent string
	// Log takes one line for each step of Start; nothing is written when nil.
	Log io.Writer

	// Nodes is the number of simulated nodes, each with 32 CPUs, 256 GiB and room for 500 pods; 0 is three, negative is none.
	Nodes int
	// PodStart is how long a simulated pod takes from its scheduling until it is ready, unless its annotation
	// ReadyAfter says otherwise; 0 is two seconds.
	PodStart time.Duration

	// ScrapeInterval is how often Prometheus scrapes, and evaluates; 0 is one second.
	ScrapeInterval time.Duration
	// Scrape are the jobs that Prometheus starts with. Targets that are not on loopback are refused.
	Scrape []ScrapeJob

	// Restart starts a program that ends again after a second, as a kubelet does, instead of ending the cluster.
	Restart bool

	// HPASyncPeriod is how often the upstream HPA controller looks at each object; 0 is upstream's 15 seconds.
	HPASyncPeriod time.Duration
	// APIServerArgs, ControllerManagerArgs and PrometheusArgs are added to the command lines, after our own.
	APIServerArgs, ControllerManagerArgs, PrometheusArgs []string
	// ControlPlaneEnv is added to the environment of etcd, the API server, the controllers and the scheduler, as KEY=value.
	ControlPlaneEnv []string
}

func (o *Options) complete() error {
	if o.Binaries == "" {
		return fmt.Errorf("Options.Binaries is empty: name the folder with the built programs (make build-cluster fills one)")
	}
	if o.Nodes == 0 {
		o.Nodes = 3
	}
	if o.PodStart == 0 {
		o.PodStart = 2 * time.Second
	}
	if o.ScrapeInterval == 0 {
		o.ScrapeInterval = time.Second
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return nil
}
