package forward

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const queue = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue"

func TestForwardedMetricIsNotCached(t *testing.T) {
	s := newStandIn(t, "metrics.keda.svc")
	h, judge := handler(s.child(t, nil))
	answer := ask(t, h, "ann", queue+"?labelSelector=scaledobject.keda.sh%2Fname%3Dweb&watch=false&evil=1",
		"Authorization", "Bearer of-the-caller", "X-Remote-User", "root", "Impersonate-User", "root", "Cookie", "c", "Accept", "text/html")
	if answer.Code != http.StatusOK || answer.Body.String() != `{"kind":"ExternalMetricValueList"}` || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("the answer is %d %s", answer.Code, answer.Body)
	}
	if len(s.requests()) != 1 {
		t.Fatalf("the provider received %d requests", len(s.requests()))
	}
	got := s.requests()[0]
	if want := queue + "?labelSelector=scaledobject.keda.sh%2Fname%3Dweb"; got.URL.String() != want || got.Method != http.MethodGet {
		t.Errorf("it received %s %s, want %s", got.Method, got.URL, want)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer our-own", "Accept": "application/json", hopHeader: "1", "X-Remote-User": "", "Impersonate-User": "", "Cookie": "",
	} {
		if ok := got.Header.Get(name); ok != want {
			t.Errorf("header %s is %q, want %q", name, ok, want)
		}
	}
	if len(judge.asked) != 1 {
		t.Fatalf("the authorizer was asked %d times", len(judge.asked))
	}
	if a := judge.asked[0]; a.GetUser().GetName() != "ann" || a.GetVerb() != "list" || a.GetAPIGroup() != group ||
		a.GetNamespace() != "shop" || a.GetResource() != "queue" || !a.IsResourceRequest() {
		t.Errorf("the authorizer was asked about %+v", a)
	}
}

func TestRequestsThatAreNotForwarded(t *testing.T) {
	s := newStandIn(t, "metrics.keda.svc")
	h, _ := handler(s.child(t, nil))
	for _, test := range []struct {
		name, caller, path string
		header             []string
		code               int
		says               string
	}{
		{"a metric of our own", "ann", strings.Replace(queue, "queue", "ours", 1), nil, 200, "ours"},
		{"another group", "ann", "/apis/custom.metrics.k8s.io/v1beta1/namespaces/shop/pods/*/queue", nil, 200, "ours"},
		{"discovery", "ann", "/apis/external.metrics.k8s.io/v1beta1", nil, 200, "ours"},
		{"another namespace", "ann", "/apis/external.metrics.k8s.io/v1beta1/namespaces/bank/queue", nil, 403, "nothing allows it"},
		{"another caller", "bob", queue, nil, 403, "nothing allows it"},
		{"nobody", "", queue, nil, 401, "the request has no user"},
		{"a watch", "ann", queue + "?watch=true", nil, 405, "not support"},
		{"what was forwarded already", "ann", queue, []string{hopHeader, "1"}, 508, "check that keda/metrics, the fallthrough provider"},
		{"steps up", "ann", "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/..%2F..%2Fbank%2Fqueue", nil, 400, "is not valid in the path of a metric"},
		{"a step up", "ann", "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/..", nil, 400, "is not valid in the path of a metric"},
		{"a percent sign", "ann", "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/%252e%252e", nil, 400, "is not valid in the path of a metric"},
		{"doubled slashes", "ann", "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop//queue", nil, 400, "is not valid in the path of a metric"},
		{"an old way to proxy", "ann", "/apis/external.metrics.k8s.io/v1beta1/proxy/namespaces/shop/queue", nil, 400, "is not the path of a metric"},
	} {
		answer := ask(t, h, test.caller, test.path, test.header...)
		if answer.Code != test.code || !strings.Contains(answer.Body.String(), test.says) {
			t.Errorf("%s: %d %s, want %d and %q", test.name, answer.Code, answer.Body, test.code, test.says)
		}
	}
	if len(s.requests()) != 0 {
		t.Errorf("the provider received %s", s.requests()[0].URL)
	}
}

