package adapterfaults

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned"

	"flyball.dev/flyball/e2e/realnode"
	"flyball.dev/flyball/e2e/testcluster"
)

// topWindow is the window of the rules for CPU in this suite.
const topWindow = 20 * time.Second

// kubectl top shows what metrics-server would: the difference of a container's CPU seconds over that of their times,
// between two scrapes of the kubelet, and the last working set. Real containers burn CPU here, on a real node.
func TestKubectlTopIsMetricsServersArithmetic(t *testing.T) {
	testcluster.Parallel(t)
	testcluster.ReserveRealNode(t)
	folder := t.TempDir() // before the node, so that it is removed after the burners have ended
	node := shared.AddRealNode(t)
	namespace := burn(t, folder, 2, 300)
	k := watchKubelet(t, node)
	client, err := metricsclient.NewForConfig(shared.Config)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(topWindow + 12*time.Second) // until the kubelet was watched for a window
	var readings []reading
	for range 5 {
		list, err := client.MetricsV1beta1().PodMetricses(namespace).List(t.Context(), metav1.ListOptions{})
		if err != nil || len(list.Items) != 2 {
			t.Fatalf("%d pods are served, want 2: %v", len(list.Items), err)
		}
		for i := range list.Items {
			pod := &list.Items[i]
			of := used{"container", pod.Name, pod.Containers[0].Name}
			readings = append(readings, reading{of, pod.Containers[0].Usage, pod.Timestamp.Time, time.Now(), 0})
		}
		of, err := client.MetricsV1beta1().NodeMetricses().Get(t.Context(), node.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		readings = append(readings, reading{used{kind: "node"}, of.Usage, of.Timestamp.Time, time.Now(), 0})
		time.Sleep(time.Second)
	}
	readings = append(readings, top(t, "pods", "--namespace="+namespace)...)
	readings = append(readings, top(t, "nodes", node.Name)...)
	time.Sleep(5 * time.Second) // until the kubelet's samples after the last of them are known
	for _, r := range readings {
		k.compare(t, r)
	}
}

// burn runs real containers that burn so many millicores together.
func burn(t *testing.T, folder string, replicas int32, millicores float64) (namespace string) {
	t.Helper()
	namespace = shared.Namespace(t, "top")
	if err := realnode.SetLoad(folder, millicores); err != nil {
		t.Fatal(err)
	}
	burners := realnode.Burners("web", folder, replicas, "100m")
	if _, err := shared.Client.AppsV1().Deployments(namespace).Create(t.Context(), burners, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return namespace
}
