package suite

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const podTemplate = "template: {metadata: {labels: {app: %[1]s}}, spec: {containers: [{name: app, image: simulated}]}}"

// TestEachKindIsScaled: the kinds of Kubernetes with a scale, apart from Deployments, which the other stories scale.
func TestEachKindIsScaled(t *testing.T) {
	s := parallelStory(t)
	for _, kind := range []struct{ apiVersion, kind, selector string }{
		{"apps/v1", "StatefulSet", "serviceName: none\n  selector: {matchLabels: {app: %[1]s}}"},
		{"apps/v1", "ReplicaSet", "selector: {matchLabels: {app: %[1]s}}"},
		{"v1", "ReplicationController", "selector: {app: %[1]s}"},
	} {
		name := map[string]string{"StatefulSet": "sts", "ReplicaSet": "rs", "ReplicationController": "rc"}[kind.kind]
		s.applyObject(fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: %s}\nspec:\n  replicas: 1\n  ", kind.apiVersion, kind.kind, name) +
			fmt.Sprintf(kind.selector+"\n  "+podTemplate+"\n", name))
		s.apply(fmt.Sprintf(`
kind: HorizontalAutoscaler
metadata: {name: %[3]s}
spec:
  scaleTargetRef: {apiVersion: %[1]s, kind: %[2]s, name: %[3]s}
  minReplicas: 2
  maxReplicas: 4
  metrics: [{type: Prometheus, prometheus: {query: sum(up), target: {type: Value, value: "1"}}}]
`, kind.apiVersion, kind.kind, name))
	}
	apps := s.Client.AppsV1()
	for name, replicas := range map[string]func() (*int32, error){
		"sts": func() (*int32, error) {
			got, err := apps.StatefulSets(s.namespace).Get(t.Context(), "sts", metav1.GetOptions{})
			return got.Spec.Replicas, err
		},
		"rs": func() (*int32, error) {
			got, err := apps.ReplicaSets(s.namespace).Get(t.Context(), "rs", metav1.GetOptions{})
			return got.Spec.Replicas, err
		},
		"rc": func() (*int32, error) {
			got, err := s.Client.CoreV1().ReplicationControllers(s.namespace).Get(t.Context(), "rc", metav1.GetOptions{})
			return got.Spec.Replicas, err
		},
	} {
		s.eventually(name+" at its minimum", func() (bool, string) {
			got, err := replicas()
			return err == nil && *got == 2, fmt.Sprintf("%v, %v", got, err)
		})
	}
}
