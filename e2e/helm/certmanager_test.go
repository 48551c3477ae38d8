package helm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/process"
)

// aggregated is a path that the metrics adapter serves, through the API server.
const aggregated = "/apis/external.metrics.k8s.io/v1beta1"

// certManager has the API server reach the adapter's pods with the certificate that they make, and then with one of cert-manager's
// own controllers, which is renewed while a request a second goes through the API server. None may fail.
func (i *installation) certManager(t *testing.T) {
	t.Helper()
	i.startCertManager(t)
	upgrade := blocks(t, "install.md", upgrading, "sh")[0]
	upgrade = upgrade[strings.Index(upgrade, "helm upgrade"):]
	i.run(t, strings.Replace(upgrade, "--reuse-values", "--reuse-values --set metricsAdapter.apis.external=true", 1))
	i.adapterAnswers(t)
	i.run(t, strings.Replace(upgrade, "--reuse-values", "--reuse-values --set metricsAdapter.tls.certManager.enabled=true", 1))
	i.run(t, "kubectl -n flyball wait --for=condition=Ready certificate/flyball-metricsadapter --timeout=3m")
	i.podsAreReady(t)
	i.injected(t)
	i.adapterAnswers(t)
	asked, failed, served := i.renew(t)
	t.Logf("%d of %d requests failed while %d certificates of cert-manager were served", failed, asked, served)
}

// startCertManager applies cert-manager's CRDs and runs its controllers, which are a module of their own.
func (i *installation) startCertManager(t *testing.T) {
	t.Helper()
	module := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/cert-manager/cert-manager")
	module.Dir = "../certmanager"
	folder, err := module.Output()
	if err != nil {
		t.Fatal(err)
	}
	i.run(t, "kubectl apply --server-side -f "+strings.TrimSpace(string(folder))+"/deploy/crds")
	program := i.cluster.Binary("certmanager")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", program, ".")
	build.Dir, build.Env = "../certmanager", append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := i.cluster.Run(process.Spec{Name: "certmanager", Path: program, Args: []string{"--kubeconfig=" + i.cluster.Kubeconfig}}); err != nil {
		t.Fatal(err)
	}
}

// adapterAnswers waits until the API server has an answer of the adapter's pods, whose certificate it verifies.
func (i *installation) adapterAnswers(t *testing.T) {
	t.Helper()
	i.eventually(t, "an answer of the adapter through the API server", func(ctx context.Context) (bool, string) {
		_, err := i.cluster.Client.Discovery().RESTClient().Get().AbsPath(aggregated).DoRaw(ctx)
		return err == nil, fmt.Sprint(err)
	})
	insecure := i.run(t, "kubectl get apiservice v1beta1.external.metrics.k8s.io -o jsonpath='{.spec.insecureSkipTLSVerify}'")
	if insecure != "" {
		t.Errorf("insecureSkipTLSVerify is %s", insecure)
	}
}

// injected waits until the API server trusts the CA of cert-manager's certificate. The injector leaves what else is in the bundle.
func (i *installation) injected(t *testing.T) {
	t.Helper()
	i.eventually(t, "the CA of cert-manager in the APIService", func(context.Context) (bool, string) {
		bundle, err := i.try(t, "kubectl get apiservice v1beta1.external.metrics.k8s.io -o jsonpath='{.spec.caBundle}' | base64 -d")
		if err != nil {
			return false, bundle
		}
		ca, err := i.try(t, `kubectl -n flyball get secret flyball-metricsadapter-tls -o jsonpath='{.data.ca\.crt}' | base64 -d`)
		ca = strings.TrimSpace(ca)
		return err == nil && ca != "" && strings.Contains(bundle, ca), fmt.Sprintf("bundle %s, CA %s, %v", bundle, ca, err)
	})
}

// renew renews the certificate as `cmctl renew` does, and asks each second until both pods serve the new one, which the kubelet
// brings them.
func (i *installation) renew(t *testing.T) (asked, failed, certificates int) {
	t.Helper()
	served := i.served(t)
	before := maps.Clone(served)
	condition, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []any{map[string]any{
		"type": certmanagerv1.CertificateConditionIssuing, "status": "True", "reason": "ManuallyTriggered", "message": "by a test",
		"lastTransitionTime": metav1.Now(),
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	i.run(t, "kubectl -n flyball patch certificate flyball-metricsadapter --subresource=status --type merge -p '"+string(condition)+"'")
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	i.eventually(t, "the new certificate in both pods", func(ctx context.Context) (bool, string) {
		<-ticker.C
		asked++
		if _, err := i.cluster.Client.Discovery().RESTClient().Get().AbsPath(aggregated).DoRaw(ctx); err != nil {
			failed++
			t.Errorf("through the API server: %v", err)
		}
		now := i.served(t)
		maps.Copy(served, now)
		old := slices.ContainsFunc(slices.Collect(maps.Keys(now)), func(serial string) bool { return before[serial] })
		return !old, fmt.Sprintf("served before: %v, now: %v", before, now)
	})
	return asked, failed, len(served)
}

// served are the serial numbers of the certificates that the adapter's pods serve, verified by the CA that the API server trusts.
func (i *installation) served(t *testing.T) map[string]bool {
	t.Helper()
	pods, err := i.cluster.Client.CoreV1().Pods("flyball").List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/component=metricsadapter"})
	if err != nil || len(pods.Items) != 2 {
		t.Fatalf("%d pods of the adapter, %v", len(pods.Items), err)
	}
	secret, err := i.cluster.Client.CoreV1().Secrets("flyball").Get(t.Context(), "flyball-metricsadapter-tls", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(secret.Data["ca.crt"])
	serials := map[string]bool{}
	for _, pod := range pods.Items {
		dialer := &tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "flyball-metricsadapter.flyball.svc"}}
		c, err := dialer.DialContext(t.Context(), "tcp", net.JoinHostPort(pod.Status.PodIP, "6443"))
		if err != nil {
			t.Errorf("a new connection to %s: %v", pod.Name, err)
			continue
		}
		serials[c.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String()] = true
		_ = c.Close()
	}
	return serials
}
