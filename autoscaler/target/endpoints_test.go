package target

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"flyball.dev/flyball/autoscaler/engine"
)

// slice returns an EndpointSlice of the Service web.
func slice(name string, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
		Endpoints:  endpoints,
	}
}

func endpointOf(pod string, serving, terminating *bool) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{
		TargetRef:  &corev1.ObjectReference{Kind: "Pod", Name: pod},
		Conditions: discoveryv1.EndpointConditions{Serving: serving, Terminating: terminating},
	}
}

// observed returns the endpoints of pods of the target, of which ending-1 is terminating.
func observed(e *Endpoints) (map[string]engine.Endpoint, string) {
	pods := []engine.Pod{{Name: "web-0"}, {Name: "web-1"}, {Name: "web-2"}, {Name: "ending-1", Deleting: true}}
	problem := e.Observe("shop", "web", pods)
	endpoints := map[string]engine.Endpoint{}
	for _, pod := range pods {
		if pod.Endpoint != engine.EndpointUnknown {
			endpoints[pod.Name] = pod.Endpoint
		}
	}
	return endpoints, problem
}

// TestEndpoints follows the slices of a Service: unknown before the first read, without a slice and without a pod of the target.
func TestEndpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kube, answer := fake.NewClientset(), make(chan struct{})
		kube.PrependReactor("list", "endpointslices", func(clienttesting.Action) (bool, runtime.Object, error) {
			<-answer
			return false, nil, nil
		})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		endpoints := NewEndpoints(ctx, kube, "")
		slices := kube.DiscoveryV1().EndpointSlices("shop")
		expect := func(problem string, want map[string]engine.Endpoint) {
			t.Helper()
			time.Sleep(time.Second) // of the bubble: the informer follows
			if got, p := observed(endpoints); p != problem || !cmp.Equal(got, want) {
				t.Errorf("%v, %q, want %v, %q", got, p, want, problem)
			}
		}
		if len(kube.Actions()) > 0 {
			t.Errorf("without a Service, the API server is asked: %v", kube.Actions())
		}
		if _, problem := observed(endpoints); problem != "the EndpointSlices have not been read yet" {
			t.Errorf("before the first read: %q", problem)
		}
		close(answer)
		none := map[string]engine.Endpoint{}
		expect("Service web has no EndpointSlice", none)
		_, err := slices.Create(t.Context(), slice("ipv4", endpointOf("other", nil, nil)), metav1.CreateOptions{})
		expect("no pod of the target is a serving endpoint of Service web", none)
		_, updated := slices.Update(t.Context(), slice("ipv4", endpointOf("web-0", nil, nil), endpointOf("web-1", new(false), nil),
			endpointOf("web-2", new(true), new(true)), endpointOf("ending-1", new(true), nil), discoveryv1.Endpoint{Addresses: []string{"10.0.0.1"}}), metav1.UpdateOptions{})
		expect("", map[string]engine.Endpoint{
			"web-0": engine.EndpointServing, "web-1": engine.NoEndpoint, "web-2": engine.EndpointDraining, "ending-1": engine.EndpointDraining,
		})
		_, second := slices.Create(t.Context(), slice("ipv6", endpointOf("web-1", new(true), nil)), metav1.CreateOptions{})
		expect("", map[string]engine.Endpoint{
			"web-0": engine.EndpointServing, "web-1": engine.EndpointServing, "web-2": engine.EndpointDraining, "ending-1": engine.EndpointDraining,
		})
		other := slice("ipv4", endpointOf("web-0", nil, nil))
		other.Labels[discoveryv1.LabelServiceName] = "other"
		_, moved := slices.Update(t.Context(), other, metav1.UpdateOptions{})
		expect("", map[string]engine.Endpoint{
			"web-0": engine.NoEndpoint, "web-1": engine.EndpointServing, "web-2": engine.NoEndpoint, "ending-1": engine.NoEndpoint,
		})
		deleted := slices.Delete(t.Context(), "ipv6", metav1.DeleteOptions{})
		expect("Service web has no EndpointSlice", none)
		if err := errors.Join(err, updated, second, moved, deleted); err != nil {
			t.Fatal(err)
		}
	})
}

// TestEndpointsWithoutPermission: the reason is in the problem.
func TestEndpointsWithoutPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kube := fake.NewClientset()
		kube.PrependReactor("list", "endpointslices", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(discoveryv1.Resource("endpointslices"), "", errors.New("no role"))
		})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		endpoints := NewEndpoints(ctx, kube, "")
		_, _ = observed(endpoints)
		time.Sleep(time.Second)
		if _, problem := observed(endpoints); problem != "the EndpointSlices have not been read yet: failed to list *v1.EndpointSlice: endpointslices.discovery.k8s.io is forbidden: no role" {
			t.Errorf("got %q", problem)
		}
	})
}
