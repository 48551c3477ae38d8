package suite

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// raw reads a path through the API server, as kubectl get --raw does.
func (s *story) raw(path string) (string, error) {
	body, err := s.Client.CoreV1().RESTClient().Get().RequestURI(strings.ReplaceAll(path, "NS", s.namespace)).DoRaw(s.t.Context())
	return string(body), err
}

func TestMetricsAPIsThroughTheAggregator(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.load("web", requests(40))
	for path, says := range map[string]string{
		"/apis/custom.metrics.k8s.io/v1beta1/namespaces/NS/pods/*/http_requests_per_second":                         `"metricName":"http_requests_per_second"`,
		"/apis/custom.metrics.k8s.io/v1beta2/namespaces/NS/pods/*/http_requests_per_second":                         `"metric":{"name":"http_requests_per_second"`,
		"/apis/custom.metrics.k8s.io/v1beta2/namespaces/NS/pods/*/http_requests_per_second?labelSelector=app%3Dweb": `"kind":"Pod","namespace":"NS","name":"web-`,
		"/apis/external.metrics.k8s.io/v1beta1/namespaces/NS/http_requests_total_per_second":                        `"metricName":"http_requests_total_per_second"`,
		"/apis/metrics.k8s.io/v1beta1/namespaces/NS/pods":                                                           `"containers":[{"name":"app","usage":{"cpu":"`,
		"/apis/metrics.k8s.io/v1beta1/nodes":                                                                        `"usage":{"cpu":"`,
	} {
		says = strings.ReplaceAll(says, "NS", s.namespace)
		s.eventually(path, func() (bool, string) {
			body, err := s.raw(path)
			return err == nil && strings.Contains(body, says), fmt.Sprintf("%v %s", err, body)
		})
	}
}

func TestKubectlTopShowsPodsAndNodes(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.load("web", cores(0.1))
	s.eventually("kubectl top pods", func() (bool, string) {
		out, err := s.kubectl("top", "pods", "--no-headers")
		return err == nil && strings.Count(out, "web-") == 2, fmt.Sprintf("%v %s", err, out)
	})
	s.eventually("kubectl top nodes", func() (bool, string) {
		out, err := s.kubectl("top", "nodes", "--no-headers")
		return err == nil && strings.Contains(out, "%"), fmt.Sprintf("%v %s", err, out)
	})
}

// A missing metric and a missing object have different errors.
func TestMissingMetricsAndObjectsHaveTheirOwnErrors(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 1)
	s.load("web", requests(10))
	for path, says := range map[string]string{
		"/apis/custom.metrics.k8s.io/v1beta2/namespaces/NS/pods/*/no_such_metric":                "no_such_metric",
		"/apis/custom.metrics.k8s.io/v1beta2/namespaces/NS/pods/absent/http_requests_per_second": "absent",
		"/apis/external.metrics.k8s.io/v1beta1/namespaces/NS/no_such_metric":                     "no_such_metric",
	} {
		body, err := s.raw(path)
		if err == nil {
			t.Errorf("%s: got the answer %s, want an error", path, body)
			continue
		}
		if !strings.Contains(err.Error()+body, says) {
			t.Errorf("%s: got the error %v %s, want %q in it", path, err, body, says)
		}
	}
}

// The real kube-controller-manager's HPA controller scales on a metric that our adapter serves.
func TestHPAScalesOnAMetricOfTheAdapter(t *testing.T) {
	s := parallelStory(t)
	s.deploy("api", 1)
	s.applyObject(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  minReplicas: 1
  maxReplicas: 10
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
`)
	s.load("api", requests(47))
	s.scalesTo("api", 5)
	s.load("api", requests(17))
	s.scalesTo("api", 2)
	hpa, err := s.Client.AutoscalingV2().HorizontalPodAutoscalers(s.namespace).Get(t.Context(), "api", metav1.GetOptions{})
	if err != nil || hpa.Status.DesiredReplicas != 2 {
		t.Errorf("got the HPA's status %+v, %v", hpa.Status, err)
	}
}

// kubectl alone shows the decision.
func TestKubectlGetAndDescribeShowTheDecision(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 1)
	s.apply(tenEach)
	s.load("web", requests(38))
	s.scalesTo("web", 4)
	table, err := s.kubectl("get", "ha", "-o", "wide")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"REFERENCE", "Deployment/web", "http_requests_per_second: ", "/10", "REASON"} {
		if !strings.Contains(table, words) {
			t.Errorf("kubectl get ha does not show %q:\n%s", words, table)
		}
	}
	description, err := s.kubectl("describe", "ha", "web")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"SuccessfulRescale", "New size: 4", "ScalingActive", "Steps:"} {
		if !strings.Contains(description, words) {
			t.Errorf("kubectl describe ha does not show %q:\n%s", words, description)
		}
	}
}

func TestScaleWindowGetsConditions(t *testing.T) {
	s := parallelStory(t)
	s.apply(`
kind: ScaleWindow
metadata: {name: night}
spec:
  targets: [{kind: HorizontalAutoscaler, selector: {matchLabels: {tier: batch}}}]
  start: "0 22 * * *"
  duration: 8h
  minReplicas: 3
`)
	s.eventually("the window's conditions", func() (bool, string) {
		got, err := s.API.AutoscalingV1alpha1().ScaleWindows(s.namespace).Get(t.Context(), "night", metav1.GetOptions{})
		if err != nil || len(got.Status.Conditions) < 2 {
			return false, fmt.Sprint(err)
		}
		accepted, effective := got.Status.Conditions[0], got.Status.Conditions[1]
		return accepted.Reason == "Accepted" && effective.Reason == "NoTargets", accepted.Reason + " and " + effective.Reason
	})
}
