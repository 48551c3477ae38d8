package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/process"
)

const schedulerConfig = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
clientConnection: {kubeconfig: %q, qps: ` + clientQPS + `, burst: ` + clientBurst + `}
`

func (c *Cluster) startAPI(ctx context.Context, files *credentialFiles) error {
	for _, spec := range []process.Spec{c.etcd(), c.apiServer(files)} {
		if _, err := c.Run(spec); err != nil {
			return err
		}
	}
	err := c.Wait(ctx, "the API server to be ready", func(ctx context.Context) (bool, error) {
		_, err := c.Client.CoreV1().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil, nil
	})
	if err == nil {
		c.logf("kube-apiserver is ready at %s", c.apiServerURL)
	}
	return err
}

func (c *Cluster) startControllers(files *credentialFiles) error {
	kwokConfig := filepath.Join(c.Dir, "kwok.yaml")
	if err := os.WriteFile(kwokConfig, []byte(stages(c.options.PodStart)), 0o600); err != nil {
		return err
	}
	schedulerFile := filepath.Join(c.Dir, "scheduler.yaml")
	if err := os.WriteFile(schedulerFile, fmt.Appendf(nil, schedulerConfig, files.scheduler), 0o600); err != nil {
		return err
	}
	if err := c.writePrometheusConfig(); err != nil {
		return err
	}
	c.managerSpec = c.controllerManager(files)
	if err := c.runControllerManager(); err != nil {
		return err
	}
	for _, spec := range []process.Spec{c.scheduler(schedulerFile), c.kwok(files, kwokConfig)} {
		if _, err := c.Run(spec); err != nil {
			return err
		}
	}
	return c.runPrometheus()
}

// waitForNodes makes the nodes and waits for what a first Deployment needs.
func (c *Cluster) waitForNodes(ctx context.Context) error {
	if err := c.AddNodes(ctx, 0, c.options.Nodes); err != nil {
		return err
	}
	err := c.Wait(ctx, "the simulated nodes to be ready", func(ctx context.Context) (bool, error) {
		nodes, err := c.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: NodeTypeLabel + "=simulated"})
		if err != nil {
			return false, err
		}
		ready := 0
		for _, node := range nodes.Items {
			if nodeReady(&node) {
				ready++
			}
		}
		return ready >= c.options.Nodes, nil
	})
	if err != nil {
		return err
	}
	err = c.Wait(ctx, "the controller manager to make the default service account", func(ctx context.Context) (bool, error) {
		_, err := c.Client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	c.logf("%d simulated nodes are ready", max(0, c.options.Nodes))
	if err := c.waitForPrometheus(ctx); err != nil {
		return err
	}
	c.logf("Prometheus is ready at %s", c.PrometheusURL)
	return nil
}

func nodeReady(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// Wait asks done ten times a second until it says yes. It gives up with a sentence that names what it waited for when
// done returns an error, when ctx is done, or when a program of the cluster dies.
func (c *Cluster) Wait(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done(ctx)
		if cause := context.Cause(c.Context()); cause != nil {
			return fmt.Errorf("waiting for %s: %w", what, cause)
		}
		if ok && err == nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		case <-c.Context().Done():
		case <-tick.C:
		}
	}
}
