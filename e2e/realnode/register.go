package realnode

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
)

// scraper is the user that Prometheus is to the kubelet, and the name of the role that lets it read metrics.
const scraper = "flyball-real-node-scraper"

// register makes the Node object before the kubelet does, with the address that a cloud provider would give it: a
// kubelet refuses to name a loopback address itself, and any other would lead off the machine.
func (n *Node) register(ctx context.Context) error {
	client := n.options.Cluster.Client
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: map[string]string{cluster.NodeTypeLabel: Kind, corev1.LabelHostname: n.Name}},
		// Pods made for simulated nodes have images that do not exist.
		Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: cluster.NodeTypeLabel, Value: Kind, Effect: corev1.TaintEffectNoSchedule}}},
	}
	if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("node object: %w", err)
	}
	// No host name: whoever prefers it to the address would look it up, beyond this machine. A patch, because controllers
	// write to a new node too.
	patch := fmt.Appendf(nil, `{"status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}], "daemonEndpoints": {"kubeletEndpoint": {"Port": %d}}}}`, n.Port)
	if _, err := client.CoreV1().Nodes().PatchStatus(ctx, n.Name, patch); err != nil {
		return fmt.Errorf("address of the node: %w", err)
	}
	return n.allowScraping(ctx)
}

// allowScraping lets the scraper read the kubelet's metrics and nothing else.
func (n *Node) allowScraping(ctx context.Context) error {
	rbac := n.options.Cluster.Client.RbacV1()
	_, err := rbac.ClusterRoles().Create(ctx, &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: scraper},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"nodes/metrics"}, Verbs: []string{"get"}}},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("role of the scraper: %w", err)
	}
	_, err = rbac.ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: scraper},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: scraper},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: scraper}},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("role of the scraper: %w", err)
	}
	return nil
}

// unregister takes the node, its pods and the scraper's role out of the cluster. The containers are gone already, so the
// pods get no time to end.
func (n *Node) unregister(ctx context.Context) error {
	client := n.options.Cluster.Client
	now := metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}
	failures := []error{
		client.CoreV1().Nodes().Delete(ctx, n.Name, now),
		client.RbacV1().ClusterRoleBindings().Delete(ctx, scraper, now),
		client.RbacV1().ClusterRoles().Delete(ctx, scraper, now),
	}
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + n.Name})
	if err != nil {
		return errors.Join(append(failures, err)...)
	}
	for _, pod := range pods.Items {
		failures = append(failures, client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, now))
	}
	for i, err := range failures {
		if apierrors.IsNotFound(err) {
			failures[i] = nil
		}
	}
	return errors.Join(failures...)
}
