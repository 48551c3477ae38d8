package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/shard"
)

// process is one of the autoscaler: that at the address of the flag, or that in a pod.
type process struct {
	cluster *Cluster
	config  *rest.Config         // nil for an address without TLS
	kube    kubernetes.Interface // nil for an address
	pod     string               // empty for an address
}

// findLeader returns the process at the address of the flag, or the one that the lease names.
func (c *Cluster) findLeader(ctx context.Context) (*process, error) {
	if strings.HasPrefix(c.address, "http://") {
		return &process{cluster: c}, nil
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil || c.address != "" {
		return &process{cluster: c, config: config}, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	pod, err := c.leader(ctx, client)
	return &process{cluster: c, config: config, kube: client, pod: pod}, err
}

// leader is the name of the pod whose autoscaler decides.
func (c *Cluster) leader(ctx context.Context, client kubernetes.Interface) (string, error) {
	lease, err := client.CoordinationV1().Leases(c.system).Get(ctx, c.lease, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("finding the autoscaler by its lease %s/%s: %w; use --system-namespace and --lease for another lease", c.system, c.lease, err)
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return "", fmt.Errorf("lease %s/%s has no holder: no autoscaler is running, or the leader has just stopped", c.system, c.lease)
	}
	// The identity is the pod's name, an underscore, which no pod's name has, and a number for each start of the process.
	pod, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "_")
	return pod, nil
}

// others returns the other processes that evaluate autoscalers, which exist with sharding only; none for an address.
func (p *process) others(ctx context.Context) ([]*process, error) {
	if p.pod == "" {
		return nil, nil
	}
	system := p.cluster.system
	members, err := p.kube.CoordinationV1().Leases(system).List(ctx, metav1.ListOptions{LabelSelector: shard.MemberSelector})
	if err != nil {
		return nil, fmt.Errorf("listing the leases of the other replicas in namespace %s: %w", system, err)
	}
	var others []*process
	for i := range members.Items {
		if pod := shard.Pod(&members.Items[i]); pod != "" && pod != p.pod {
			others = append(others, &process{cluster: p.cluster, config: p.config, kube: p.kube, pod: pod})
		}
	}
	return others, nil
}

// get gets a path of the process.
func (p *process) get(ctx context.Context, path string) ([]byte, error) {
	address := strings.TrimSuffix(p.cluster.address, "/") + path
	switch {
	case p.pod != "":
		return p.fromPod(ctx, path)
	case p.config == nil:
		return get(ctx, http.DefaultClient, address)
	default:
		return p.fromURL(ctx, address)
	}
}

// fromURL gets a path of the autoscaler at the address of the flag, with the credentials of the kubeconfig.
func (p *process) fromURL(ctx context.Context, full string) ([]byte, error) {
	address, err := p.address(full)
	if err != nil {
		return nil, err
	}
	client, err := autoscalerClient(p.config, isLoopback(address))
	if err != nil {
		return nil, err
	}
	text, err := get(ctx, client, full)
	if err != nil {
		return nil, fmt.Errorf("--autoscaler-url: %w", err)
	}
	return text, nil
}

// address parses an address below that of the flag.
func (p *process) address(full string) (*url.URL, error) {
	address, err := url.Parse(full)
	if err != nil || address.Scheme != "https" || address.Host == "" {
		return nil, fmt.Errorf("--autoscaler-url: %q is no URL such as https://localhost:%s", p.cluster.address, securePort)
	}
	return address, nil
}

// isLoopback reports whether an address is on this machine.
func isLoopback(address *url.URL) bool {
	ip := net.ParseIP(address.Hostname())
	return address.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// forwardError says what a forwarded port needs.
func (p *process) forwardError(err error) error {
	return fmt.Errorf("forwarding a port to pod %s/%s: %w; it needs the right to create pods/portforward; or use --autoscaler-url", p.cluster.system, p.pod, err)
}

// fromPod gets a path of an autoscaler's pod, through a port that the API server forwards, with the credentials of the kubeconfig.
// The API server's proxy of pods would remove them.
func (p *process) fromPod(ctx context.Context, path string) ([]byte, error) {
	client, err := autoscalerClient(p.config, true)
	if err != nil {
		return nil, err
	}
	pod := p.cluster.system + "/" + p.pod
	address, stop, err := forwardPort(ctx, p.config, p.cluster.system, p.pod)
	if err != nil {
		return nil, p.forwardError(err)
	}
	defer stop()
	text, err := get(ctx, client, "https://"+address+path)
	switch {
	case errors.Is(err, errUnauthorized) && p.config.BearerToken == "" && p.config.BearerTokenFile == "":
		return nil, fmt.Errorf("reading from pod %s: %w; the kubeconfig has no token: use --token, such as that of kubectl create token, "+
			"or have the autoscaler accept client certificates (autoscaler.clientCertificates of the chart)", pod, err)
	case err != nil:
		return nil, fmt.Errorf("reading from pod %s: %w", pod, err)
	}
	return text, nil
}
