package cluster_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/process"
)

func TestADeploymentBecomesReadyAndNothingIsLeftBehind(t *testing.T) {
	c, parent := start(t)
	if _, err := c.Client.AppsV1().Deployments("default").Create(t.Context(), deployment("web", 5), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	waitForReady(t, c, "web", 5)

	if err := c.Client.AppsV1().Deployments("default").Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	wait(t, c, "the pods to be gone", func(ctx context.Context) (bool, error) {
		pods, err := c.Client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{})
		return err == nil && len(pods.Items) == 0, err
	})

	if err := c.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
	if left := processesIn(t, parent); len(left) > 0 {
		t.Errorf("processes left behind: %s", strings.Join(left, "; "))
	}
	if left, _ := filepath.Glob(filepath.Join(parent, "*")); len(left) > 0 {
		t.Errorf("files left behind: %v", left)
	}
}

func TestADeadComponentIsReportedWithTheEndOfItsLog(t *testing.T) {
	c, _ := start(t)
	_, err := c.Run(process.Spec{Name: "doomed", Path: "/bin/sh", Args: []string{"-c", "echo disk on fire; exit 7"}})
	if err != nil {
		t.Fatal(err)
	}
	<-c.Context().Done()
	var exit *process.ExitError
	if cause := context.Cause(c.Context()); !errors.As(cause, &exit) || !strings.Contains(exit.LogEnd, "disk on fire") {
		t.Errorf("cause = %v, want an ExitError with the last words", cause)
	}
}

func TestAPodIsUnreadyUntilItsTime(t *testing.T) {
	c, _ := start(t)
	slow := deployment("slow", 1)
	slow.Spec.Template.Annotations = map[string]string{cluster.NeverReady: ""}
	if _, err := c.Client.AppsV1().Deployments("default").Create(t.Context(), slow, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Client.AppsV1().Deployments("default").Create(t.Context(), deployment("quick", 1), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	waitForReady(t, c, "quick", 1)
	wait(t, c, "the slow pod to run", func(ctx context.Context) (bool, error) {
		pods, err := c.Client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{LabelSelector: "app=slow"})
		return err == nil && len(pods.Items) == 1 && pods.Items[0].Status.Phase == corev1.PodRunning, err
	})
	got, err := c.Client.AppsV1().Deployments("default").Get(t.Context(), "slow", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status.ReadyReplicas != 0 {
		t.Errorf("ready replicas = %d, want 0 of a Deployment whose pods never are", got.Status.ReadyReplicas)
	}
}

// start runs a cluster in a folder of its own, from the binaries that FLYBALL_BINARIES names or make build-cluster made.
func start(t *testing.T) (*cluster.Cluster, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a cluster; left out by -short")
	}
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		binaries, _ = filepath.Abs("../.bin")
	}
	parent := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c, err := cluster.Start(ctx, cluster.Options{Binaries: binaries, Parent: parent, PodStart: 500 * time.Millisecond, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return c, parent
}

func deployment(name string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "simulated"}}},
			},
		},
	}
}

func waitForReady(t *testing.T, c *cluster.Cluster, name string, replicas int32) {
	t.Helper()
	wait(t, c, name+" to be ready", func(ctx context.Context) (bool, error) {
		got, err := c.Client.AppsV1().Deployments("default").Get(ctx, name, metav1.GetOptions{})
		return err == nil && got.Status.ReadyReplicas == replicas, err
	})
}

func wait(t *testing.T, c *cluster.Cluster, what string, done func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Wait(ctx, what, done); err != nil {
		t.Fatal(err)
	}
}

// processesIn are the command lines of the processes that run in a folder or have it in their arguments.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range lines {
		content, _ := os.ReadFile(path)
		if line := strings.ReplaceAll(string(content), "\x00", " "); strings.Contains(line, dir) {
			found = append(found, line)
		}
	}
	return found
}
