package scale

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/process"
)

// SecondAdapterPlaceholders are what may stand in the arguments of the second adapter, with what replaces them.
const SecondAdapterPlaceholders = "{kubeconfig}, {port} (serve HTTPS there), {prometheus} (its URL), {config} (a file of rules in prometheus-adapter's format)"

const secondAdapter = "second-adapter"

// startSecondAdapter starts the other adapter and leads the metrics APIs to it.
func (b *bench) startSecondAdapter(ctx context.Context) error {
	port, err := cluster.FreePort()
	if err != nil {
		return err
	}
	config := filepath.Join(b.cluster.Dir, secondAdapter+".yaml")
	if err := os.WriteFile(config, []byte(secondAdapterRules(b.Metrics)), 0o600); err != nil {
		return err
	}
	fill := strings.NewReplacer("{kubeconfig}", b.cluster.Kubeconfig, "{port}", strconv.Itoa(port),
		"{prometheus}", b.cluster.PrometheusURL, "{config}", config)
	args := make([]string, len(b.SecondAdapterArgs))
	for i, arg := range b.SecondAdapterArgs {
		args[i] = fill.Replace(arg)
	}
	if b.other, err = b.cluster.Run(process.Spec{Name: secondAdapter, Path: b.SecondAdapter, Args: args}); err != nil {
		return err
	}
	b.otherURL = fmt.Sprintf("https://127.0.0.1:%d", port)
	if err := b.leadMetricsAPIs(ctx, port); err != nil {
		return err
	}
	return b.cluster.Wait(ctx, "the second adapter to serve "+metricName(0, b.Metrics), func(ctx context.Context) (bool, error) {
		return b.served(ctx), nil
	})
}

// stopSecondAdapter stops the other adapter, if it runs, and leads the metrics APIs back to Flyball's.
func (b *bench) stopSecondAdapter(ctx context.Context) error {
	if b.other == nil {
		return nil
	}
	b.cluster.Release(b.other)
	b.other.Stop(ctx)
	b.other = nil
	_, text, _ := strings.Cut(strings.TrimPrefix(b.flyball.Adapter.URL, "https://"), ":")
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	return b.leadMetricsAPIs(ctx, port)
}

// leadMetricsAPIs gives the APIServices of custom metrics the port of an adapter on this machine.
func (b *bench) leadMetricsAPIs(ctx context.Context, port int) error {
	services := b.dynamic.Resource(schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"})
	patch := fmt.Appendf(nil, `{"spec":{"insecureSkipTLSVerify":true,"caBundle":null,"service":{"port":%d}}}`, port)
	for _, version := range []string{"v1beta1", "v1beta2"} {
		name := version + ".custom.metrics.k8s.io"
		if _, err := services.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// served is true once the metrics API has the metric of the first Deployment.
func (b *bench) served(ctx context.Context) bool {
	_, err := b.client.CoreV1().RESTClient().Get().
		AbsPath("/apis/custom.metrics.k8s.io/v1beta2/namespaces", b.namespace(0), "pods", "*", metricName(0, b.Metrics)).DoRaw(ctx)
	return err == nil
}

// secondAdapterRules define the metrics in prometheus-adapter's format.
func secondAdapterRules(metrics int) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range metrics {
		fmt.Fprintf(&b, `- seriesQuery: '%s{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`, metricName(i, metrics))
	}
	return b.String()
}
