package adapterfaults

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/e2e/load"
)

// An application on a bad day has four pods of nine requests a second, and is scaled on ten for each. In the middle of the
// day its load falls to what one pod could serve.
const (
	pods   = 4
	busy   = 36
	quiet  = 6
	target = "10"
)

// story is an application in a namespace of its own, with the rule that requestsOf makes.
type story struct {
	t         *testing.T
	app       string
	namespace string
}

// newStory deploys the application under its load, and returns once its metric is served for each pod.
func newStory(t *testing.T, app string) *story {
	t.Helper()
	skipWithoutCluster(t)
	namespace, err := newNamespace(t.Context(), "day")
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, app: app, namespace: namespace}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the adapter's log:\n%s", shared.Flyball.Adapter.LogEnd(20))
		}
		_ = shared.Client.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), namespace, metav1.DeleteOptions{})
	})
	s.apply(deployment(app, app, pods))
	s.load(busy)
	s.eventually("the metric of every pod", func() (bool, string) {
		a := s.read()
		return len(a.list.Items) == pods && a.lowest() > 8, a.String()
	})
	return s
}

// autoscaled has the application scaled by its metric, in both directions and without delay.
func (s *story) autoscaled() {
	s.t.Helper()
	s.apply(autoscaler("autoscaling.flyball.dev/v1alpha1", "HorizontalAutoscaler", s.app))
	s.eventually("a decision by the metric", func() (bool, string) {
		got, err := flyball.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).Get(s.t.Context(), s.app, metav1.GetOptions{})
		return err == nil && got.Status.Decision != nil && len(got.Status.CurrentMetrics) == 1, fmt.Sprint(err)
	})
}

func (s *story) metric() string { return requestsOf(s.app).Name }

func (s *story) read() answer { return read(s.t.Context(), s.namespace, s.app, s.metric()) }

// lowest of the values; 0 for none.
func (a answer) lowest() float64 {
	lowest := 0.0
	for i := range a.list.Items {
		if value := a.list.Items[i].Value.AsApproximateFloat64(); i == 0 || value < lowest {
			lowest = value
		}
	}
	return lowest
}

func (s *story) load(requests float64) {
	s.t.Helper()
	if err := shared.Load.Set(s.t.Context(), s.namespace, s.app, load.Demand{Requests: requests}); err != nil {
		s.t.Fatal(err)
	}
}

// replicas that the Deployment is asked for.
func (s *story) replicas() int32 {
	s.t.Helper()
	got, err := shared.Client.AppsV1().Deployments(s.namespace).Get(s.t.Context(), s.app, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return *got.Spec.Replicas
}

func (s *story) eventually(what string, seen func() (bool, string)) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ok, instead := seen()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s did not come in %s; last seen: %s", what, patience, instead)
		}
		if cause := context.Cause(shared.Context()); cause != nil {
			s.t.Fatalf("the cluster died: %v", cause)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *story) apply(manifest string) {
	s.t.Helper()
	if err := applyIn(s.t.Context(), s.namespace, manifest); err != nil {
		s.t.Fatal(err)
	}
}

func newNamespace(ctx context.Context, name string) (string, error) {
	made, err := shared.Client.CoreV1().Namespaces().Create(ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: name + "-"}}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return made.Name, nil
}

func applyIn(ctx context.Context, namespace, manifest string) error {
	resource, object, err := parse(manifest)
	if err != nil {
		return err
	}
	_, err = dynamicClient.Resource(resource).Namespace(namespace).Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: "story", Force: true})
	return err
}

// createIn is cheaper than applyIn.
func createIn(ctx context.Context, namespace, manifest string) error {
	resource, object, err := parse(manifest)
	if err != nil {
		return err
	}
	_, err = dynamicClient.Resource(resource).Namespace(namespace).Create(ctx, object, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	return err
}

func parse(manifest string) (schema.GroupVersionResource, *unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &object.Object); err != nil {
		return schema.GroupVersionResource{}, nil, fmt.Errorf("the manifest: %w\n%s", err, manifest)
	}
	kind := object.GroupVersionKind()
	return kind.GroupVersion().WithResource(strings.ToLower(kind.Kind) + "s"), object, nil
}

// deployment is one of simulated pods whose load is that of the application.
func deployment(name, app string, replicas int) string {
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: %[3]d
  selector: {matchLabels: {app: %[2]s, instance: %[1]s}}
  template:
    metadata: {labels: {app: %[2]s, instance: %[1]s}, annotations: {flyball.dev/ready-after: 1s}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 10m, memory: 16Mi}}}
`, name, app, replicas)
}

// autoscaler scales the Deployment of an application's name by its metric.
func autoscaler(version, kind, app string) string {
	return fmt.Sprintf(`
apiVersion: %[1]s
kind: %[2]s
metadata: {name: %[3]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[3]s}
  minReplicas: 1
  maxReplicas: 10
  metrics:
  - {type: Pods, pods: {metric: {name: requests_%[3]s}, target: {type: AverageValue, averageValue: %[4]q}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
`, version, kind, app, target)
}
