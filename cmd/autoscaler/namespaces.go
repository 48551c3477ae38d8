package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/tenancy"
	"flyball.dev/flyball/metricsadapter/prom"
)

// namespacesPoll is the time between two reads of the file, which follow the symbolic links of a mounted ConfigMap.
const namespacesPoll = 5 * time.Second

// limits are what each namespace may do, by the file of --namespaces-config, which is read again while the program runs.
type limits struct {
	path string // empty for no file
	// servers are the Prometheus servers that a namespace may be given.
	servers []string
	rules   atomic.Pointer[tenancy.Rules]
	failed  prometheus.Gauge
	// uses are called with each change.
	uses []func(*tenancy.Rules)

	// text and problem are those of the last read.
	text    []byte
	problem string
}

// newTenantClient reads what each namespace may do, and returns it with a client of the servers in the flags, nil without any. Each
// server that a namespace may query is one of them.
func newTenantClient(o *options, registry prometheus.Registerer) (*prom.Client, *limits, error) {
	l := &limits{path: o.namespacesConfig, failed: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "flyball_namespaces_reload_failed",
		Help: "Whether the last reload of the namespaces file failed (1) or succeeded (0). After a failure the last valid limits stay in force.",
	})}
	l.rules.Store(o.defaults.Namespaces)
	if err := registry.Register(l.failed); err != nil {
		return nil, nil, err
	}
	client, err := newClient(o, l, registry)
	if err != nil {
		return nil, nil, err
	}
	l.servers = client.Servers()
	if _, err := l.read(); err != nil {
		return nil, nil, err
	}
	o.defaults.Namespaces = l.rules.Load()
	return client, l, nil
}

// read reads the file, and reports whether other limits are in force than before. With an error these stay in force.
func (l *limits) read() (changed bool, err error) {
	if l.path == "" {
		return false, nil
	}
	text, err := os.ReadFile(l.path)
	if err == nil && l.text != nil && bytes.Equal(text, l.text) {
		return false, nil
	}
	var rules *tenancy.Rules
	if err == nil {
		rules, err = tenancy.Load(text)
	}
	if err == nil {
		err = rules.CheckServers(l.servers)
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", tenancy.Flag, l.path, err)
	}
	l.text = text
	l.rules.Store(rules)
	return true, nil
}

// use calls f with the limits in force, and later with each change.
func (l *limits) use(f func(*tenancy.Rules)) {
	f(l.rules.Load())
	l.uses = append(l.uses, f)
}

// run reads the file again until ctx ends.
func (l *limits) run(ctx context.Context) {
	if l.path == "" {
		return
	}
	ticker := time.NewTicker(namespacesPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			l.reload(klog.FromContext(ctx))
		}
	}
}

// reload reads the file, and logs what changed.
func (l *limits) reload(logger klog.Logger) {
	changed, err := l.read()
	if err != nil {
		l.failed.Set(1)
		if l.problem != err.Error() {
			l.problem = err.Error()
			logger.Error(err, "Failed to reload the limits of namespaces; the former ones stay in force")
		}
		return
	}
	l.failed.Set(0)
	l.problem = ""
	if !changed {
		return
	}
	logger.Info("Reloaded the limits of namespaces", "file", l.path)
	for _, f := range l.uses {
		f(l.rules.Load())
	}
}
