package certificate

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

var service = types.NamespacedName{Namespace: "flyball", Name: "flyball-metricsadapter"}

const serverName = "flyball-metricsadapter.flyball.svc"

// apiService is an APIService of a group that leads to the adapter; change may make it another one.
func apiService(name string, change func(spec map[string]any)) *unstructured.Unstructured {
	spec := map[string]any{"service": map[string]any{"namespace": service.Namespace, "name": service.Name}}
	if change != nil {
		change(spec)
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": map[string]any{"name": name}, "spec": spec,
	}}
}

func cluster(objects ...runtime.Object) *fake.FakeDynamicClient {
	kinds := map[schema.GroupVersionResource]string{apiServices: "APIServiceList"}
	return fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, objects...)
}

// bundleOf is spec.caBundle of an APIService.
func bundleOf(t *testing.T, client *fake.FakeDynamicClient, name string) []byte {
	t.Helper()
	object, err := client.Resource(apiServices).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := unstructured.NestedString(object.Object, "spec", "caBundle")
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// verifies reports whether the API server accepts a certificate with the bundle.
func verifies(t *testing.T, bundle, certificate []byte) error {
	t.Helper()
	block, _ := pem.Decode(certificate)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: serverName, CurrentTime: time.Now()})
	return err
}

func made(t *testing.T, replica string, lifetime time.Duration) *pair {
	t.Helper()
	p, err := newPair(replica, []string{serverName}, lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestReplicasShareABundle: the certificates of two replicas verify, a replica that starts again replaces its former authority, and
// an authority that has expired is left out.
func TestReplicasShareABundle(t *testing.T) {
	const name = "v1beta2.custom.metrics.k8s.io"
	expired := made(t, "gone", -time.Minute)
	client := cluster(apiService(name, func(spec map[string]any) { spec["caBundle"] = base64.StdEncoding.EncodeToString(expired.ca) }))
	one, other := NewAPIServices(client, []string{name}, service, "one"), NewAPIServices(client, []string{name}, service, "other")
	first, second, third := made(t, "one", time.Hour), made(t, "other", time.Hour), made(t, "one", time.Hour)
	for _, step := range []struct {
		by *APIServices
		of *pair
	}{{one, first}, {other, second}, {one, third}, {one, third}} {
		if err := step.by.Publish(t.Context(), [][]byte{step.of.ca}); err != nil {
			t.Fatal(err)
		}
		if err := verifies(t, bundleOf(t, client, name), step.of.certificate); err != nil {
			t.Errorf("the certificate of %s: %v", step.by.replica, err)
		}
	}
	bundle := bundleOf(t, client, name)
	if err := verifies(t, bundle, second.certificate); err != nil {
		t.Errorf("the certificate of the other replica: %v", err)
	}
	if err := verifies(t, bundle, first.certificate); err == nil {
		t.Error("the certificate from before the restart is still trusted")
	}
	object, err := client.Resource(apiServices).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil || object.GetAnnotations()[ServiceAnnotation] != "flyball/flyball-metricsadapter" {
		t.Errorf("got the annotations %v, want the Service of the adapter: %v", object.GetAnnotations(), err)
	}
	if n := blocks(bundle); n != 2 {
		t.Errorf("got %d certificates in the bundle, want 2", n)
	}
	if writes := writes(client); writes != 3 {
		t.Errorf("got %d writes, want 3: what is published already is not written", writes)
	}
}

// TestForeignAPIServicesAreLeftAlone: those that lead elsewhere, those that the operator does not have verified, and missing ones.
func TestForeignAPIServicesAreLeftAlone(t *testing.T) {
	client := cluster(
		apiService("elsewhere", func(spec map[string]any) { spec["service"] = map[string]any{"namespace": "keda", "name": "metrics"} }),
		apiService("local", func(spec map[string]any) { delete(spec, "service") }),
		apiService("insecure", func(spec map[string]any) { spec["insecureSkipTLSVerify"] = true }),
	)
	a := NewAPIServices(client, []string{"elsewhere", "local", "insecure", "missing"}, service, "one")
	if err := a.Publish(t.Context(), [][]byte{made(t, "one", time.Hour).ca}); err != nil {
		t.Fatal(err)
	}
	if n := writes(client); n != 0 {
		t.Errorf("got %d writes, want none", n)
	}
}

// TestConflictsAreRetried: another replica writes between the read and the write.
func TestConflictsAreRetried(t *testing.T) {
	const name = "v1beta1.external.metrics.k8s.io"
	client := cluster(apiService(name, nil))
	conflicts := 2
	client.PrependReactor("patch", "apiservices", func(clienttesting.Action) (bool, runtime.Object, error) {
		conflicts--
		return conflicts >= 0, nil, apierrors.NewConflict(apiServices.GroupResource(), name, nil)
	})
	p := made(t, "one", time.Hour)
	if err := NewAPIServices(client, []string{name}, service, "one").Publish(t.Context(), [][]byte{p.ca}); err != nil {
		t.Fatal(err)
	}
	if err := verifies(t, bundleOf(t, client, name), p.certificate); err != nil {
		t.Error(err)
	}
}

func blocks(bundle []byte) (n int) {
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		n++
	}
	return n
}

func writes(client *fake.FakeDynamicClient) (n int) {
	for _, action := range client.Actions() {
		if action.GetVerb() != "get" {
			n++
		}
	}
	return n
}
