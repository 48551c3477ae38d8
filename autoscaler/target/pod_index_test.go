package target

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/client-go/tools/cache"
)

// TestFindIsAScan compares the index with a scan of all pods, after each of many random additions, updates, deletions and
// tombstones, for random selectors.
func TestFindIsAScan(t *testing.T) {
	matches := 0
	for seed := range uint64(25) {
		g := rand.New(rand.NewPCG(seed, 1))
		index, all := newPodIndex(), map[string]*Pod{}
		for step := range 200 {
			changeOne(t, g, index, all, step)
			for range 3 {
				namespace, selector := fmt.Sprint("ns", g.IntN(3)), randomSelector(t, g)
				var want []string
				for _, pod := range all {
					if pod.namespace.Value() == namespace && pod.Matches(selector) {
						want = append(want, pod.Name()+"@"+pod.version)
					}
				}
				var got []string
				for _, pod := range index.find(namespace, selector) {
					got = append(got, pod.Name()+"@"+pod.version)
				}
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(want, got) {
					t.Fatalf("seed %d, step %d: selector %q of %s finds\n%v, want\n%v", seed, step, selector, namespace, got, want)
				}
				matches += len(want)
			}
		}
		for key, pod := range all {
			index.OnDelete(cache.DeletedFinalStateUnknown{Key: key, Obj: pod})
		}
		if len(index.namespaces) > 0 {
			t.Fatalf("seed %d: without pods, the index still has %d namespaces", seed, len(index.namespaces))
		}
	}
	if matches < 5000 {
		t.Errorf("only %d pods were found", matches)
	}
}

// changeOne makes one event of an informer, in the index and in the plain map of all pods.
func changeOne(t *testing.T, g *rand.Rand, index *podIndex, all map[string]*Pod, step int) {
	t.Helper()
	object := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: fmt.Sprint("ns", g.IntN(2)), Name: fmt.Sprint("pod", g.IntN(30)), ResourceVersion: fmt.Sprint(step), Labels: map[string]string{"env": "prod"},
	}}
	for k := range g.IntN(maxIndexedKeys) {
		object.Labels[fmt.Sprint("key", k)] = fmt.Sprint("v", g.IntN(3))
	}
	key := object.Namespace + "/" + object.Name
	old := all[key]
	switch pod := NewPod(object); {
	case old == nil:
		index.OnAdd(pod, g.IntN(2) == 0)
		all[key] = pod
	case g.IntN(3) > 0:
		index.OnUpdate(old, pod)
		all[key] = pod
	case g.IntN(2) == 0:
		index.OnDelete(old)
		delete(all, key)
	default: // the informer has missed the deletion, and has an older state
		index.OnDelete(cache.DeletedFinalStateUnknown{Key: key, Obj: pod})
		delete(all, key)
	}
}

// randomSelector has up to ten requirements of all operators, of more label keys than the index keeps.
func randomSelector(t *testing.T, g *rand.Rand) labels.Selector {
	t.Helper()
	if g.IntN(20) == 0 {
		return labels.Nothing()
	}
	selector := labels.NewSelector()
	for range g.IntN(4) + g.IntN(2)*g.IntN(8) {
		operator := []selection.Operator{
			selection.Equals, selection.Equals, selection.DoubleEquals, selection.In, selection.In, selection.NotEquals, selection.NotIn, selection.Exists,
			selection.DoesNotExist,
		}[g.IntN(9)]
		var values []string
		switch operator {
		case selection.Equals, selection.DoubleEquals, selection.NotEquals:
			values = []string{fmt.Sprint("v", g.IntN(3))}
		case selection.In, selection.NotIn:
			values = []string{"v1", fmt.Sprint("v", g.IntN(3)), "v1"} // twice the same
		}
		key := fmt.Sprint("key", g.IntN(1+g.IntN(2*maxIndexedKeys)))
		if g.IntN(5) == 0 {
			key = "env"
		}
		requirement, err := labels.NewRequirement(key, operator, values)
		if err != nil {
			t.Fatal(err)
		}
		selector = selector.Add(*requirement)
	}
	return selector
}

