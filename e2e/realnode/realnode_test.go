package realnode_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/realnode"
	"flyball.dev/flyball/e2e/testcluster"
)

// burnt is the CPU that the burners of the test use, in cores, as Prometheus sees it. The slope through the samples does
// not care when exactly cAdvisor took them; rate would extrapolate to the edges of a window this short, and be off by a
// tenth at times.
const burnt = `sum(deriv(container_cpu_usage_seconds_total{job="kubelet",metrics_path=%q,namespace="default",container="burner"}[10s]))`

func TestBurntCPUIsMeasuredAndNothingIsLeftBehind(t *testing.T) {
	testcluster.ReserveRealNode(t)
	before := footprint(t)
	c, node := start(t, t.TempDir())
	if err := c.AddScrape(t.Context(), node.ScrapeJobs()...); err != nil {
		t.Fatal(err)
	}

	load := t.TempDir()
	for _, step := range []struct {
		replicas   int32
		millicores float64
	}{{1, 150}, {3, 600}, {2, 100}} {
		setLoad(t, load, step.millicores)
		deploy(t, c, load, step.replicas)
		for _, path := range []string{"/metrics/cadvisor", "/metrics/resource"} {
			waitForCores(t, c, fmt.Sprintf(burnt, path), step.millicores/1000)
		}
	}
	readLogs(t, c)

	if err := node.Stop(); err != nil {
		t.Errorf("stopping the node: %v", err)
	}
	if err := c.Stop(); err != nil {
		t.Errorf("stopping the cluster: %v", err)
	}
	if left := footprint(t).without(before); len(left) > 0 {
		t.Errorf("left behind: %s", strings.Join(left, "; "))
	}
}

// start runs a cluster whose only node is real, in a folder of its own below parent.
func start(t *testing.T, parent string) (*cluster.Cluster, *realnode.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c, err := cluster.Start(ctx, cluster.Options{Binaries: binaries(), Parent: parent, Nodes: -1, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop() })
	node, err := realnode.Start(ctx, realnode.Options{Cluster: c, Binaries: binaries()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Stop() })
	return c, node
}

// binaries is the folder that FLYBALL_BINARIES names or that make build-cluster fills.
func binaries() string {
	if folder := os.Getenv("FLYBALL_BINARIES"); folder != "" {
		return folder
	}
	folder, _ := filepath.Abs("../.bin")
	return folder
}

func setLoad(t *testing.T, folder string, millicores float64) {
	t.Helper()
	if err := realnode.SetLoad(folder, millicores); err != nil {
		t.Fatal(err)
	}
}

// deploy makes the Deployment of burners or scales it, and waits until as many pods are ready.
func deploy(t *testing.T, c *cluster.Cluster, load string, replicas int32) {
	t.Helper()
	deployments := c.Client.AppsV1().Deployments("default")
	if _, err := deployments.Get(t.Context(), "web", metav1.GetOptions{}); err != nil {
		if _, err := deployments.Create(t.Context(), realnode.Burners("web", load, replicas, "100m"), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	} else {
		scale, err := deployments.GetScale(t.Context(), "web", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		scale.Spec.Replicas = replicas
		if _, err := deployments.UpdateScale(t.Context(), "web", scale, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, c, fmt.Sprintf("%d burners to be ready", replicas), func(ctx context.Context) (bool, error) {
		web, err := deployments.Get(ctx, "web", metav1.GetOptions{})
		return err == nil && web.Status.ReadyReplicas == replicas && web.Status.Replicas == replicas, err
	})
}

// waitForCores waits until a query says for five seconds that about so many cores are used.
func waitForCores(t *testing.T, c *cluster.Cluster, query string, want float64) {
	t.Helper()
	start, since, got := time.Now(), time.Time{}, 0.0
	wait(t, c, fmt.Sprintf("%s to be about %v", query, want), func(ctx context.Context) (bool, error) {
		value, known, err := c.QueryNumber(ctx, query)
		if err != nil {
			return false, err
		}
		if got = value; !known || math.Abs(value-want) > 0.1*want {
			since = time.Time{}
		} else if since.IsZero() {
			since = time.Now()
		}
		return !since.IsZero() && time.Since(since) > 5*time.Second, nil
	})
	t.Logf("%.0f millicores asked for, %.0f measured, after %.1f s: %s", 1000*want, 1000*got, time.Since(start).Seconds(), query)
}

// readLogs reads what a container wrote through the API server, which asks the kubelet for it over loopback.
func readLogs(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	pods, err := c.Client.CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil || len(pods.Items) == 0 {
		t.Fatalf("%d pods, error %v", len(pods.Items), err)
	}
	text, err := c.Client.CoreV1().Pods("default").GetLogs(pods.Items[0].Name, &corev1.PodLogOptions{}).DoRaw(t.Context())
	if err != nil {
		t.Fatalf("logs of %s: %v", pods.Items[0].Name, err)
	}
	if want := "burning 50 millicores"; !strings.Contains(string(text), want) {
		t.Errorf("logs of %s are %q, want a line with %q", pods.Items[0].Name, text, want)
	}
}

func wait(t *testing.T, c *cluster.Cluster, what string, done func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Wait(ctx, what, done); err != nil {
		t.Fatal(err)
	}
}
