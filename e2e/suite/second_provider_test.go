package suite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/util/cert"
	"k8s.io/metrics/pkg/apis/external_metrics"
	basecmd "sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/install"
)

// queues is a provider of external metrics like KEDA's metrics server: it answers for one name, and only with the label of a ScaledObject.
type queues struct{}

const queueMetric = "s0-kafka-orders"

func (queues) ListAllExternalMetrics() []provider.ExternalMetricInfo {
	return []provider.ExternalMetricInfo{{Metric: queueMetric}}
}

func (queues) GetExternalMetric(_ context.Context, namespace string, selector labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	if info.Metric != queueMetric || !selector.Matches(labels.Set{"scaledobject.keda.sh/name": "orders"}) || selector.Empty() {
		return nil, provider.NewMetricNotFoundError(external_metrics.Resource("metrics"), info.Metric)
	}
	return &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{
		{MetricName: info.Metric, MetricLabels: map[string]string{"of": namespace}, Timestamp: metav1.Now(), Value: resource.MustParse("47")},
	}}, nil
}

// startQueues serves the provider on loopback by custom-metrics-apiserver's own library, and returns its port and the file of its CA.
func (s *story) startQueues(host string) (port int, ca string) {
	s.t.Helper()
	port, err := cluster.FreePort()
	if err != nil {
		s.t.Fatal(err)
	}
	certificate, key, err := cert.GenerateSelfSignedCertKey(host, []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	ca = s.file("queues.crt", string(certificate))
	adapter := &basecmd.AdapterBase{Name: "queues", FlagSet: pflag.NewFlagSet("queues", pflag.ContinueOnError)}
	adapter.WithExternalMetrics(queues{})
	if err := adapter.Flags().Parse([]string{
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port), "--tls-cert-file=" + ca, "--tls-private-key-file=" + s.file("queues.key", string(key)),
		"--lister-kubeconfig=" + s.Kubeconfig, "--authentication-kubeconfig=" + s.Kubeconfig, "--authorization-kubeconfig=" + s.Kubeconfig,
	}); err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- adapter.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.t.Errorf("the second provider: %v", err)
		}
	})
	return port, ca
}

// file writes a file of the test.
func (s *story) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

const readsAllExternal = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: flyball-fallthrough}
rules:
- {apiGroups: [external.metrics.k8s.io], resources: ["*"], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: flyball-fallthrough}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: flyball-fallthrough}
subjects:
- {kind: ServiceAccount, name: flyball-metricsadapter, namespace: flyball-system}
- {kind: ServiceAccount, name: flyball-autoscaler, namespace: flyball-system}
`

// TestFallThrough: the adapter serves its own metrics and forwards a metric of another provider. The HPA controller scales on that, and
// so does a HorizontalAutoscaler that flyball import has made of a ScaledObject.
func TestFallThrough(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	adapter := s.Flyball.Adapter
	if err := adapter.ResolveBy(t.Context(), s.file("hosts", "127.0.0.1 localhost queues.elsewhere.svc\n")); err != nil {
		t.Skipf("the adapter cannot have a hosts file of its own: %v", err)
	}
	port, ca := s.startQueues("queues.elsewhere.svc")
	s.kubectlApply(readsAllExternal)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(3600))}}
	token, err := s.Client.CoreV1().ServiceAccounts(install.Namespace).CreateToken(t.Context(), "flyball-metricsadapter", request, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	adapter.Stop(t.Context())
	t.Cleanup(func() {
		adapter.Stop(context.WithoutCancel(t.Context()))
		if err := adapter.ResolveBy(context.WithoutCancel(t.Context()), ""); err != nil {
			t.Error(err)
		}
		if err := adapter.Start(); err != nil {
			t.Error(err)
		}
	})
	if err := adapter.Start(fmt.Sprintf("--fallthrough-external=elsewhere/queues:%d", port), "--fallthrough-external-ca="+ca, "--fallthrough-token-file="+s.file("token", token.Status.Token)); err != nil {
		t.Fatal(err)
	}
	s.answers("/apis/external.metrics.k8s.io/v1beta1/namespaces/NS/"+queueMetric+"?labelSelector=scaledobject.keda.sh%2Fname%3Dorders", `"value":"47"`)
	s.answers("/apis/external.metrics.k8s.io/v1beta1", queueMetric)
	s.deploy("api", 1)
	s.load("api", requests(40))
	s.answers("/apis/external.metrics.k8s.io/v1beta1/namespaces/NS/http_requests_total_per_second", `"metricName":"http_requests_total_per_second"`)
	s.applyObject(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  maxReplicas: 10
  metrics:
  - {type: External, external: {metric: {name: s0-kafka-orders, selector: {matchLabels: {scaledobject.keda.sh/name: orders}}}, target: {type: AverageValue, averageValue: "10"}}}
`)
	s.scalesTo("api", 5)
	s.deploy("worker", 1)
	objects, report := s.imports("scaledobject", `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: orders}
spec:
  scaleTargetRef: {name: worker}
  minReplicaCount: 1
  maxReplicaCount: 10
  triggers: [{type: kafka, metadata: {bootstrapServers: "kafka:9092", consumerGroup: g, topic: orders, lagThreshold: "12"}}]
`)
	t.Log(report)
	s.kubectlApply(objects)
	s.scalesTo("worker", 4)
}

// imports runs flyball import on objects.
func (s *story) imports(source, manifests string) (objects, report string) {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), s.Binary("flyball"), "import", source, "-f", s.file("theirs.yaml", manifests))
	var out, errOut strings.Builder
	command.Stdout, command.Stderr = &out, &errOut
	if err := command.Run(); err != nil {
		s.t.Fatalf("flyball import: %v: %s", err, &errOut)
	}
	return out.String(), errOut.String()
}

// answers waits until a path through the API server has the words.
func (s *story) answers(path, words string) {
	s.t.Helper()
	s.eventually(path, func() (bool, string) {
		body, err := s.raw(path)
		return err == nil && strings.Contains(body, words), fmt.Sprintf("%v %s", err, body)
	})
}

func (s *story) kubectlApply(manifests string) {
	s.t.Helper()
	if out, err := s.kubectl("apply", "-f", s.file("objects.yaml", manifests)); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}
