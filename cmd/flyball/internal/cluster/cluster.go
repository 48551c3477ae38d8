package cluster

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
)

// Cluster is the cluster of kubectl's flags and kubeconfig, and the way to the autoscaler in it.
type Cluster struct {
	flags *genericclioptions.ConfigFlags
	// system is the namespace of the autoscaler's lease, and lease its name.
	system, lease string
	// address of the autoscaler; empty to find it by its lease and to reach it through the API server.
	address string
}

// New returns the cluster of the kubeconfig's context, until flags choose another.
func New() *Cluster {
	// No command uses discovery, so that the flags of its cache are left out.
	return &Cluster{flags: genericclioptions.NewConfigFlags(false), system: "flyball", lease: "flyball-autoscaler"}
}

// AddFlags adds kubectl's flags.
func (c *Cluster) AddFlags(flags *pflag.FlagSet) { c.flags.AddFlags(flags) }

// AddAutoscalerFlags adds the flags that say how Bundle and Rows reach the autoscaler.
func (c *Cluster) AddAutoscalerFlags(flags *pflag.FlagSet) {
	flags.StringVar(&c.system, "system-namespace", c.system, "Namespace of the autoscaler's lease.")
	flags.StringVar(&c.lease, "lease", c.lease, "Name of the autoscaler's lease, which names the leader's pod.")
	flags.StringVar(&c.address, "autoscaler-url", c.address,
		"URL of the autoscaler, such as https://localhost:8443 for a forwarded port. The credentials of the kubeconfig are sent to it. If empty, the leader is found by its lease and reached through the API server.")
}

// Namespace is that of the flag or of the kubeconfig's context.
func (c *Cluster) Namespace() (string, error) {
	namespace, _, err := c.flags.ToRawKubeConfigLoader().Namespace()
	return namespace, err
}

// Config is that of the flags and the kubeconfig.
func (c *Cluster) Config() (*rest.Config, error) { return c.flags.ToRESTConfig() }

// Autoscaler reads an object of the namespace.
func (c *Cluster) Autoscaler(ctx context.Context, name string) (*v1alpha1.HorizontalAutoscaler, error) {
	namespace, err := c.Namespace()
	if err != nil {
		return nil, err
	}
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	found, err := client.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case err != nil && !isMissing(err):
		return nil, fmt.Errorf("getting HorizontalAutoscaler %s/%s: %w", namespace, name, reason(err))
	case err != nil:
		return nil, fmt.Errorf("HorizontalAutoscaler %q not found in namespace %q; use -n for another namespace", name, namespace)
	}
	return found, nil
}

// Windows lists all objects that have windows: of the namespace, or of all namespaces.
func (c *Cluster) Windows(ctx context.Context, allNamespaces bool) ([]v1alpha1.HorizontalAutoscaler, []v1alpha1.ScaleWindow, error) {
	namespace := metav1.NamespaceAll
	var err error
	if !allNamespaces {
		if namespace, err = c.Namespace(); err != nil {
			return nil, nil, err
		}
	}
	client, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	autoscalers, err := client.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("listing HorizontalAutoscalers: %w", reason(err))
	}
	windows, err := client.AutoscalingV1alpha1().ScaleWindows(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("listing ScaleWindows: %w", reason(err))
	}
	return autoscalers.Items, windows.Items, nil
}

// isMissing reports whether an object does not exist, but its kind does.
func isMissing(err error) bool {
	return apierrors.IsNotFound(err) && !apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)
}

// reason is the error, or what is to be done about a kind that the cluster does not have.
func reason(err error) error {
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("the cluster does not have the kind; install Flyball's custom resource definitions (docs/install.md): %w", err)
	}
	return err
}

// client of Flyball's kinds.
func (c *Cluster) client() (clientset.Interface, error) {
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	return clientset.NewForConfig(config)
}
