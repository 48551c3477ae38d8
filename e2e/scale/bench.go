package scale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/process"
)

// bench is one run: a cluster with Flyball, what was created on it, and the exporter.
type bench struct {
	*Options
	cluster  *cluster.Cluster
	flyball  *install.Installation
	client   kubernetes.Interface
	dynamic  dynamic.Interface
	exporter *exporter
	progress *progress
	// other is the second adapter while it runs, at otherURL.
	other    *process.Process
	otherURL string
	// populated is the number of Deployments.
	populated int
	setting
	report *Report
}

// Run measures every arm at every size, in one cluster that grows from one size to the next. A report of what was measured until
// then comes with an error, too.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	b := &bench{Options: &o, progress: newProgress(o.Log, o.planned()), report: newReport(&o)}
	stop, err := b.start(ctx)
	if err != nil {
		return b.report, err
	}
	return b.report, errors.Join(b.run(ctx), stop())
}

func (b *bench) run(ctx context.Context) error {
	for _, size := range b.Sizes {
		if err := b.grow(ctx, size); err != nil {
			return err
		}
		for _, name := range b.Arms {
			a := arms[name]
			if a.second && b.SecondAdapter == "" {
				b.progress.skip(b.plannedArm(a, size))
				b.progress.report("%s is skipped: SECOND_ADAPTER names no binary", name)
				b.report.Skipped = append(b.report.Skipped, name+": SECOND_ADAPTER names no binary")
				continue
			}
			if err := b.runArm(ctx, name, a, size); err != nil {
				return fmt.Errorf("arm %s with %d autoscalers: %w", name, size, err)
			}
		}
	}
	return nil
}

// start starts everything. Its function stops it.
func (b *bench) start(ctx context.Context) (stop func() error, err error) {
	b.progress.begin(starting, "starting a cluster; its etcd runs without fsync")
	port, err := cluster.FreePort()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	b.exporter = newExporter(b.Options, address)
	b.cluster, err = cluster.Start(ctx, cluster.Options{
		Binaries: b.Binaries, PodStart: 100 * time.Millisecond, ScrapeInterval: b.Scrape,
		ControllerManagerArgs: populating,
		Scrape:                []cluster.ScrapeJob{{Name: "scale", Static: []cluster.StaticTarget{{Targets: []string{address}}}}},
	})
	if err != nil {
		return nil, err
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	stop = func() error { end(); return b.cluster.Stop() }
	if err := b.prepare(ctx, running); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

func (b *bench) prepare(ctx, running context.Context) error {
	config := rest.CopyConfig(b.cluster.Config)
	config.QPS, config.Burst = -1, 0 // no limit
	typed := rest.CopyConfig(config)
	typed.ContentType = runtime.ContentTypeProtobuf // lists of Deployments are long
	var err error
	if b.client, err = kubernetes.NewForConfig(typed); err != nil {
		return err
	}
	if b.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	if err := b.exporter.run(running, config); err != nil {
		return err
	}
	if err := b.createNamespaces(ctx); err != nil {
		return err
	}
	if b.flyball, err = install.Start(ctx, b.cluster, install.Options{Chart: b.Chart, Values: b.values()}); err != nil {
		return fmt.Errorf("installing Flyball: %w", err)
	}
	b.flyball.Autoscaler.Stop(ctx)
	if b.Frozen {
		b.cluster.StopControllerManager(ctx) // the namespaces have their service accounts
	}
	return nil
}

// values are the chart's, but for the rules, and the permission to read their metrics through the APIs.
func (b *bench) values() map[string]any {
	rules, metrics := "custom:\n", []any{}
	for i := range b.Metrics {
		name := metricName(i, b.Metrics)
		rules += fmt.Sprintf("- name: %[1]s\n  query: sum by (namespace, pod) (%[1]s{namespace!=\"\",pod!=\"\"})\n", name)
		metrics = append(metrics, "pods/"+name)
	}
	return map[string]any{
		"rules": rules,
		"autoscaler": map[string]any{
			"metricsAPIs": map[string]any{"custom": metrics},
		},
	}
}