func TestErrorsNameTheProvider(t *testing.T) {
	s := newStandIn(t, "metrics.keda.svc")
	h, _ := handler(s.child(t, func(o *Options) { o.Timeout, o.MaxBytes = time.Minute, 1000 }))
	status := func(code int, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, code, `{"kind":"Status","status":"Failure","reason":"NotFound","message":"`+message+`"}`)
		}
	}
	page := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(code)
			_, _ = w.Write([]byte("<html>\n<b>nginx</b></html>"))
		}
	}
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		code   int
		says   string
	}{
		{"it knows no such metric", status(404, "no ScaledObject"), 404, "no rule provides this metric, and keda/metrics responded: no ScaledObject"},
		{"it fails", status(500, "scaler broke"), 500, "keda/metrics responded: scaler broke"},
		{"it does not know us", status(401, "Unauthorized"), 503, "denied access to the metrics adapter: Unauthorized"},
		{"it does not let us", status(403, "system:serviceaccount:x cannot list"), 503, "cannot list"},
		{"a page", page(200), 503, "not from a metrics API: <html> <b>nginx</b></html>"},
		{"a page with a code", page(502), 502, "keda/metrics responded: <html> <b>nginx</b></html>"},
		{"broken JSON", func(w http.ResponseWriter, _ *http.Request) { refuse(w, 200, `{"items":[`) }, 503, "not from a metrics API"},
		{"too much", func(w http.ResponseWriter, _ *http.Request) { refuse(w, 200, `"`+strings.Repeat("x", 1000)+`"`) }, 503, "larger than 1000 bytes"},
		{"somewhere else", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere/", http.StatusFound)
		}, 503, "code 302"},
	} {
		s.mu.Lock()
		s.answer, s.received = test.answer, nil
		s.mu.Unlock()
		answer := ask(t, h, "ann", queue)
		var got metav1.Status
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if answer.Code != test.code || int(got.Code) != test.code || !strings.Contains(got.Message, test.says) || !strings.Contains(got.Message, "keda/metrics") {
			t.Errorf("%s: %d %s, want %d and %q", test.name, answer.Code, got.Message, test.code, test.says)
		}
		if len(s.requests()) != 1 {
			t.Errorf("%s: asked %d times", test.name, len(s.requests()))
		}
	}
	s.server.Close()
	if answer := ask(t, h, "ann", queue); answer.Code != 503 || !strings.Contains(answer.Body.String(), "keda/metrics") {
		t.Errorf("down: %d %s", answer.Code, answer.Body)
	}
}

