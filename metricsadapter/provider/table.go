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

// columns have the names and types of metrics-server.
var columns = []metav1.TableColumnDefinition{
	{Name: "Name", Type: "string", Format: "name", Description: "Name of the pod or node"},
	{Name: "cpu", Type: "string", Format: "quantity", Description: "CPU in use, in cores"},
	{Name: "memory", Type: "string", Format: "quantity", Description: "Memory in use, in bytes"},
	{Name: "Window", Type: "string", Format: "duration", Description: "Time over which CPU was measured"},
}

// ConvertToTable returns the columns of kubectl get.
func (Pods) ConvertToTable(_ context.Context, object, options runtime.Object) (*metav1.Table, error) {
	switch of := object.(type) {
	case *metrics.PodMetrics:
		return table(options, podRow(of)), nil
	case *metrics.PodMetricsList:
		rows := make([]metav1.TableRow, len(of.Items))
		for i := range of.Items {
			rows[i] = podRow(&of.Items[i])
		}
		return table(options, rows...), nil
	default:
		return nil, fmt.Errorf("%T is not PodMetrics or PodMetricsList", object)
	}
}

// ConvertToTable returns the columns of kubectl get.
func (Nodes) ConvertToTable(_ context.Context, object, options runtime.Object) (*metav1.Table, error) {
	switch of := object.(type) {
	case *metrics.NodeMetrics:
		return table(options, nodeRow(of)), nil
	case *metrics.NodeMetricsList:
		rows := make([]metav1.TableRow, len(of.Items))
		for i := range of.Items {
			rows[i] = nodeRow(&of.Items[i])
		}
		return table(options, rows...), nil
	default:
		return nil, fmt.Errorf("%T is not NodeMetrics or NodeMetricsList", object)
	}
}

func table(options runtime.Object, rows ...metav1.TableRow) *metav1.Table {
	t := &metav1.Table{Rows: rows}
	if o, ok := options.(*metav1.TableOptions); !ok || !o.NoHeaders {
		t.ColumnDefinitions = columns
	}
	return t
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
