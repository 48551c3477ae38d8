package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/load/exporter"
	"flyball.dev/flyball/e2e/process"
)

// Options say what to start.
type Options struct {
	// Root is the folder of the module e2e; found from the working folder when empty.
	Root string
	// Cluster says what cluster; its Binaries are .bin in Root when empty.
	Cluster cluster.Options
	// Values of the chart, over those that package install sets.
	Values map[string]any
	// Rates is the window that the rules take rates over, in whole seconds; 0 leaves the chart's rules as they are.
	Rates time.Duration
	// Through puts something between Flyball and Prometheus: given Prometheus' URL it returns the chart's values of
	// prometheus. Nothing is between them when nil.
	Through func(prometheusURL string) (map[string]any, error)
}

// Local is everything, running.
type Local struct {
	*cluster.Cluster
	// Load sets the loads of the applications on simulated nodes.
	Load exporter.Client
	// Flyball is what the chart installed.
	Flyball *install.Installation
}

// Start starts everything, and leaves nothing behind when it fails. ctx bounds the start only.
func Start(ctx context.Context, options Options) (*Local, error) {
	root := options.Root
	if root == "" {
		var err error
		if root, err = build.Root(ctx); err != nil {
			return nil, err
		}
	}
	if options.Cluster.Binaries == "" {
		options.Cluster.Binaries = filepath.Join(root, build.Folder)
	}
	installation := install.Options{Chart: filepath.Join(root, "..", "charts", "flyball"), Values: options.Values}
	if options.Rates > 0 {
		rules, err := rulesOver(installation.Chart, options.Rates)
		if err != nil {
			return nil, err
		}
		installation.Values = install.Merge(map[string]any{"rules": rules}, installation.Values)
	}
	port, err := cluster.FreePort()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	options.Cluster.Scrape = append(scrapeJobs(address), options.Cluster.Scrape...)
	c, err := cluster.Start(ctx, options.Cluster)
	if err != nil {
		return nil, err
	}
	l := &Local{Cluster: c, Load: exporter.Client{URL: "http://" + address}}
	if err := l.start(ctx, address, installation, options.Through); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return l, nil
}

func (l *Local) start(ctx context.Context, address string, options install.Options, through func(string) (map[string]any, error)) error {
	if through != nil {
		prometheus, err := through(l.PrometheusURL)
		if err != nil {
			return err
		}
		options.Values = install.Merge(map[string]any{"prometheus": prometheus}, options.Values)
	}
	_, err := l.Run(process.Spec{
		Name: "load", Path: l.Binary("load"), Args: []string{"--kubeconfig=" + l.Kubeconfig, "--listen-address=" + address},
	})
	if err != nil {
		return err
	}
	l.Flyball, err = install.Start(ctx, l.Cluster, options)
	if err != nil {
		return fmt.Errorf("installing Flyball: %w", err)
	}
	return nil
}

// scrapeJobs read the one program that speaks for the kubelets of the simulated nodes and for what runs on them, with
// the labels that the usual installations of Prometheus on Kubernetes give.
func scrapeJobs(address string) []cluster.ScrapeJob {
	job := func(name, path string) cluster.ScrapeJob {
		return cluster.ScrapeJob{Name: name, MetricsPath: path, Static: []cluster.StaticTarget{{
			Targets: []string{address}, Labels: map[string]string{"metrics_path": path},
		}}}
	}
	return []cluster.ScrapeJob{job("kubelet", "/metrics/resource"), job("pods", "/metrics")}
}
