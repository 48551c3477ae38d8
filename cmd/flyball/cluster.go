package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/kubernetes"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
)

// cluster is the one that kubectl would talk to, and how to reach the autoscaler in it.
type cluster struct {
	flags *genericclioptions.ConfigFlags
	// system is the namespace of the autoscaler's lease, and lease the lease's name.
	system, lease string
	// address of the autoscaler; empty to find it by its lease, and to ask it through the API server.
	address string
}

// healthPort is where the autoscaler serves /debug/bundle, as the chart has it.
const healthPort = "8080"

// mostBytes of a bundle. One of ten thousand pods has about 2 MiB.
const mostBytes = 64 << 20

func newCluster() *cluster {
	// Discovery and its cache are not used, and their flags would promise what they do not keep.
	return &cluster{flags: genericclioptions.NewConfigFlags(false), system: "flyball", lease: "flyball-autoscaler"}
}

func (c *cluster) addFlags(command *cobra.Command) {
	flags := command.Flags()
	c.flags.AddFlags(flags)
	flags.StringVar(&c.system, "system-namespace", c.system, "Namespace of the autoscaler's lease.")
	flags.StringVar(&c.lease, "lease", c.lease, "Name of the autoscaler's lease, which tells the pod that decides.")
	flags.StringVar(&c.address, "autoscaler-url", c.address,
		"Where to ask the autoscaler for a bundle, such as http://localhost:8080 of a forwarded port. Empty: by its lease, through the API server.")
}

// namespace is that of the flag, or of the kubeconfig's context.
func (c *cluster) namespace() (string, error) {
	namespace, _, err := c.flags.ToRawKubeConfigLoader().Namespace()
	return namespace, err
}

// autoscaler gives the object. The error says what is not there.
func (c *cluster) autoscaler(ctx context.Context, name string) (*v1alpha1.HorizontalAutoscaler, error) {
	namespace, err := c.namespace()
	if err != nil {
		return nil, err
	}
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	found, err := client.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no HorizontalAutoscaler %s in namespace %s; choose another namespace with -n", name, namespace)
	}
	return found, err
}

// client of the kinds of Flyball.
func (c *cluster) client() (clientset.Interface, error) {
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	return clientset.NewForConfig(config)
}

// bundle gives what the last decision about an autoscaler was made of, from the process that made it.
func (c *cluster) bundle(ctx context.Context, name string) ([]byte, error) {
	namespace, err := c.namespace()
	if err != nil {
		return nil, err
	}
	path := "/debug/bundle/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
	if c.address != "" {
		return get(ctx, strings.TrimSuffix(c.address, "/")+path)
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	leader, err := c.leader(ctx, client)
	if err != nil {
		return nil, err
	}
	text, err := client.CoreV1().Pods(c.system).ProxyGet("http", leader, healthPort, path, nil).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking pod %s/%s, which decides, through the API server: %w%s; "+
			"where you may not, forward a port to it and say --autoscaler-url=http://localhost:%s", c.system, leader, err, said(text), healthPort)
	}
	return text, nil
}

// leader is the pod whose autoscaler decides.
func (c *cluster) leader(ctx context.Context, client kubernetes.Interface) (string, error) {
	lease, err := client.CoordinationV1().Leases(c.system).Get(ctx, c.lease, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("finding the autoscaler by its lease %s/%s: %w; --system-namespace and --lease say which it is", c.system, c.lease, err)
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return "", fmt.Errorf("nobody holds the lease %s/%s: no autoscaler is running, or it has just ended", c.system, c.lease)
	}
	// The identity is the pod's name and, after an underscore, which no such name has, what tells two runs of it apart.
	pod, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "_")
	return pod, nil
}

// get asks an address that the user named.
func get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("--autoscaler-url: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("--autoscaler-url: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // all of it was read, or there is an error already
	text, err := io.ReadAll(io.LimitReader(response.Body, mostBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", address, err)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s%s", address, response.Status, said(text))
	case len(text) > mostBytes:
		return nil, fmt.Errorf("%s: the answer is larger than %d bytes, which no bundle is", address, mostBytes)
	}
	return text, nil
}

// said is what an answer that is an error says, where it is short enough to be that.
func said(text []byte) string {
	words := strings.TrimSpace(string(text))
	if words == "" || len(words) > 300 {
		return ""
	}
	return ": " + words
}
