package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// behind makes an autoscaler take the load of the endpoints of a Service.
func behind(service, manifest string) string {
	return strings.Replace(manifest, "maxReplicas: 20", "maxReplicas: 20\n  serving: {serviceName: "+service+"}", 1)
}

// TestScaleInWaitsWhilePodsDrain: a finalizer keeps terminating pods in the EndpointSlices, as long connections do. After a first
// scale-in, 4 of 10 serving pods drain. The next one waits until they have left, and the one after waits for a Service that exists.
func TestScaleInWaitsWhilePodsDrain(t *testing.T) {
	s := parallelStory(t)
	s.addNode("room", 60)
	s.applyObject("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n")
	s.applyObject(fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 10
  selector: {matchLabels: {app: web}}
  template:
%s
`, strings.Replace(s.podOnOwnNodes("web", ""), "labels: {app: web}", "labels: {app: web}\n      finalizers: [suite.example/drains]", 1)))
	s.scalesTo("web", 10)
	s.load("web", requests(55))
	s.hasLoad("web", 55)
	s.apply(strings.Replace(behind("web", query("10")), "maxReplicas", "minReplicas: 10\n  maxReplicas", 1))
	s.eventually("ten endpoints", func() (bool, string) {
		pods := s.autoscaler("web").Status.Pods
		return pods != nil && pods.Serving == 10 && pods.WithoutEndpoint == 0, fmt.Sprintf("%+v", pods)
	})
	s.apply(behind("web", query("10"))) // in one step, so that the pods of a smaller one do not stop the next
	s.desires(6)
	s.load("web", requests(27))
	s.conditionIs("AbleToScale", "PodsDraining")
	s.describes("scale-in waits: 4 of 10 serving pods of Service web drain, limit 25%")
	s.staysAt(6, 6*time.Second) // longer than the stabilization window
	s.drain()
	s.desires(3)
	s.apply(behind("other", query("10")))
	s.load("web", requests(7))
	s.conditionIs("AbleToScale", "EndpointsUnknown")
	s.describes("scale-in waits: the endpoints are unknown: Service other has no EndpointSlice")
	s.staysAt(3, 6*time.Second)
}

// hasLoad waits until the rate of requests of an application is the load: a rate over the first samples is lower. An autoscaler whose
// desired replicas do not change need not report that the rate has risen.
func (s *story) hasLoad(app string, perSecond float64) {
	s.t.Helper()
	rate := fmt.Sprintf("sum(rate(http_requests_total{app=%q,namespace=%q}[10s]))", app, s.namespace)
	s.eventually(fmt.Sprintf("%g requests a second of %s", perSecond, app), func() (bool, string) {
		got, _, err := s.QueryNumber(s.t.Context(), rate)
		return got > 0.95*perSecond, fmt.Sprintf("%g, %v", got, err)
	})
}

// drain ends the terminating pods of web. Others do not drain from then on.
func (s *story) drain() {
	s.t.Helper()
	pods := s.Client.CoreV1().Pods(s.namespace)
	list, err := pods.List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range list.Items {
		patch := []byte(`{"metadata": {"finalizers": null}}`)
		_, err := pods.Patch(s.t.Context(), list.Items[i].Name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			s.t.Fatal(err)
		}
	}
}
