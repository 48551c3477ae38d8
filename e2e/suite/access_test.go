package suite

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestCallersReadOnlyWhatTheyMay tries each way to another tenant's metrics and decisions: through the API server, and at the
// listeners of both programs, where an attacker inside the cluster arrives.
func TestCallersReadOnlyWhatTheyMay(t *testing.T) {
	s := parallelStory(t)
	other := s.Namespace(t, "other")
	s.deploy("web", 1)
	s.apply(scheduled("web", ""))
	s.decided("web")
	tenant := bearer(s.tenant())
	expired := s.identity(cluster.Subject{File: "expired", User: "admin", Groups: []string{"system:masters"}, Expired: true})
	// The API server's client certificate for the aggregation layer has this name; the authority of the cluster's users is another one.
	forger := s.identity(cluster.Subject{File: "forger", User: "front-proxy-client"})
	forged := http.Header{"X-Remote-User": {"admin"}, "X-Remote-Group": {"system:masters"}, "X-Remote-Extra-Scopes": {"all"}}
	own, others := "/apis/metrics.k8s.io/v1beta1/namespaces/"+s.namespace+"/pods", "/apis/metrics.k8s.io/v1beta1/namespaces/"+other+"/pods"
	bundle, othersBundle := "/debug/bundle/"+s.namespace+"/web", "/debug/bundle/"+other+"/web"
	server, adapter, autoscaler := s.APIServerURL(), s.Flyball.Adapter.URL, s.Flyball.Autoscaler.URL
	refused := []int{401, 403}
	for _, test := range []struct {
		how, url    string
		header      http.Header
		certificate *tls.Certificate
		codes       []int
	}{
		{"own metrics, through the API server", server + own, tenant, nil, []int{200}},
		{"own metrics, at the adapter", adapter + own, tenant, nil, []int{200}},
		{"own bundle", autoscaler + bundle, tenant, nil, []int{200}},
		{"health", autoscaler + "/healthz", nil, nil, []int{200}},
		{"another tenant's metrics, through the API server", server + others, tenant, nil, refused},
		{"another tenant's metrics, at the adapter", adapter + others, tenant, nil, refused},
		{"all tenants' metrics", adapter + "/apis/metrics.k8s.io/v1beta1/pods", tenant, nil, refused},
		{"custom metrics without the permission", adapter + "/apis/custom.metrics.k8s.io/v1beta2/namespaces/" + s.namespace + "/pods/*/x", tenant, nil, refused},
		{"external metrics without the permission", adapter + "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + s.namespace + "/x", tenant, nil, refused},
		{"another tenant's bundle", autoscaler + othersBundle, tenant, nil, refused},
		{"metrics about the autoscaler", autoscaler + "/metrics", tenant, nil, refused},
		{"metrics about the adapter", adapter + "/metrics", tenant, nil, refused},
		{"rules of the autoscaler", autoscaler + "/debug/rules", tenant, nil, refused},
		{"rules of the adapter", adapter + "/debug/rules", tenant, nil, refused},
		{"profiles of the adapter", adapter + "/debug/pprof/", tenant, nil, refused},
		{"no token, at the adapter", adapter + own, nil, nil, refused},
		{"no token, at the autoscaler", autoscaler + bundle, nil, nil, refused},
		{"a token of no user", autoscaler + bundle, bearer("unknown"), nil, refused},
		{"forged headers, at the adapter", adapter + others, forged, nil, refused},
		{"forged headers, at the autoscaler", autoscaler + "/metrics", forged, nil, refused},
		{"forged headers with a certificate of the proxy's name, at the adapter", adapter + others, forged, forger, refused},
		{"forged headers with a certificate of the proxy's name, at the autoscaler", autoscaler + "/metrics", forged, forger, refused},
		{"an expired certificate, at the adapter", adapter + own, nil, expired, refused},
		{"an expired certificate, at the autoscaler", autoscaler + "/metrics", nil, expired, refused},
	} {
		if code, body := s.requests(http.MethodGet, test.url, test.header, test.certificate, nil); !slices.Contains(test.codes, code) {
			s.t.Errorf("%s: got %d %s, want one of %v", test.how, code, body, test.codes)
		}
	}
}

// TestLargeAndSlowRequestsAreRefused sends bodies, headers and half requests to both listeners.
func TestLargeAndSlowRequestsAreRefused(t *testing.T) {
	s := parallelStory(t)
	s.t.Logf("the adapter disconnects slow clients after 32s; -long waits for it")
	large := bytes.Repeat([]byte("x"), 8<<20)
	for name, listener := range map[string]string{"autoscaler": s.Flyball.Autoscaler.URL, "adapter": s.Flyball.Adapter.URL} {
		path := listener + "/apis/custom.metrics.k8s.io/v1beta2/namespaces/" + s.namespace + "/pods/*/x"
		if code, body := s.requests(http.MethodPost, path, nil, nil, large); code != 0 && (code < 400 || code >= 500) {
			s.t.Errorf("%s: got %d %s for a body of 8 MiB, want a refusal", name, code, body)
		}
		header := http.Header{"X-Large": {strings.Repeat("x", 2<<20)}}
		if code, body := s.requests(http.MethodGet, path, header, nil, nil); code != 0 && code != http.StatusRequestHeaderFieldsTooLarge {
			s.t.Errorf("%s: got %d %s for headers of 2 MiB, want 431", name, code, body)
		}
		limit := 5 * time.Second
		if name == "adapter" {
			if limit = 32 * time.Second; !*testcluster.Long {
				continue
			}
		}
		s.hangsUp(name, strings.TrimPrefix(listener, "https://"), limit)
	}
}

// hangsUp sends half a request, and waits until the server closes the connection.
func (s *story) hangsUp(name, address string, limit time.Duration) {
	s.t.Helper()
	c, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(s.t.Context(), "tcp", address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	began := time.Now()
	_, err = c.Write([]byte("GET /metrics HTTP/1.1\r\nHost: slow\r\n"))
	if err == nil {
		err = c.SetReadDeadline(began.Add(limit + testcluster.Patience))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); isTimeout(err) {
		s.t.Errorf("%s: a slow client is still connected after %s", name, time.Since(began))
	}
	s.t.Logf("%s: a slow client was disconnected after %s", name, time.Since(began).Round(100*time.Millisecond))
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// tenant returns the token of a ServiceAccount that has the role view in the namespace of the story.
func (s *story) tenant() string {
	s.t.Helper()
	ctx := s.t.Context()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "tenant"}}
	if _, err := s.Client.CoreV1().ServiceAccounts(s.namespace).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "tenant"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "tenant", Namespace: s.namespace}},
	}
	if _, err := s.Client.RbacV1().RoleBindings(s.namespace).Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.Client.CoreV1().ServiceAccounts(s.namespace).CreateToken(ctx, "tenant", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.Status.Token
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// identity is a client certificate of the authority that the API server accepts.
func (s *story) identity(subject cluster.Subject) *tls.Certificate {
	s.t.Helper()
	subject.File += "-" + s.namespace
	pair, err := s.Authority.Issue(subject)
	if err != nil {
		s.t.Fatal(err)
	}
	certificate, err := tls.LoadX509KeyPair(pair.CertFile, pair.KeyFile)
	if err != nil {
		s.t.Fatal(err)
	}
	return &certificate
}

// requests sends a request on a connection of its own. The code is 0 where the server disconnects.
func (s *story) requests(method, url string, header http.Header, certificate *tls.Certificate, body []byte) (code int, text string) {
	s.t.Helper()
	config := &tls.Config{InsecureSkipVerify: true}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	client := &http.Client{Timeout: testcluster.Patience, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(s.t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(request.Header, header)
	response, err := client.Do(request)
	if err != nil {
		return 0, fmt.Sprint(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 300))
	if err != nil {
		return 0, fmt.Sprint(err)
	}
	return response.StatusCode, string(answer)
}