// TestFindReadsOnlyPodsWithTheRarestLabel counts the pods that a selector could match: those of the narrowest label, whatever
// labels the others share.
func TestFindReadsOnlyPodsWithTheRarestLabel(t *testing.T) {
	index := newPodIndex()
	for i := range 1000 {
		index.OnAdd(NewPod(typicalPod(i, 2)), true)
	}
	for selector, want := range map[string]int{
		"app.kubernetes.io/instance=app-7":                                             2,
		"environment=production,app.kubernetes.io/instance=app-7":                      2,
		"app.kubernetes.io/instance in (app-7,app-8),environment=production":           4,
		"app.kubernetes.io/instance=app-7,app.kubernetes.io/instance notin (app-8)":    2,
		"environment=production":                                                       1000,
		"environment=production,app.kubernetes.io/instance=none,!beta.kubernetes.io/x": 0,
	} {
		parsed, err := labels.Parse(selector)
		if err != nil {
			t.Fatal(err)
		}
		index.find("shop", parsed)
		requirements, _ := parsed.Requirements()
		sets, narrowed := index.namespaces["shop"].narrowest(naming(requirements))
		read := 0
		for _, set := range sets {
			read += len(set)
		}
		if !narrowed || read != want {
			t.Errorf("%s reads %d pods (narrowed: %t), want %d", selector, read, narrowed, want)
		}
	}
	if keys := slices.Sorted(maps.Keys(index.namespaces["shop"].byLabel)); strings.Join(keys, " ") != "app.kubernetes.io/instance environment" {
		t.Errorf("indexed are %v, want only the keys that selectors name", keys)
	}
}

var typicalRequests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("250m"), corev1.ResourceMemory: resource.MustParse("512Mi")}

// typicalPod is the pod i of Deployments with some pods each: six labels, two containers, a ReplicaSet as the owner.
func typicalPod(i, each int) *corev1.Pod {
	app := fmt.Sprint("app-", i/each)
	container := func(name string) corev1.Container {
		return corev1.Container{
			Name: name, Image: "registry.example/team/" + app + ":v1.2.3", Command: []string{"/bin/" + app, "--listen=:8080"},
			Env:       []corev1.EnvVar{{Name: "POD_NAME", Value: app}, {Name: "LEVEL", Value: "info"}},
			Resources: corev1.ResourceRequirements{Requests: typicalRequests},
		}
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: fmt.Sprintf("%s-6d4cf56db6-%05d", app, i), ResourceVersion: fmt.Sprint(1_000_000 + i),
			UID: "0b3a1d2e-5c6f-4a7b-8c9d-0e1f2a3b4c5d",
			Labels: map[string]string{
				"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": app, "app.kubernetes.io/version": "1.2.3",
				"environment": "production", "team": "checkout", "pod-template-hash": fmt.Sprintf("%010d", i/each),
			},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: app + "-6d4cf56db6", Controller: new(true)}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{container("app"), container("proxy")}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, StartTime: &metav1.Time{Time: noon},
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(noon)}},
		},
	}
}

// BenchmarkOf reads the pods of one of many Deployments of one pod each in one namespace, by two labels, one of which all share.
func BenchmarkOf(b *testing.B) {
	for _, pods := range []int{1, 100, 10_000, 50_000} {
		b.Run(fmt.Sprint("pods=", pods), func(b *testing.B) {
			objects := make([]*corev1.Pod, pods)
			for i := range objects {
				objects[i] = typicalPod(i, 1)
			}
			finder := podsOf(b, noReplicaSets().GetStore(), objects...)
			selector := labels.SelectorFromSet(labels.Set{"environment": "production", "app.kubernetes.io/instance": "app-0"})
			finder.Of(web, selector)
			b.ReportAllocs()
			for b.Loop() {
				if len(finder.Of(web, selector)) != 1 {
					b.Fatal("the pod was not found")
				}
			}
		})
	}
}
