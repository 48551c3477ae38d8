package exporter_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/load/exporter"
)

func TestTheLoadThatWasPutIsExposedForReadyPods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := start(t, node("simulated-000"), pod("web-0", "simulated-000", true), pod("web-1", "simulated-000", false), pod("web-2", "real", true))
		// Powers of two, so that the sums are exact.
		if code, body := ask(e, http.MethodPut, "/load/shop/web", `{"requests": 128, "cores": 0.25, "costPerRequest": 0.0009765625}`); code != http.StatusNoContent {
			t.Fatalf("PUT: %d %s", code, body)
		}
		time.Sleep(10 * time.Second) // the bubble's clock: no time passes
		_, applications := ask(e, http.MethodGet, "/metrics", "")
		if want := `http_requests_total{namespace="shop",pod="web-0",app="web"} 1280`; !strings.Contains(applications, want) {
			t.Errorf("no %s in\n%s", want, applications)
		}
		for _, other := range []string{"web-1", "web-2"} {
			if strings.Contains(applications, other) {
				t.Errorf("%s is not ready or not simulated, but exposed:\n%s", other, applications)
			}
		}
		_, resources := ask(e, http.MethodGet, "/metrics/resource", "")
		if want := `container_cpu_usage_seconds_total{container="main",namespace="shop",pod="web-0",node="simulated-000"} 3.75`; !strings.Contains(resources, want) {
			t.Errorf("no %s in\n%s", want, resources)
		}
		if _, state := ask(e, http.MethodGet, "/load/shop/web", ""); !strings.Contains(state, `"running":2,"ready":1`) {
			t.Errorf("state = %s", state)
		}
	})
}

func TestARefusedLoadSaysWhatIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := start(t, node("simulated-000"))
		for body, want := range map[string]string{
			"":                  "must be a demand",
			`{"rps": 1}`:        `"rps"`,
			`{"requests": -1}`:  "not be negative",
			`{"requests": "1"}`: "must be a demand",
		} {
			if code, said := ask(e, http.MethodPut, "/load/shop/web", body); code != http.StatusBadRequest || !strings.Contains(said, want) {
				t.Errorf("PUT %s = %d %s, want 400 with %q", body, code, said, want)
			}
		}
		if code, _ := ask(e, http.MethodGet, "/load/shop/nobody", ""); code != http.StatusNotFound {
			t.Errorf("the state of nobody = %d, want 404", code)
		}
	})
}

func TestTheClientSpeaksToTheHandler(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e, err := exporter.Start(ctx, fake.NewClientset(node("simulated-000"), pod("web-0", "simulated-000", true)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e.Handler())
	defer server.Close()
	client := exporter.Client{URL: server.URL}
	if err := client.Set(ctx, "shop", "web", load.Demand{Requests: 7}); err != nil {
		t.Fatal(err)
	}
	state, err := client.State(ctx, "shop", "web")
	if err != nil || state.Demand.Requests != 7 || state.Ready != 1 {
		t.Errorf("state = %+v, %v", state, err)
	}
	if _, err := client.State(ctx, "shop", "nobody"); err == nil || !strings.Contains(err.Error(), "app=nobody") {
		t.Errorf("the state of nobody: %v, want an error that names it", err)
	}
}

func start(t *testing.T, nodeAndPods ...any) http.Handler {
	t.Helper()
	client := fake.NewClientset()
	for _, object := range nodeAndPods {
		var err error
		switch object := object.(type) {
		case *corev1.Node:
			_, err = client.CoreV1().Nodes().Create(t.Context(), object, metav1.CreateOptions{})
		case *corev1.Pod:
			_, err = client.CoreV1().Pods(object.Namespace).Create(t.Context(), object, metav1.CreateOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	e, err := exporter.Start(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	return e.Handler()
}

func ask(handler http.Handler, method, path, body string) (int, string) {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	answer, _ := io.ReadAll(recorder.Result().Body)
	return recorder.Code, string(answer)
}

func node(name string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{cluster.NodeTypeLabel: "simulated"}}}
}

func pod(name, node string, ready bool) *corev1.Pod {
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "main"}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}},
	}
}