// TestSilenceIsATimeout has a timeout so short that it may end while the connection is made: to a caller that is the same.
func TestSilenceIsATimeout(t *testing.T) {
	s := newStandIn(t, "metrics.keda.svc")
	s.answer = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	h, _ := handler(s.child(t, func(o *Options) { o.Timeout = 200 * time.Millisecond }))
	if answer := ask(t, h, "ann", queue); answer.Code != 503 || !strings.Contains(answer.Body.String(), "keda/metrics") ||
		!strings.Contains(answer.Body.String(), "did not respond in time") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestTheCertificateIsAlwaysVerified(t *testing.T) {
	right, wrong := newStandIn(t, "metrics.keda.svc"), newStandIn(t, "metrics.other.svc")
	for _, test := range []struct {
		name  string
		child *Provider
		says  string
	}{
		{"one of another CA", right.child(t, func(o *Options) {
			o.CABundle = func(context.Context) ([]byte, error) { return wrong.ca, nil }
		}), "certificate"},
		{"one for another service", wrong.child(t, nil), "metrics.keda.svc"},
		{"no CA", right.child(t, func(o *Options) { o.CABundle = func(context.Context) ([]byte, error) { return []byte(" "), nil } }), "CA is empty"},
		{"a CA that is none", right.child(t, func(o *Options) { o.CABundle = func(context.Context) ([]byte, error) { return []byte("hello"), nil } }), "invalid CA"},
		{"a CA that cannot be read", right.child(t, func(o *Options) {
			o.CABundle = func(context.Context) ([]byte, error) { return nil, errors.New("no such ConfigMap") }
		}), "no such ConfigMap"},
	} {
		h, _ := handler(test.child)
		if answer := ask(t, h, "ann", queue); answer.Code != 503 || !strings.Contains(answer.Body.String(), test.says) {
			t.Errorf("%s: %d %s, want %q", test.name, answer.Code, answer.Body, test.says)
		}
	}
	if len(right.requests())+len(wrong.requests()) != 0 {
		t.Error("a request was sent, token and all")
	}
}

func TestRotatedCAAndTokenAreUsed(t *testing.T) {
	s := newStandIn(t, "metrics.keda.svc")
	bundle := newStandIn(t, "metrics.keda.svc").ca
	c := s.child(t, func(o *Options) { o.CABundle = func(context.Context) ([]byte, error) { return bundle, nil } })
	h, _ := handler(c)
	if answer := ask(t, h, "ann", queue); answer.Code != 503 {
		t.Errorf("with the old CA: %d", answer.Code)
	}
	bundle = s.ca
	c.refreshCABundle(t.Context())
	if answer := ask(t, h, "ann", queue); answer.Code != 200 {
		t.Errorf("with the new CA: %d %s", answer.Code, answer.Body)
	}
	used := c.connection.Load()
	for _, broken := range []string{"", "no certificate"} {
		bundle = []byte(broken)
		c.refreshCABundle(t.Context())
	}
	if c.connection.Load() != used {
		t.Error("a CA that cannot be used took the place of one that can")
	}
}

func TestMetricListOfTheProviderIsCached(t *testing.T) {
	s := newStandIn(t, "metrics.keda.svc")
	c := s.child(t, nil)
	if got := c.Listed(); got != nil {
		t.Errorf("before it was asked it lists %v", got)
	}
	list := func(body string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answer = func(w http.ResponseWriter, _ *http.Request) { refuse(w, 200, body) }
	}
	list(`{"kind":"APIResourceList","resources":[{"name":"externalmetrics","namespaced":true}]}`)
	for _, want := range []bool{true, false} {
		if news, err := c.list(t.Context()); news != want || err != nil {
			t.Errorf("news %v, %v, want %v", news, err, want)
		}
	}
	path := s.requests()[0].URL.Path
	if path != "/apis/external.metrics.k8s.io/v1beta1" {
		t.Errorf("asked at %s", path)
	}
	s.server.Close()
	if news, err := c.list(t.Context()); news || err == nil || len(c.Listed()) != 1 {
		t.Errorf("once it is down: %v, %v, %v", news, err, c.Listed())
	}
}

func TestInvalidOptions(t *testing.T) {
	trust := func(context.Context) ([]byte, error) { return nil, nil }
	for _, service := range []string{"", "keda", "keda/metrics", "keda/metrics:", "keda/metrics:0", "keda/metrics:https", "keda/me.evil:443", "a/b/c:443", "keda/metrics:443@evil", "/x:1"} {
		if _, err := New(Options{Service: service, CABundle: trust}); err == nil || !strings.Contains(err.Error(), "namespace/service:port") {
			t.Errorf("%q gave %v", service, err)
		}
	}
	if _, err := New(Options{Service: "keda/metrics:443"}); err == nil || !strings.Contains(err.Error(), "a CA is required") {
		t.Errorf("without a CA: %v", err)
	}
	for _, text := range []string{"", "configmap:a/b", "configmap:a//c"} {
		if _, err := ParseCABundle(text, nil); err == nil {
			t.Errorf("the CA %q was taken", text)
		}
	}
	path := t.TempDir() + "/ca.crt"
	if err := os.WriteFile(path, []byte("PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	trusted, err := ParseCABundle(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bundle, err := trusted(t.Context()); err != nil || string(bundle) != "PEM" {
		t.Errorf("the file gave %q, %v", bundle, err)
	}
}
