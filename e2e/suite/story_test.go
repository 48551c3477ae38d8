package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/testcluster"
)

// second is short for time.Second.
const second = time.Second

// story is a test in a namespace of its own, in one of the clusters.
type story struct {
	*environment
	t         *testing.T
	namespace string
}

func (env *environment) newStory(t *testing.T) *story {
	t.Helper()
	s := env.withoutNamespace(t)
	s.namespace = s.Namespace(t, "story")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the autoscaler's log:\n%s", s.Flyball.Autoscaler.LogEnd(30))
		}
	})
	return s
}

// deploy creates a Deployment of simulated pods, each of which requests a tenth of a core, and waits until they are ready.
// The load program exports their metrics.
func (s *story) deploy(name string, replicas int32) {
	s.t.Helper()
	s.applyDeployment(name, replicas, "1s")
	s.eventually(fmt.Sprintf("%d ready pods of %s", replicas, name), func() (bool, string) {
		_, ready := s.replicas(name)
		return ready == replicas, fmt.Sprint(ready)
	})
}

// applyDeployment creates a Deployment whose pods take this long until they are ready.
func (s *story) applyDeployment(name string, replicas int32, readyAfter string) {
	s.t.Helper()
	s.applyObject(testcluster.Deployment(name, "app: "+name, replicas, readyAfter, "100m"))
}

// apply applies a HorizontalAutoscaler.
func (s *story) apply(manifest string) {
	s.t.Helper()
	if err := s.tryApply(manifest); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) tryApply(manifest string) error {
	return s.try("apiVersion: " + v1alpha1.SchemeGroupVersion.String() + "\n" + strings.TrimPrefix(manifest, "\n"))
}

func (s *story) applyObject(manifest string) {
	s.t.Helper()
	if err := s.try(manifest); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) try(manifest string) error { return s.Apply(s.t.Context(), s.namespace, manifest) }

// eventually waits until check returns true; the failure has the text that check returns beside false.
func (s *story) eventually(what string, check func() (bool, string)) {
	s.t.Helper()
	s.Eventually(s.t, what, check, s.statuses)
}

func (s *story) replicas(name string) (desired, ready int32) {
	s.t.Helper()
	return s.Replicas(s.t, s.namespace, name)
}

// scalesTo waits until the Deployment has the replicas, and all its pods are ready.
func (s *story) scalesTo(name string, want int32) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%s at %d replicas", name, want), func() (bool, string) {
		asked, ready := s.replicas(name)
		return asked == want && ready == want, fmt.Sprintf("%d desired, %d ready", asked, ready)
	})
}

// desires waits until spec.replicas of the Deployment web has the value, whether their pods are ready or not.
func (s *story) desires(want int32) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d replicas desired of web", want), func() (bool, string) {
		asked, _ := s.replicas("web")
		return asked == want, fmt.Sprint(asked)
	})
}

// staysAt fails as soon as spec.replicas of the Deployment web changes within the time.
func (s *story) staysAt(want int32, during time.Duration) {
	s.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if asked, _ := s.replicas("web"); asked != want {
			s.t.Fatalf("web went to %d replicas, want %d\n%s", asked, want, s.statuses())
		}
	}
}

func (s *story) autoscaler(name string) *v1alpha1.HorizontalAutoscaler {
	s.t.Helper()
	got, err := s.API.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// conditionIs waits until a condition of the autoscaler web has the reason.
func (s *story) conditionIs(kind, reason string) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%s for the reason %s", kind, reason), func() (bool, string) {
		condition := meta.FindStatusCondition(s.autoscaler("web").Status.Conditions, kind)
		return condition != nil && condition.Reason == reason, fmt.Sprintf("%+v", condition)
	})
}

// readsMetricsBy checks the source of the metrics in the steps of the decision about web: direct or api.
func (s *story) readsMetricsBy(way string) {
	s.t.Helper()
	decision := s.autoscaler("web").Status.Decision
	for _, step := range decision.Steps {
		if step.Step == "Metric" && !strings.Contains(step.Detail, way) {
			s.t.Errorf("got the step %q, want a metric with the source %s", step.Detail, way)
		}
	}
}

// hasEvent waits for an event of the reason about the autoscaler web whose message contains the words.
func (s *story) hasEvent(reason, words string) {
	s.t.Helper()
	s.hasEventOf("HorizontalAutoscaler", reason, words)
}

// hasEventOf waits for such an event about the object web of a kind.
func (s *story) hasEventOf(kind, reason, words string) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("an event %s with %q", reason, words), func() (bool, string) {
		events, err := s.Client.CoreV1().Events(s.namespace).List(s.t.Context(), metav1.ListOptions{})
		if err != nil {
			return false, err.Error()
		}
		var others []string
		for _, event := range events.Items {
			if event.InvolvedObject.Name != "web" || event.InvolvedObject.Kind != kind {
				continue
			}
			if event.Reason == reason && strings.Contains(event.Message, words) {
				return true, ""
			}
			others = append(others, event.Reason+": "+event.Message)
		}
		return false, strings.Join(others, "\n")
	})
}

// statuses are those of the autoscalers of the story.
func (s *story) statuses() string {
	list, err := s.API.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).List(context.WithoutCancel(s.t.Context()), metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	var text strings.Builder
	for i := range list.Items {
		status, err := yaml.Marshal(list.Items[i].Status)
		fmt.Fprintf(&text, "%s:\n%s%v\n", list.Items[i].Name, status, err)
	}
	return text.String()
}

// autoscaler is the manifest of a HorizontalAutoscaler of a Deployment; fields are the rest of its spec.
func autoscaler(name, fields string) string {
	return fmt.Sprintf(`
kind: HorizontalAutoscaler
metadata: {name: %[1]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
%[2]s
`, name, strings.Trim(fields, "\n"))
}

// Metrics of the stories: CPU at 50 %, ten requests a second for each pod.
const (
	halfTheCPU  = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}"
	tenRequests = `{type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}`
)

// tenEach is an autoscaler of web on ten requests a second for each pod.
var tenEach = autoscaler("web", `
  maxReplicas: 20
  metrics: [`+tenRequests+`]
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}`)

// query is an autoscaler of web on a query for the requests a second of all its pods.
func query(each string) string {
	return autoscaler("web", fmt.Sprintf(`
  maxReplicas: 20
  metrics:
  - {type: Prometheus, prometheus: {query: 'sum(rate(http_requests_total{app="web"}[10s]))', target: {type: AverageValue, averageValue: %q}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}`, each))
}

// inline makes a flow mapping of "a: 1", and returns a flow mapping as it is.
func inline(spec string) string {
	if strings.HasPrefix(spec, "{") {
		return spec
	}
	return "{" + spec + "}"
}
