package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/e2e/process"
)

var errStopped = errors.New("the cluster was stopped")

// Cluster is a running control plane with its nodes and its Prometheus.
type Cluster struct {
	// Dir is the cluster's temporary folder: logs, kubeconfigs, data. Stop removes it.
	Dir string
	// Kubeconfig is the path of the administrator's kubeconfig.
	Kubeconfig string
	// Config and Client are that administrator's, with a high rate limit.
	Config *rest.Config
	Client kubernetes.Interface
	// PrometheusURL is Prometheus's address, http://127.0.0.1:port.
	PrometheusURL string
	// Authority signs the certificates that the API server accepts, and the API server's own.
	Authority *Authority

	options    Options
	workspace  *workspace
	supervisor *supervisor
	prom       *process.Process
	// manager is kube-controller-manager, and managerSpec what it was started from.
	manager      *process.Process
	managerSpec  process.Spec
	ports        portSet
	etcdURL      string
	apiServerURL string
	scrapeMutex  sync.Mutex
	scrape       []ScrapeJob
}

type portSet struct {
	etcd, etcdPeer, apiServer, controllerManager, scheduler, prometheus int
}

// Start runs a cluster and returns once its API, its nodes and its Prometheus are ready. When it fails it leaves
// nothing behind, and the error says which program failed, with the end of its log. ctx bounds the start only.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	space, err := newWorkspace(options.Parent)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Dir: space.dir, options: options, workspace: space, supervisor: newSupervisor(), scrape: options.Scrape}
	if options.Restart {
		c.supervisor.restarted = func(p *process.Process) { c.logf("%v; starting it again", p.Err()) }
	}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the cluster: %w", err), c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if err := c.pickPorts(); err != nil {
		return err
	}
	files, err := c.issueCredentials()
	if err != nil {
		return err
	}
	if c.Config, err = adminConfig(c.Kubeconfig); err != nil {
		return err
	}
	if c.Client, err = kubernetes.NewForConfig(c.Config); err != nil {
		return err
	}
	if err := c.startAPI(ctx, files); err != nil {
		return err
	}
	if err := c.startControllers(files); err != nil {
		return err
	}
	return c.waitForNodes(ctx)
}

func (c *Cluster) pickPorts() error {
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	c.ports = portSet{ports[0], ports[1], ports[2], ports[3], ports[4], ports[5]}
	c.etcdURL = "http://" + loopback(c.ports.etcd)
	c.apiServerURL = "https://" + loopback(c.ports.apiServer)
	c.PrometheusURL = "http://" + loopback(c.ports.prometheus)
	return nil
}

// Context ends when the cluster is stopped or one of its programs ends; context.Cause has the reason.
func (c *Cluster) Context() context.Context { return c.supervisor.ctx }

// APIServerURL is where the API server listens, https://127.0.0.1:port.
func (c *Cluster) APIServerURL() string { return c.apiServerURL }

// Run starts another program under the cluster's supervision: its death is the cluster's failure, and Stop ends it.
func (c *Cluster) Run(spec process.Spec) (*process.Process, error) {
	if spec.Dir == "" {
		spec.Dir = c.Dir
	}
	return c.supervisor.start(spec)
}

// Release takes a program out of supervision, so that a test can end it: the caller stops it.
func (c *Cluster) Release(p *process.Process) { c.supervisor.expect(p) }

// Stop ends every program and removes the cluster's folder. A second call does nothing.
func (c *Cluster) Stop() error {
	if c.workspace == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c.supervisor.stop(ctx)
	err := c.workspace.remove()
	c.workspace = nil
	return err
}

// Binary is the path of a program that package build made.
func (c *Cluster) Binary(name string) string { return filepath.Join(c.options.Binaries, name) }

func (c *Cluster) logf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.options.Log, format+"\n", args...)
}
