package adapterfaults

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// An application with a fault has four pods of nine requests a second, and is scaled on ten for each. During the fault its
// load falls to what one pod can serve.
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
	testcluster.Skip(t)
	s := &story{t: t, app: app, namespace: shared.Namespace(t, "fault")}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the adapter's log:\n%s", shared.Flyball.Adapter.LogEnd(20))
		}
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
		got, err := shared.API.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).Get(s.t.Context(), s.app, metav1.GetOptions{})
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

// replicas is spec.replicas of the Deployment.
func (s *story) replicas() int32 {
	s.t.Helper()
	desired, _ := shared.Replicas(s.t, s.namespace, s.app)
	return desired
}

func (s *story) eventually(what string, check func() (bool, string)) {
	s.t.Helper()
	shared.Eventually(s.t, what, check)
}

func (s *story) apply(manifest string) {
	s.t.Helper()
	if err := shared.Apply(s.t.Context(), s.namespace, manifest); err != nil {
		s.t.Fatal(err)
	}
}

// deployment is one of simulated pods whose load is that of the application.
func deployment(name, app string, replicas int32) string {
	return testcluster.Deployment(name, fmt.Sprintf("app: %s, instance: %s", app, name), replicas, "1s", "10m")
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
