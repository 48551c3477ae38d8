package adapterfaults

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/testcluster"
)

// certificateLifetime of the adapter in all tests of this package: it serves another certificate each 2/3 of it.
const certificateLifetime = 30 * time.Second

// TestNoRequestFailsWhileCertificatesRotate asks for metrics through the API server each second, and verifies the certificate on a
// new connection as the API server does: for a rotation, and with -long for five minutes.
func TestNoRequestFailsWhileCertificatesRotate(t *testing.T) {
	testcluster.Parallel(t)
	span := certificateLifetime*2/3 + 5*time.Second
	if *testcluster.Long {
		span = 5 * time.Minute
	}
	served, asked, failed := map[string]bool{}, 0, 0
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for end := time.Now().Add(span); time.Now().Before(end); <-ticker.C {
		asked++
		if _, refused := raw(t.Context(), "/apis/custom.metrics.k8s.io/v1beta2"); refused != nil {
			failed++
			t.Errorf("the API server: %d %s", refused.Code, refused.Message)
		}
		certificate, err := handshake(t.Context())
		if err != nil {
			failed++
			t.Errorf("a new connection: %v", err)
			continue
		}
		served[certificate.SerialNumber.String()] = true
	}
	t.Logf("%d of %d requests and handshakes failed in %s, over %d certificates", failed, 2*asked, span, len(served))
	if want := int(span / (certificateLifetime * 2 / 3)); len(served) < want {
		t.Errorf("got %d certificates in %s, want at least %d", len(served), span, want)
	}
}

// handshake connects to the adapter and verifies its certificate by spec.caBundle, for the name that the API server verifies.
func handshake(ctx context.Context) (*x509.Certificate, error) {
	services := shared.Dynamic.Resource(schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"})
	object, err := services.Get(ctx, "v1beta2.custom.metrics.k8s.io", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if insecure, _, _ := unstructured.NestedBool(object.Object, "spec", "insecureSkipTLSVerify"); insecure {
		return nil, fmt.Errorf("insecureSkipTLSVerify is true")
	}
	text, _, err := unstructured.NestedString(object.Object, "spec", "caBundle")
	if err != nil {
		return nil, err
	}
	bundle, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "flyball-metricsadapter." + install.Namespace + ".svc"}}
	c, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(shared.Flyball.Adapter.URL, "https://"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}
