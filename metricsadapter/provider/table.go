package provider

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/metrics/pkg/apis/metrics"
)

var columns = []metav1.TableColumnDefinition{
	{Name: "Name", Type: "string", Format: "name", Description: "Name of the pod or node"},
	{Name: "CPU", Type: "string", Description: "CPU in use, in cores"},
	{Name: "Memory", Type: "string", Description: "Memory in use, in bytes"},
	{Name: "Window", Type: "string", Description: "Time over which CPU was measured"},
}

// ConvertToTable is what kubectl get shows.
func (Pods) ConvertToTable(_ context.Context, object, _ runtime.Object) (*metav1.Table, error) {
	switch of := object.(type) {
	case *metrics.PodMetrics:
		return table(podRow(of)), nil
	case *metrics.PodMetricsList:
		rows := make([]metav1.TableRow, len(of.Items))
		for i := range of.Items {
			rows[i] = podRow(&of.Items[i])
		}
		return table(rows...), nil
	default:
		return nil, fmt.Errorf("a %T is no pod's metrics", object)
	}
}

// ConvertToTable is what kubectl get shows.
func (Nodes) ConvertToTable(_ context.Context, object, _ runtime.Object) (*metav1.Table, error) {
	switch of := object.(type) {
	case *metrics.NodeMetrics:
		return table(nodeRow(of)), nil
	case *metrics.NodeMetricsList:
		rows := make([]metav1.TableRow, len(of.Items))
		for i := range of.Items {
			rows[i] = nodeRow(&of.Items[i])
		}
		return table(rows...), nil
	default:
		return nil, fmt.Errorf("a %T is no node's metrics", object)
	}
}

func table(rows ...metav1.TableRow) *metav1.Table {
	return &metav1.Table{ColumnDefinitions: columns, Rows: rows}
}

func podRow(pod *metrics.PodMetrics) metav1.TableRow {
	var cpu, memory resource.Quantity
	for _, container := range pod.Containers {
		cpu.Add(container.Usage[corev1.ResourceCPU])
		memory.Add(container.Usage[corev1.ResourceMemory])
	}
	return row(pod, cpu, memory, pod.Window.Duration)
}

func nodeRow(node *metrics.NodeMetrics) metav1.TableRow {
	return row(node, node.Usage[corev1.ResourceCPU], node.Usage[corev1.ResourceMemory], node.Window.Duration)
}

func row(object runtime.Object, cpu, memory resource.Quantity, window time.Duration) metav1.TableRow {
	name := ""
	if accessor, err := meta.Accessor(object); err == nil {
		name = accessor.GetName()
	}
	cpu.RoundUp(resource.Milli)
	return metav1.TableRow{
		Cells:  []any{name, cpu.String(), memory.String(), window.String()},
		Object: runtime.RawExtension{Object: object},
	}
}
