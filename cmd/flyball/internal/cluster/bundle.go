package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"flyball.dev/flyball/autoscaler/shard"
)

// healthPort of the autoscaler's pods, as the chart has it; it serves /debug/bundle, too.
const healthPort = "8080"

// maxBundleSize in bytes. The bundle of an autoscaler with 10,000 pods has about 2 MiB.
const maxBundleSize = 64 << 20

// Bundle captures the input of the last decision about an autoscaler, from the process that made it.
func (c *Cluster) Bundle(ctx context.Context, name string) ([]byte, error) {
	namespace, err := c.Namespace()
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
	text, err := c.fromPod(ctx, client, leader, path)
	if !apierrors.IsNotFound(err) {
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
		if text, podErr := c.fromPod(ctx, client, pod, path); podErr == nil {
			return text, nil
		}
	}
	return nil, err
}

// fromPod gets a path of an autoscaler's pod through the API server.
func (c *Cluster) fromPod(ctx context.Context, client kubernetes.Interface, pod, path string) ([]byte, error) {
	text, err := client.CoreV1().Pods(c.system).ProxyGet("http", pod, healthPort, path, nil).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("getting the bundle from pod %s/%s through the API server: %w%s; without the right to get pods/proxy, "+
			"forward a port to the pod and use --autoscaler-url=http://localhost:%s", c.system, pod, err, errorText(text), healthPort)
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

// get reads a bundle from the URL of the flag.
func get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("--autoscaler-url: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("--autoscaler-url: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // the body is read, or the request has failed already
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBundleSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", address, err)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s%s", address, response.Status, errorText(text))
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
