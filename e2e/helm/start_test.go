package helm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/realnode"
	"flyball.dev/flyball/e2e/testcluster"
)

// start starts a cluster with a real node that has the image.
func start(t *testing.T) *installation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	i := &installation{load: t.TempDir(), shell: shell{files: t.TempDir()}}
	binaries, err := testcluster.Binaries(ctx, build.Options{RealNode: true, Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if binaries, err = filepath.Abs(binaries); err != nil {
		t.Fatal(err)
	}
	archive := i.startCluster(ctx, t, binaries)
	node, err := realnode.Start(ctx, realnode.Options{Cluster: i.cluster, Binaries: binaries, Connected: true, Archives: []string{archive}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := i.cluster.AddScrape(ctx, append(node.ScrapeJobs(), requestsJob(t))...); err != nil {
		t.Fatal(err)
	}
	i.untaint(t, node.Name)
	if i.api, err = clientset.NewForConfig(i.cluster.Config); err != nil {
		t.Fatal(err)
	}
	return i
}

// startCluster starts the control plane, and makes the image during that.
func (i *installation) startCluster(ctx context.Context, t *testing.T, binaries string) (archive string) {
	t.Helper()
	var (
		starts sync.WaitGroup
		failed error
	)
	starts.Go(func() { archive, failed = image(t, binaries) })
	// Without kube-proxy no Service has an address that answers: the API server sends requests to the pods themselves.
	args := []string{"--enable-aggregator-routing=true"}
	c, err := cluster.Start(ctx, cluster.Options{Binaries: binaries, Nodes: -1, APIServerArgs: args, Log: os.Stderr})
	if err == nil {
		t.Cleanup(func() { _ = c.Stop() })
		i.cluster = c
	}
	starts.Wait()
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	return archive
}

// untaint makes the real node one as others are, for pods that do not tolerate anything.
func (i *installation) untaint(t *testing.T, name string) {
	t.Helper()
	nodes := i.cluster.Client.CoreV1().Nodes()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		node, err := nodes.Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		node.Spec.Taints = nil
		_, err = nodes.Update(t.Context(), node, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// image is the archive of the image that the chart names, as make image makes it of these binaries.
func image(t *testing.T, binaries string) (string, error) {
	folder := t.TempDir()
	command := exec.CommandContext(t.Context(), "go", "run", "./image", "-source", "../..", "-binaries", binaries,
		"-platforms", "linux/"+runtime.GOARCH, "-output", folder)
	command.Dir = "../../.tools/release"
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return filepath.Join(folder, "flyball-docker-"+runtime.GOARCH+".tar"), nil
}
