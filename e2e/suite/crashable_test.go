package suite

import (
	"context"
	"path/filepath"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"flyball.dev/flyball/e2e/faults"
)

// crashable is an autoscaler that a test kills, and the proxy through which it calls the API server.
type crashable struct {
	env        *environment
	proxy      *faults.APIServer
	kubeconfig string
	running    bool
}

// runThroughProxy runs the autoscaler behind a proxy and without a lease, which a killed process does not release.
func (env *environment) runThroughProxy(t *testing.T) *crashable {
	t.Helper()
	config, err := clientcmd.LoadFromFile(env.Flyball.Autoscaler.File("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := faults.StartAPIServer(env.Config, config.AuthInfos[config.Contexts[config.CurrentContext].AuthInfo].Token)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range config.Clusters {
		c.Server, c.CertificateAuthority = proxy.URL, ""
	}
	c := &crashable{env: env, proxy: proxy, kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := clientcmd.WriteToFile(*config, c.kubeconfig); err != nil {
		t.Fatal(err)
	}
	env.withoutNamespace(t).stopAutoscaler()
	t.Cleanup(func() {
		c.kill()
		proxy.Close()
		env.withoutNamespace(t).startAutoscaler()
	})
	return c
}

func (c *crashable) kill() {
	c.env.Flyball.Autoscaler.Kill()
	c.running = false
}

// start starts the autoscaler unless it runs.
func (c *crashable) start(t *testing.T) {
	t.Helper()
	if !c.running {
		c.env.withoutNamespace(t).startAutoscaler("--kubeconfig="+c.kubeconfig, "--leader-elect=false")
		c.running = true
	}
}

// defineWidgets defines a kind that is like no other, but has a scale subresource.
func (env *environment) defineWidgets(t *testing.T) {
	t.Helper()
	definitions := env.Dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	integer := map[string]any{"type": "object", "properties": map[string]any{"replicas": map[string]any{"type": "integer"}}}
	definition := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": "widgets.suite.example"},
		"spec": map[string]any{
			"group": "suite.example", "scope": "Namespaced", "names": map[string]any{"kind": "Widget", "plural": "widgets"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "properties": map[string]any{"spec": integer, "status": integer},
				}},
				"subresources": map[string]any{
					"status": map[string]any{},
					"scale":  map[string]any{"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
				},
			}},
		},
	}}
	if _, err := definitions.Create(t.Context(), definition, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	err := env.Wait(t.Context(), "widgets to be served", func(ctx context.Context) (bool, error) {
		_, err := env.Dynamic.Resource(widgets).List(ctx, metav1.ListOptions{})
		return err == nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := definitions.Delete(context.WithoutCancel(t.Context()), definition.GetName(), metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}
