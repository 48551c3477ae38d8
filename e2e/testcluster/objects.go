package testcluster

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// Patience is how long a test waits for what must happen. A machine under load is slow; it never makes wrong things true.
const Patience = 3 * time.Minute

// NewNamespace creates a namespace whose name begins with the prefix.
func (c *Cluster) NewNamespace(ctx context.Context, prefix string) (string, error) {
	namespace, err := c.Client.CoreV1().Namespaces().Create(ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix + "-"}}, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("creating a namespace: %w", err)
	}
	return namespace.Name, nil
}

// Namespace creates a namespace that is deleted when the test ends.
func (c *Cluster) Namespace(t *testing.T, prefix string) string {
	t.Helper()
	namespace, err := c.NewNamespace(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Client.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), namespace, metav1.DeleteOptions{}); err != nil {
			t.Errorf("deleting the namespace of the test: %v", err)
		}
	})
	return namespace
}

// Apply applies an object server-side, and rejects fields that the API does not have.
func (c *Cluster) Apply(ctx context.Context, namespace, manifest string) error {
	client, object, err := c.parse(namespace, manifest)
	if err != nil {
		return err
	}
	body, err := object.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = client.Patch(ctx, object.GetName(), "application/apply-patch+yaml", body,
		metav1.PatchOptions{FieldManager: "story", Force: new(true), FieldValidation: metav1.FieldValidationStrict})
	return err
}

// Create creates an object, which costs the API server less than Apply.
func (c *Cluster) Create(ctx context.Context, namespace, manifest string) error {
	client, object, err := c.parse(namespace, manifest)
	if err != nil {
		return err
	}
	_, err = client.Create(ctx, object, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	return err
}

func (c *Cluster) parse(namespace, manifest string) (dynamic.ResourceInterface, *unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &object.Object); err != nil {
		return nil, nil, fmt.Errorf("manifest of the test: %w\n%s", err, manifest)
	}
	kind := object.GroupVersionKind()
	resource := kind.GroupVersion().WithResource(strings.ToLower(kind.Kind) + "s")
	return c.Dynamic.Resource(resource).Namespace(namespace), object, nil
}

// Deployment is the manifest of a Deployment of simulated pods. labels, such as "app: web", are those of the pods and of
// the selector; readyAfter is how long a pod takes until it is ready.
func Deployment(name, labels string, replicas int32, readyAfter, cpu string) string {
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: %[3]d
  selector: {matchLabels: {%[2]s}}
  template:
    metadata: {labels: {%[2]s}, annotations: {flyball.dev/ready-after: %[4]s}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: %[5]s, memory: 16Mi}}}
`, name, labels, replicas, readyAfter, cpu)
}

// Replicas returns spec.replicas of a Deployment and its number of ready pods.
func (c *Cluster) Replicas(t *testing.T, namespace, name string) (desired, ready int32) {
	t.Helper()
	got, err := c.Client.AppsV1().Deployments(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return *got.Spec.Replicas, got.Status.ReadyReplicas
}

// Eventually waits until check returns true, for up to Patience. The text that check returns beside false, and that of
// details, are in the failure.
func (c *Cluster) Eventually(t *testing.T, what string, check func() (bool, string), details ...func() string) {
	t.Helper()
	for deadline := time.Now().Add(Patience); ; time.Sleep(200 * time.Millisecond) {
		ok, last := check()
		if ok {
			return
		}
		if cause := context.Cause(c.Context()); cause != nil {
			t.Fatalf("a program of the cluster ended: %v", cause)
		}
		if time.Now().After(deadline) {
			for _, detail := range details {
				last += "\n" + detail()
			}
			t.Fatalf("got no %s in %s; last seen: %s", what, Patience, last)
		}
	}
}
