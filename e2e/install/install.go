package install

import (
	"context"
	"errors"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/chart"
	"flyball.dev/flyball/e2e/cluster"
)

// Namespace is the one that Flyball is installed in.
const Namespace = "flyball-system"

// Options say how to install.
type Options struct {
	// Chart is the folder of the chart.
	Chart string
	// Values of the chart, laid over those that the cluster asks for: its Prometheus, all three APIs, no replicas.
	Values map[string]any
}

// Installation is Flyball on a cluster.
type Installation struct {
	// Autoscaler and Adapter are the programs. Each can be stopped, and started again with other flags. Adapter is nil
	// where the values turn it off.
	Autoscaler, Adapter *Program

	cluster *cluster.Cluster
}

// Start applies the chart, starts the programs, and returns once they and every APIService are ready.
func Start(ctx context.Context, c *cluster.Cluster, options Options) (*Installation, error) {
	rendered, err := chart.Render(chart.Release{
		Directory: options.Chart, Name: "flyball", Namespace: Namespace, Values: values(c.PrometheusURL, options.Values),
	})
	if err != nil {
		return nil, err
	}
	port, err := cluster.FreePort()
	if err != nil {
		return nil, err
	}
	if err := leadToLoopback(rendered.Objects, int64(port)); err != nil {
		return nil, err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	if _, err := c.Client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	a, err := newApplier(c)
	if err != nil {
		return nil, err
	}
	if err := a.apply(ctx, rendered); err != nil {
		return nil, err
	}
	i := &Installation{cluster: c}
	if err := i.startPrograms(ctx, rendered, port); err != nil {
		return nil, err
	}
	return i, a.waitForAPIs(ctx, rendered)
}

// values are what this cluster asks of the chart. Without replicas the Deployments make no simulated pods that would
// only pretend to be Flyball; the programs run beside them.
func values(prometheusURL string, own map[string]any) map[string]any {
	base := map[string]any{
		"image":      map[string]any{"repository": "flyball.local/flyball"},
		"prometheus": map[string]any{"url": prometheusURL},
		"autoscaler": map[string]any{"replicas": 0, "clientCertificates": true}, // the administrator's kubeconfig has one
		"metricsAdapter": map[string]any{
			"replicas": 0,
			"apis":     map[string]any{"custom": true, "external": true, "resource": true},
		},
	}
	return Merge(base, own)
}

// Merge lays over onto base, key by key, as Helm does with values files.
func Merge(base, over map[string]any) map[string]any {
	out := maps.Clone(base)
	for key, value := range over {
		inner, isMap := value.(map[string]any)
		outer, wasMap := out[key].(map[string]any)
		if isMap && wasMap {
			value = Merge(outer, inner)
		}
		out[key] = value
	}
	return out
}

func (i *Installation) startPrograms(ctx context.Context, rendered *chart.Rendered, adapterPort int) error {
	autoscalerPort, err := cluster.FreePort()
	if err != nil {
		return err
	}
	i.Autoscaler = &Program{
		name: "autoscaler", cluster: i.cluster, URL: fmt.Sprintf("https://127.0.0.1:%d", autoscalerPort),
		surroundings: func(kubeconfig string) []string {
			return append([]string{"--kubeconfig=" + kubeconfig}, onLoopback(autoscalerPort)...)
		},
	}
	i.Adapter = &Program{
		name: "metricsadapter", cluster: i.cluster, URL: fmt.Sprintf("https://127.0.0.1:%d", adapterPort),
		surroundings: func(kubeconfig string) []string {
			return append([]string{
				"--lister-kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
			}, onLoopback(adapterPort)...)
		},
	}
	if _, err := findPod(rendered, i.Adapter.name); errors.Is(err, errNoPod) {
		i.Adapter = nil
	}
	for _, program := range []*Program{i.Adapter, i.Autoscaler} {
		if program == nil {
			continue
		}
		if err := program.prepare(ctx, rendered); err != nil {
			return fmt.Errorf("preparing %s: %w", program.name, err)
		}
		if err := program.Start(); err != nil {
			return err
		}
	}
	return i.cluster.Wait(ctx, "the autoscaler to be healthy", func(ctx context.Context) (bool, error) {
		return i.Autoscaler.Ready(ctx) == nil, nil
	})
}

// onLoopback are the flags of a program that listens on this machine only.
func onLoopback(port int) []string {
	return []string{"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port)}
}
