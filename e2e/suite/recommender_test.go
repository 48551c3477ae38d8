package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// recommender is a recommender of someone else, which serves its replica count at the standard external metrics API.
type recommender struct {
	*httptest.Server
	replicas atomic.Int64
}

func newRecommender(t *testing.T, replicas int64) *recommender {
	t.Helper()
	r := &recommender{}
	r.replicas.Store(replicas)
	const group = "/apis/external.metrics.k8s.io/v1beta1"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+group, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, `{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "external.metrics.k8s.io/v1beta1", "resources": [
{"name": "recommended_replicas", "singularName": "", "namespaced": true, "kind": "ExternalMetricValueList", "verbs": ["get"]}]}`)
	})
	mux.HandleFunc("GET "+group+"/namespaces/{namespace}/recommended_replicas", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, fmt.Sprintf(`{"kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": {}, "items": [
{"metricName": "recommended_replicas", "metricLabels": {}, "timestamp": %q, "value": "%d"}]}`, metav1.Now().UTC().Format("2006-01-02T15:04:05Z"), r.replicas.Load()))
	})
	r.Server = httptest.NewTLSServer(mux)
	t.Cleanup(r.Close)
	return r
}

func reply(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(body)) // the client has gone if it fails
}

// TestExternalRecommender scales a Deployment to the count that another program recommends at the external metrics API, within the
// bounds and with the stabilization of the autoscaler.
func TestExternalRecommender(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	r := newRecommender(t, 7)
	s.serveExternalMetrics(r.Listener.Addr().String())
	s.deploy("web", 2)
	s.apply(autoscaler("web", `
  maxReplicas: 9
  metrics: [{type: External, external: {metric: {name: recommended_replicas}, target: {type: AverageValue, averageValue: "1"}}}]
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}`))
	s.scalesTo("web", 7)
	s.readsMetricsBy("api")
	r.replicas.Store(40)
	s.scalesTo("web", 9)
	r.replicas.Store(3)
	s.scalesTo("web", 3)
}

// serveExternalMetrics gives the external metrics API to a server on this machine, until the story ends.
func (s *story) serveExternalMetrics(address string) {
	s.t.Helper()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		s.t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatal(err)
	}
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "recommender"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "localhost"},
	}
	if _, err := s.Client.CoreV1().Services(s.namespace).Create(s.t.Context(), service, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	apis := s.Dynamic.Resource(schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"})
	const name = "v1beta1.external.metrics.k8s.io"
	before, err := apis.Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	spec := map[string]any{"caBundle": nil, "insecureSkipTLSVerify": nil}
	maps.Copy(spec, before.Object["spec"].(map[string]any))
	back, err := json.Marshal(map[string]any{"spec": spec})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if _, err := apis.Patch(context.WithoutCancel(s.t.Context()), name, types.MergePatchType, back, metav1.PatchOptions{}); err != nil {
			s.t.Errorf("restoring the API: %v", err)
		}
	})
	ours := fmt.Sprintf(`{"spec": {"caBundle": null, "insecureSkipTLSVerify": true, "service": {"namespace": %q, "name": "recommender", "port": %d}}}`, s.namespace, port)
	if _, err := apis.Patch(s.t.Context(), name, types.MergePatchType, []byte(ours), metav1.PatchOptions{}); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("the recommender behind the API", func() (bool, string) {
		body, err := s.raw("/apis/external.metrics.k8s.io/v1beta1/namespaces/NS/recommended_replicas")
		return err == nil && strings.Contains(body, `"recommended_replicas"`), fmt.Sprint(body, err)
	})
}
