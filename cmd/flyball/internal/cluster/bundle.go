package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/shard"
)

// maxBundleSize in bytes. The bundle of an autoscaler with 10,000 pods has about 2 MiB.
const maxBundleSize = 64 << 20

// Bundle captures the input of the last decision about an autoscaler, from the process that made it.
func (c *Cluster) Bundle(ctx context.Context, name string) ([]byte, error) {
	namespace, err := c.Namespace()
	if err != nil {
		return nil, err
	}
	path := "/debug/bundle/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
	if strings.HasPrefix(c.address, "http://") {
		return get(ctx, http.DefaultClient, strings.TrimSuffix(c.address, "/")+path)
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	if c.address != "" {
		return c.fromURL(ctx, config, path)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	leader, err := c.leader(ctx, client)
	if err != nil {
		return nil, err
	}
	text, err := c.fromPod(ctx, config, leader, path)
	if !errors.Is(err, errNotFound) {
		return text, err
	}
	// With sharding another process may evaluate the autoscaler.
	members, listErr := client.CoordinationV1().Leases(c.system).List(ctx, metav1.ListOptions{LabelSelector: shard.MemberSelector})
	if listErr != nil {
		return nil, err
	}
	for i := range members.Items {
		pod := shard.Pod(&members.Items[i])
		if pod == "" || pod == leader {
			continue
		}
		if text, podErr := c.fromPod(ctx, config, pod, path); podErr == nil {
			return text, nil
		}
	}
	return nil, err
}

// fromURL gets a path of the autoscaler at the address of the flag, with the credentials of the kubeconfig.
func (c *Cluster) fromURL(ctx context.Context, config *rest.Config, path string) ([]byte, error) {
	address, err := url.Parse(c.address)
	if err != nil || address.Scheme != "https" || address.Host == "" {
		return nil, fmt.Errorf("--autoscaler-url: %q is no URL such as https://localhost:%s", c.address, securePort)
	}
	ip := net.ParseIP(address.Hostname())
	client, err := autoscalerClient(config, address.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
	if err != nil {
		return nil, err
	}
	text, err := get(ctx, client, strings.TrimSuffix(c.address, "/")+path)
	if err != nil {
		return nil, fmt.Errorf("--autoscaler-url: %w", err)
	}
	return text, nil
}

// fromPod gets a path of an autoscaler's pod, through a port that the API server forwards, with the credentials of the kubeconfig.
// The API server's proxy of pods would remove them.
func (c *Cluster) fromPod(ctx context.Context, config *rest.Config, pod, path string) ([]byte, error) {
	client, err := autoscalerClient(config, true)
	if err != nil {
		return nil, err
	}
	address, stop, err := forwardPort(ctx, config, c.system, pod)
	if err != nil {
		return nil, fmt.Errorf("forwarding a port to pod %s/%s: %w; it needs the right to create pods/portforward; or use --autoscaler-url", c.system, pod, err)
	}
	defer stop()
	text, err := get(ctx, client, "https://"+address+path)
	switch {
	case errors.Is(err, errUnauthorized) && config.BearerToken == "" && config.BearerTokenFile == "":
		return nil, fmt.Errorf("getting the bundle from pod %s/%s: %w; the kubeconfig has no token: use --token, such as that of kubectl create token, "+
			"or have the autoscaler accept client certificates (autoscaler.clientCertificates of the chart)", c.system, pod, err)
	case err != nil:
		return nil, fmt.Errorf("getting the bundle from pod %s/%s: %w", c.system, pod, err)
	}
	return text, nil
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

// errNotFound is wrapped when the process has no decision about the autoscaler.
var errNotFound = errors.New("not found")

// errUnauthorized is wrapped when the process does not accept the credentials.
var errUnauthorized = errors.New("401 Unauthorized")

// get reads a bundle.
func get(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // the body is read, or the request has failed already
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBundleSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", address, err)
	case response.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%w%s", errNotFound, errorText(text))
	case response.StatusCode == http.StatusUnauthorized:
		return nil, fmt.Errorf("%w%s", errUnauthorized, errorText(text))
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s%s", response.Status, errorText(text))
	case len(text) > maxBundleSize:
		return nil, fmt.Errorf("%s: the answer has more than %d bytes, so it is no bundle", address, maxBundleSize)
	}
	return text, nil
}

// errorText is the text of an error answer, unless it is too long for a sentence.
func errorText(text []byte) string {
	words := strings.TrimSpace(string(text))
	if words == "" || len(words) > 300 {
		return ""
	}
	return ": " + words
}
