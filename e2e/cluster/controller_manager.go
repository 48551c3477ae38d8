package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"k8s.io/client-go/rest"
)

// StopControllerManager stops kube-controller-manager: Deployments are no longer rolled out, and HPAs no longer evaluated, until
// StartControllerManager.
func (c *Cluster) StopControllerManager(ctx context.Context) {
	c.Release(c.manager)
	c.manager.Stop(ctx)
}

// StartControllerManager starts a stopped kube-controller-manager with further flags after those it had at first, so that they
// win, and waits until it is healthy.
func (c *Cluster) StartControllerManager(ctx context.Context, flags ...string) error {
	if err := c.runControllerManager(flags...); err != nil {
		return err
	}
	return c.Wait(ctx, "kube-controller-manager to be healthy", func(ctx context.Context) (bool, error) {
		_, err := c.askControllerManager(ctx, "/healthz")
		return err == nil, nil
	})
}

// ControllerManagerMetrics returns the metrics of kube-controller-manager, in Prometheus' text format.
func (c *Cluster) ControllerManagerMetrics(ctx context.Context) ([]byte, error) {
	return c.askControllerManager(ctx, "/metrics")
}

// PIDs are the process ids of the running programs by name.
func (c *Cluster) PIDs() map[string]int { return c.supervisor.pids() }

func (c *Cluster) runControllerManager(flags ...string) error {
	spec := c.managerSpec
	spec.Args = slices.Concat(spec.Args, flags)
	running, err := c.Run(spec)
	if err == nil {
		c.manager = running
	}
	return err
}

func (c *Cluster) askControllerManager(ctx context.Context, path string) ([]byte, error) {
	return c.Ask(ctx, "https://"+loopback(c.ports.controllerManager)+path)
}

// Ask makes a GET request as the administrator to a program on loopback that authenticates users by the API server, and that
// may have signed its certificate itself.
func (c *Cluster) Ask(ctx context.Context, url string) ([]byte, error) {
	config := rest.CopyConfig(c.Config)
	config.Insecure, config.CAFile, config.CAData = true, "", nil
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, response.Status, body)
	}
	return body, err
}
