package realnode

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/process"
)

// Kind is what the label cluster.NodeTypeLabel says of a real node, and its taint: see Place.
const Kind = "real"

// Options say what node to run. A process runs one real node at a time.
type Options struct {
	// Cluster is the running cluster that the node joins.
	Cluster *cluster.Cluster
	// Name of the node; "real" when empty.
	Name string
	// Binaries is the folder that package build filled: kubelet, enclosure, pause and burner are used from it.
	Binaries string
	// Images are loaded before the kubelet starts, besides the burner's. Pods use them with imagePullPolicy: Never.
	Images []Image
	// Archives are files of images, as docker save writes them, that are loaded, too. Their paths are absolute.
	Archives []string
	// Connected connects the pods with this machine: the kubelet reaches them for probes, and they reach the API server at the
	// address of the Service kubernetes, and Prometheus at PrometheusURL.
	Connected bool
	// Housekeeping is how often the kubelet's cAdvisor reads the usage of each container; 0 is one second. A
	// production kubelet's is ten.
	Housekeeping time.Duration
}

// Node is a running real node.
type Node struct {
	// Name of the Node object.
	Name string
	// Port that the kubelet serves HTTPS on, at 127.0.0.1.
	Port int

	options   Options
	dir       string
	files     files
	groups    hierarchies
	enclosure *process.Process
	// registered is true from the moment when the cluster may hold something of the node.
	registered bool
	relays     []net.Listener
}

// Start runs a real node and returns once it is ready for pods. When it fails it leaves nothing behind, and the error
// holds the end of the log of what failed. ctx bounds the start only.
func Start(ctx context.Context, options Options) (*Node, error) {
	if reason := Supported(); reason != "" {
		return nil, errors.New(reason)
	}
	var err error
	if options.Binaries, err = filepath.Abs(options.Binaries); err != nil {
		return nil, err
	}
	if options.Name == "" {
		options.Name = "real"
	}
	if options.Housekeeping == 0 {
		options.Housekeeping = time.Second
	}
	n := &Node{Name: options.Name, options: options, dir: filepath.Join(options.Cluster.Dir, "node-"+options.Name)}
	if err := n.start(ctx); err != nil {
		// The logs go with the folder, so their end is taken before.
		err = fmt.Errorf("starting the real node: %w%s", err, n.logEnds())
		return nil, errors.Join(err, n.Stop())
	}
	return n, nil
}

func (n *Node) start(ctx context.Context) error {
	var err error
	if n.groups, err = findHierarchies(); err != nil {
		return err
	}
	n.groups.removeAbandoned()
	if err := n.groups.create(groupName()); err != nil {
		return err
	}
	if n.Port, err = cluster.FreePort(); err != nil {
		return err
	}
	if err := n.write(); err != nil {
		return err
	}
	n.registered = true
	if err := n.register(ctx); err != nil {
		return err
	}
	spec := process.Spec{
		Name: "enclosure", Path: filepath.Join(n.options.Binaries, "enclosure"), Args: []string{n.files.enclosure},
		Dir: n.dir,
	}
	if n.enclosure, err = n.options.Cluster.Run(spec); err != nil {
		return err
	}
	if err := n.options.Cluster.Wait(ctx, "the real node to be ready", n.ready); err != nil {
		return err
	}
	return n.startRelays()
}

// ready reports whether the kubelet has said that it is.
func (n *Node) ready(ctx context.Context) (bool, error) {
	node, err := n.options.Cluster.Client.CoreV1().Nodes().Get(ctx, n.Name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue, nil
		}
	}
	return false, nil
}

// logEnds are the last lines of the daemons' logs, for an error.
func (n *Node) logEnds() string {
	var text strings.Builder
	for _, log := range []string{n.log("containerd"), n.log("images"), n.log("kubelet")} {
		if end := process.Tail(log, 10); end != "" {
			fmt.Fprintf(&text, "\nthe end of %s:\n%s", log, end)
		}
	}
	return text.String()
}

// Stop ends the node with every container and mount of it, takes it out of the cluster, and removes its control groups and its
// folder. A second call does nothing.
func (n *Node) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var failures []error
	for _, relay := range n.relays {
		_ = relay.Close()
	}
	if n.enclosure != nil {
		n.options.Cluster.Release(n.enclosure)
		n.enclosure.Stop(ctx)
		n.enclosure = nil
	}
	if n.registered {
		failures = append(failures, n.unregister(ctx))
		n.registered = false
	}
	failures = append(failures, awaitNoLink(ctx), n.groups.remove(ctx, groupName()), os.RemoveAll(n.dir))
	return errors.Join(failures...)
}
