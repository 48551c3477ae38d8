package forward

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/request"
	certutil "k8s.io/client-go/util/cert"
)

const group = "external.metrics.k8s.io"

// standIn is another provider, over TLS, that keeps what it receives and answers as a test says.
type standIn struct {
	mu       sync.Mutex
	received []*http.Request
	answer   http.HandlerFunc

	server *httptest.Server
	ca     []byte
	token  string // path of the file
}

// newStandIn starts one whose certificate is for a name.
func newStandIn(t *testing.T, name string) *standIn {
	t.Helper()
	certificate, key, err := certutil.GenerateSelfSignedCertKey(name, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	s := &standIn{ca: certificate, token: filepath.Join(t.TempDir(), "token")}
	if err := os.WriteFile(s.token, []byte("our-own"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusOK, `{"kind":"ExternalMetricValueList"}`)
	}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.received = append(s.received, r)
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	s.server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	return s
}

// requests returns what it has received so far.
func (s *standIn) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received)
}

func refuse(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(body))
}

// child is one that reaches the stand-in under the name of a service.
func (s *standIn) child(t *testing.T, change func(*Options)) *Provider {
	t.Helper()
	o := Options{
		Group: group, Service: "keda/metrics:443", TokenFile: s.token,
		CABundle: func(context.Context) ([]byte, error) { return s.ca, nil },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.server.Listener.Addr().String())
		},
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.refreshCABundle(t.Context())
	return c
}

// judge allows reading in one namespace.
type judge struct{ asked []authorizer.Attributes }

func (j *judge) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	j.asked = append(j.asked, a)
	if a.GetUser().GetName() == "ann" && a.GetNamespace() == "shop" {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionNoOpinion, "nothing allows it", nil
}

var resolver = &request.RequestInfoFactory{APIPrefixes: sets.NewString("apis"), GrouplessAPIPrefixes: sets.NewString("api")}

// ask sends a request through the handler as the server's chain would.
func ask(t *testing.T, h *Handler, caller, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	info, err := resolver.NewRequestInfo(r)
	if err != nil {
		t.Fatal(err)
	}
	ctx := request.WithRequestInfo(r.Context(), info)
	if caller != "" {
		ctx = request.WithUser(ctx, &user.DefaultInfo{Name: caller})
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r.WithContext(ctx))
	return answer
}

// handler forwards all but the metric ours.
func handler(c *Provider) (*Handler, *judge) {
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	scheme.AddUnversionedTypes(schema.GroupVersion{Version: "v1"}, &metav1.Status{})
	j := &judge{}
	return &Handler{
		Providers:  map[string]*Provider{group: c},
		Serves:     func(info *request.RequestInfo) bool { return info.Resource == "ours" },
		Authorizer: j,
		Serializer: serializer.NewCodecFactory(scheme).WithoutConversion(),
		Next:       http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusOK, `"ours"`) }),
	}, j
}
