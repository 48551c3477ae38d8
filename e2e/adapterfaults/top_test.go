package adapterfaults

import (
	"context"
	"os"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned"

	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/realnode"
)

// topWindow is the window of the rules for CPU in this suite.
const topWindow = 20 * time.Second

// kubectl top shows what metrics-server would: the difference of a container's CPU seconds over that of their times,
// between two scrapes of the kubelet, and the last working set. Real containers burn CPU here, on a real node.
func TestKubectlTopIsMetricsServersArithmetic(t *testing.T) {
	runInParallel(t)
	folder := t.TempDir() // before the node, so that it is removed after the burners have ended
	node := addRealNode(t)
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

// addRealNode makes this machine a node of the cluster for the test's time.
func addRealNode(t *testing.T) *realnode.Node {
	t.Helper()
	if reason := realnode.Supported(); reason != "" {
		t.Skip(reason)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		var err error
		if binaries, err = build.All(ctx, build.Options{RealNode: true, Output: t.Output()}); err != nil {
			t.Fatal(err)
		}
	}
	node, err := realnode.Start(ctx, realnode.Options{Cluster: shared.Cluster, Binaries: binaries})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Stop(); err != nil {
			t.Errorf("stopping the real node: %v", err)
		}
	})
	if err := shared.AddScrape(ctx, node.ScrapeJobs()...); err != nil {
		t.Fatal(err)
	}
	return node
}

// burn runs real containers that burn so many millicores together.
func burn(t *testing.T, folder string, replicas int32, millicores float64) (namespace string) {
	t.Helper()
	namespace, err := newNamespace(t.Context(), "top")
	if err != nil {
		t.Fatal(err)
	}
	if err := realnode.SetLoad(folder, millicores); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"burns": "web"}
	_, err = shared.Client.AppsV1().Deployments(namespace).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       realnode.Burner(folder, resource.MustParse("100m")),
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return namespace
}
