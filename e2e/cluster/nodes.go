package cluster

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NodeTypeLabel is the label of nodes that is "simulated" on simulated nodes.
const NodeTypeLabel = "flyball.dev/node"

// AddNodes makes the simulated nodes numbered from first up to, and without, end.
func (c *Cluster) AddNodes(ctx context.Context, first, end int) error {
	for i := first; i < end; i++ {
		_, err := c.Client.CoreV1().Nodes().Create(ctx, node(fmt.Sprintf("simulated-%03d", i)), metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("making simulated node %d: %w", i, err)
		}
	}
	return nil
}

func node(name string) *corev1.Node {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("32"),
		corev1.ResourceMemory: resource.MustParse("256Gi"),
		corev1.ResourcePods:   resource.MustParse("500"),
	}
	key, value, _ := strings.Cut(simulatedNode, "=")
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:        name,
			Annotations: map[string]string{key: value},
			Labels: map[string]string{
				NodeTypeLabel:          "simulated",
				corev1.LabelHostname:   name,
				corev1.LabelArchStable: "amd64",
				corev1.LabelOSStable:   "linux",
			},
		},
		Status: corev1.NodeStatus{Capacity: capacity, Allocatable: capacity},
	}
}
