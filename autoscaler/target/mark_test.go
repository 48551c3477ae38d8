package target

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubefake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"flyball.dev/flyball/autoscaler/engine"
)

// marking returns Pods with the given deletion costs, and the client that records writes.
func marking(t *testing.T, marks map[string]string) (*Pods, *kubefake.Clientset) {
	t.Helper()
	client := kubefake.NewClientset()
	var known []*corev1.Pod
	for name, cost := range marks {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: map[string]string{"other": "stays"}}}
		if cost != "" {
			pod.Annotations[corev1.PodDeletionCost] = cost
		}
		if err := client.Tracker().Add(pod); err != nil {
			t.Fatal(err)
		}
		known = append(known, pod)
	}
	return podsOf(t, nil, known...).WithMarks(client.CoreV1()), client
}

func TestOnlyPodsWithAnotherCostAreMarked(t *testing.T) {
	seen := []engine.Pod{
		{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}, {Name: "e"}, {Name: "f"}, {Name: "going", Deleting: true}, {Name: "odd"}, {Name: "gone"},
	}
	costs := []int32{0, 2, 3, 0, 1, 0, 5, 0, 7}
	for name, tc := range map[string]struct {
		exact   bool
		e       string
		written int
	}{
		"exactly": {exact: true, e: "1", written: 4},
		"roughly": {e: "4", written: 3},
	} {
		t.Run(name, func(t *testing.T) {
			pods, client := marking(t, map[string]string{"a": "", "b": "", "c": "3", "d": "3", "e": "4", "f": "0", "going": "", "odd": "much"})
			if err := pods.Mark(t.Context(), "shop", seen, costs, tc.exact); err != nil {
				t.Fatal(err)
			}
			written, now := 0, map[string]string{}
			for _, action := range client.Actions() {
				if action.Matches("patch", "pods") {
					written++
				}
			}
			list, err := client.CoreV1().Pods("shop").List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range list.Items {
				now[list.Items[i].Name] = list.Items[i].Annotations[corev1.PodDeletionCost]
				if list.Items[i].Annotations["other"] != "stays" {
					t.Errorf("%s has lost another annotation", list.Items[i].Name)
				}
			}
			want := map[string]string{"a": "", "b": "2", "c": "3", "d": "0", "e": tc.e, "f": "0", "going": "", "odd": "0"}
			if !maps.Equal(now, want) || written != tc.written {
				t.Errorf("%d were written, want %d, and now they say %v, want %v", written, tc.written, now, want)
			}
		})
	}
}

// TestMarkEndsAtTheFirstError, because the other writes would fail, too. A pod that was deleted is no error.
func TestMarkEndsAtTheFirstError(t *testing.T) {
	marks, seen, costs := map[string]string{}, make([]engine.Pod, 200), make([]int32, 200)
	for i := range seen {
		seen[i].Name, costs[i] = fmt.Sprint("p", i), 1
		marks[seen[i].Name] = ""
	}
	resource := schema.GroupResource{Resource: "pods"}
	for name, tc := range map[string]struct {
		err        error
		says       string
		first, end int64
	}{
		"forbidden":  {apierrors.NewForbidden(resource, "p", errors.New("no")), "set autoscaler.markPods in the chart", 1, marksInFlight},
		"overloaded": {apierrors.NewTooManyRequests("later", 1), "writing annotation controller.kubernetes.io/pod-deletion-cost of pod p", 1, marksInFlight},
		"gone":       {apierrors.NewNotFound(resource, "p"), "", 200, 200},
	} {
		t.Run(name, func(t *testing.T) {
			pods, client := marking(t, marks)
			var written atomic.Int64
			client.PrependReactor("patch", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
				written.Add(1)
				return true, nil, tc.err
			})
			err := pods.Mark(t.Context(), "shop", seen, costs, true)
			if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %v, want %q", err, tc.says)
			}
			if got := written.Load(); got < tc.first || got > tc.end {
				t.Errorf("%d were tried, want %d to %d", got, tc.first, tc.end)
			}
		})
	}
}
