package provider

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/metrics/pkg/apis/metrics"
)

func resources(t *testing.T, b backend) *Resources { return NewResources(set(t), b, objects(t)) }

func in(t *testing.T, namespace string) context.Context {
	return request.WithNamespace(t.Context(), namespace)
}

func TestPodUsage(t *testing.T) {
	got, err := Pods{resources(t, backend{age: time.Second})}.Get(in(t, "shop"), "web-1", nil)
	if err != nil {
		t.Fatal(err)
	}
	pod := got.(*metrics.PodMetrics)
	if pod.Window.Duration != 2*time.Minute || time.Since(pod.Timestamp.Time) < time.Second {
		t.Errorf("window %s, timestamp %s", pod.Window.Duration, pod.Timestamp)
	}
	use := map[string]string{}
	for _, c := range pod.Containers {
		use[c.Name] = fmt.Sprint(c.Usage.Cpu(), " ", c.Usage.Memory())
	}
	// 500n is half a microcore; the bytes of proxy overflow an int64 that counts billionths.
	want := map[string]string{"app": "250m 64Mi", "proxy": "500n 19531250Ki"}
	if diff := cmp.Diff(want, use); diff != "" {
		t.Errorf("use (-want +got):\n%s", diff)
	}
}

func TestPodsWithMissingSamplesAreOmitted(t *testing.T) {
	p := Pods{resources(t, backend{})}
	for _, test := range []struct {
		name, namespace string
		options         *internalversion.ListOptions
		want            []string
	}{
		{"no pod with a container without CPU, no pod without samples", "shop", nil, []string{"shop/web-1"}},
		{"all namespaces", "", nil, []string{"bank/till-1", "shop/web-1"}},
		{"by label", "", &internalversion.ListOptions{LabelSelector: labels.SelectorFromSet(labels.Set{"app": "till"})}, []string{"bank/till-1"}},
		{"by name", "", &internalversion.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", "web-1")}, []string{"shop/web-1"}},
		{"nothing", "empty", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := p.List(in(t, test.namespace), test.options)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range list.(*metrics.PodMetricsList).Items {
				got = append(got, item.Namespace+"/"+item.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("pods (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNodeUsage(t *testing.T) {
	list, err := Nodes{resources(t, backend{})}.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	items := list.(*metrics.NodeMetricsList).Items
	if len(items) != 1 || items[0].Name != "n1" {
		t.Fatalf("nodes are %v, want n1 only: n2's memory is NaN, and n3 has no sample", items)
	}
	if cpu, memory := items[0].Usage[corev1.ResourceCPU], items[0].Usage[corev1.ResourceMemory]; cpu.String() != "1500m" || memory.String() != "1Gi" {
		t.Errorf("n1 uses %s and %s", cpu.String(), memory.String())
	}
}

func TestResourceRefusals(t *testing.T) {
	get := func(p interface {
		Get(context.Context, string, *metav1.GetOptions) (runtime.Object, error)
	}, namespace, name string,
	) error {
		_, err := p.Get(in(t, namespace), name, nil)
		return err
	}
	down := backend{never: true, err: errors.New("connection refused")}
	for _, test := range []struct {
		name string
		err  error
		code int32
		says string
	}{
		{"an unknown pod", get(Pods{resources(t, backend{})}, "shop", "gone"), 404, "not found"},
		{"a pod with a missing sample", get(Pods{resources(t, backend{})}, "shop", "web-2"), 404, "for each of its containers"},
		{"an unknown node", get(Nodes{resources(t, backend{})}, "", "n9"), 404, "not found"},
		{"a node without a sample", get(Nodes{resources(t, backend{})}, "", "n3"), 404, "n3 has no sample"},
		{"Prometheus is down", get(Pods{resources(t, down)}, "shop", "web-1"), 503, "cpu: connection refused"},
		{"Prometheus is down, for nodes", get(Nodes{resources(t, down)}, "", "n1"), 503, "connection refused"},
		{"a partial answer", get(Pods{resources(t, backend{partial: "a store is away"})}, "shop", "web-1"), 503, "a store is away"},
	} {
		t.Run(test.name, func(t *testing.T) { refusal[int](t, nil, test.err, test.code, test.says) })
	}
}

func TestTables(t *testing.T) {
	r := resources(t, backend{})
	pods, err := Pods{r}.List(in(t, "shop"), nil)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := Nodes{r}.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	podTable, err := Pods{r}.ConvertToTable(t.Context(), pods, nil)
	if err != nil {
		t.Fatal(err)
	}
	nodeTable, err := Nodes{r}.ConvertToTable(t.Context(), nodes, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"web-1", "251m", "19596786Ki", "2m0s"}, podTable.Rows[0].Cells); diff != "" {
		t.Errorf("a pod's row (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"n1", "1500m", "1Gi", "2m0s"}, nodeTable.Rows[0].Cells); diff != "" {
		t.Errorf("a node's row (-want +got):\n%s", diff)
	}
}
