package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

const (
	second = time.Second
	// patience is how long a story waits for what must come. A machine under load is slow; it never makes wrong things true.
	patience = 90 * time.Second
)

// story is one test in a namespace of its own, in one of the worlds.
type story struct {
	*world
	t         *testing.T
	namespace string
}

func (w *world) newStory(t *testing.T) *story {
	t.Helper()
	s := w.outside(t)
	namespace, err := w.Client.CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "story-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.namespace = namespace.Name
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the autoscaler's log:\n%s", s.autoscalerLog())
		}
		ctx := context.WithoutCancel(t.Context())
		if err := s.Client.CoreV1().Namespaces().Delete(ctx, s.namespace, metav1.DeleteOptions{}); err != nil {
			t.Errorf("removing the story's namespace: %v", err)
		}
	})
	return s
}

// deploy makes a Deployment of simulated pods, each of which asks for a tenth of a core and is spoken for by the load
// program, and waits until they are ready.
func (s *story) deploy(name string, replicas int32) {
	s.t.Helper()
	s.applyDeployment(name, replicas, "1s")
	s.eventually(fmt.Sprintf("%d ready pods of %s", replicas, name), func() (bool, string) {
		got, err := s.Client.AppsV1().Deployments(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
		return err == nil && got.Status.ReadyReplicas == replicas, fmt.Sprint(err, got.Status.ReadyReplicas)
	})
}

// applyDeployment makes a Deployment of which the pods take so long to be ready.
func (s *story) applyDeployment(name string, replicas int32, readyAfter string) {
	s.t.Helper()
	s.applyObject(fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}, annotations: {flyball.dev/ready-after: %[3]s}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 64Mi}}}
`, name, replicas, readyAfter))
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

// try applies as kubectl does, field by field, and refuses fields that do not exist.
func (s *story) try(manifest string) error {
	var object unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(manifest), &object.Object); err != nil {
		return fmt.Errorf("the story's manifest: %w\n%s", err, manifest)
	}
	kind := object.GroupVersionKind()
	resource := map[string]string{
		"Deployment": "deployments", "HorizontalAutoscaler": "horizontalautoscalers",
		"HorizontalPodAutoscaler": "horizontalpodautoscalers", "ScaleWindow": "scalewindows", "CronJob": "cronjobs", "Job": "jobs", "Widget": "widgets",
	}[kind.Kind]
	client := s.dynamic.Resource(kind.GroupVersion().WithResource(resource)).Namespace(s.namespace)
	body, err := object.MarshalJSON()
	if err != nil {
		return err
	}
	force := true
	_, err = client.Patch(s.t.Context(), object.GetName(), "application/apply-patch+yaml", body,
		metav1.PatchOptions{FieldManager: "story", Force: &force, FieldValidation: metav1.FieldValidationStrict})
	return err
}

// eventually waits until seen says yes; what it says else is told when patience ends.
func (s *story) eventually(what string, seen func() (bool, string)) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ok, instead := seen()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s did not come in %s; last seen: %s\n%s", what, patience, instead, s.account())
		}
		if cause := context.Cause(s.Context()); cause != nil {
			s.t.Fatalf("the cluster died: %v", cause)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// replicas are those that the Deployment was asked for, and those that are ready.
func (s *story) replicas(name string) (asked, ready int32) {
	s.t.Helper()
	got, err := s.Client.AppsV1().Deployments(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return *got.Spec.Replicas, got.Status.ReadyReplicas
}

// scalesTo waits until the Deployment has as many ready pods as it should, and then stays there for three seconds.
func (s *story) scalesTo(name string, want int32) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%s at %d replicas", name, want), func() (bool, string) {
		asked, ready := s.replicas(name)
		return asked == want && ready == want, fmt.Sprintf("%d asked for, %d ready", asked, ready)
	})
}

// staysAt fails as soon as the Deployment web is asked for another number within the time.
func (s *story) staysAt(want int32, during time.Duration) {
	s.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if asked, _ := s.replicas("web"); asked != want {
			s.t.Fatalf("web went to %d replicas, want %d\n%s", asked, want, s.account())
		}
	}
}

func (s *story) autoscaler(name string) *v1alpha1.HorizontalAutoscaler {
	s.t.Helper()
	got, err := s.api.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
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

// readsBy checks which way the metrics came in, as the decision's steps tell it.
func (s *story) readsBy(name, way string) {
	s.t.Helper()
	decision := s.autoscaler(name).Status.Decision
	for _, step := range decision.Steps {
		if step.Step == "Metric" && !strings.Contains(step.Detail, way) {
			s.t.Errorf("a metric was not read by way of %s: %s", way, step.Detail)
		}
	}
}

// tells waits for an event about the autoscaler web of the reason, whose message contains the words.
func (s *story) tells(reason, words string) {
	s.t.Helper()
	s.tellsOf("HorizontalAutoscaler", reason, words)
}

// tellsOf waits for such an event about the object web of a kind.
func (s *story) tellsOf(kind, reason, words string) {
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

// account is what the autoscalers of the story say of themselves.
func (s *story) account() string {
	list, err := s.api.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).List(context.WithoutCancel(s.t.Context()), metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	var account strings.Builder
	for i := range list.Items {
		status, err := yaml.Marshal(list.Items[i].Status)
		fmt.Fprintf(&account, "%s:\n%s%v\n", list.Items[i].Name, status, err)
	}
	return account.String()
}

// tenEach is an autoscaler of web on ten requests a second for each pod.
const tenEach = `
kind: HorizontalAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 20
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
`

// query is an autoscaler of web on a query for all its requests a second.
func query(each string) string {
	return fmt.Sprintf(`
kind: HorizontalAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 20
  metrics:
  - {type: Prometheus, prometheus: {query: 'sum(rate(http_requests_total{app="web"}[10s]))', target: {type: AverageValue, averageValue: %q}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
`, each)
}

// inline makes of "a: 1" a flow mapping, and leaves one as it is.
func inline(spec string) string {
	if strings.HasPrefix(spec, "{") {
		return spec
	}
	return "{" + spec + "}"
}
