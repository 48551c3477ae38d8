package target

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubefake "k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	scalefake "k8s.io/client-go/scale/fake"
	clienttesting "k8s.io/client-go/testing"
)

var widgets = schema.GroupVersion{Group: "shop.example", Version: "v1"}

// targets is an API server with targets of some kinds, and Scales with informers of them.
type targets struct {
	t      *testing.T
	kube   *kubefake.Clientset
	meta   *metadatafake.FakeMetadataClient
	scales *Scales
	gets   int
	// denied makes the API server deny list and watch.
	denied atomic.Bool
}

// liveTargets runs a story with targets.
func liveTargets(t *testing.T, widgetVerbs string, story func(w *targets)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		scheme := runtime.NewScheme()
		if err := metav1.AddMetaToScheme(scheme); err != nil {
			t.Fatal(err)
		}
		w := &targets{t: t, kube: kubefake.NewClientset(webDeployment(3), nightJob(nil))}
		w.meta = metadatafake.NewSimpleMetadataClient(scheme, &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: widgets.String(), Kind: "Widget"},
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "wheel", ResourceVersion: "1"},
		})
		w.kube.Resources = []*metav1.APIResourceList{{GroupVersion: widgets.String(), APIResources: []metav1.APIResource{
			{Name: "widgets", Kind: "Widget", Namespaced: true, Verbs: strings.Fields(widgetVerbs)}, {Name: "widgets/scale", Kind: "Scale"},
		}}}
		deny := func(clienttesting.Action) (bool, runtime.Object, error) {
			return w.denied.Load(), nil, apierrors.NewForbidden(schema.GroupResource{Resource: "deployments"}, "", errors.New("no"))
		}
		w.kube.PrependReactor("list", "*", deny)
		w.meta.PrependReactor("list", "*", deny)
		mapper := &fixedMapper{DefaultRESTMapper: meta.NewDefaultRESTMapper([]schema.GroupVersion{widgets, appsv1.SchemeGroupVersion})}
		mapper.Add(appsv1.SchemeGroupVersion.WithKind("Deployment"), meta.RESTScopeNamespace)
		mapper.Add(widgets.WithKind("Widget"), meta.RESTScopeNamespace)
		client := &scalefake.FakeScaleClient{}
		client.AddReactor("get", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
			w.gets++
			return true, scaleOf(action.(clienttesting.GetAction).GetName(), 5), nil
		})
		ctx, stop := context.WithCancel(t.Context())
		w.scales = NewScales(client, mapper).WithJobs(w.kube.BatchV1()).
			WithInformers(ctx, Informers{Kube: w.kube, Metadata: w.meta, Discovery: w.kube.Discovery()})
		story(w)
		stop()
		synctest.Wait()
	})
}

// read returns the replicas of a target and the number of requests that this took.
func (w *targets) read(ref Ref) (replicas int32, requests int) {
	w.t.Helper()
	before := w.gets
	scale := w.scales.Read(w.t.Context(), []Ref{ref})[0]
	if scale.Err != nil {
		w.t.Fatal(scale.Err)
	}
	if _, err := scale.PodSelector(); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
	return scale.Replicas, w.gets - before
}

// expect reads a target.
func (w *targets) expect(when string, ref Ref, replicas int32, requests int) {
	w.t.Helper()
	if r, n := w.read(ref); r != replicas || n != requests {
		w.t.Errorf("%s: %d replicas of %s with %d requests, want %d with %d", when, r, ref, n, replicas, requests)
	}
}

func webDeployment(replicas int32) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "u1", ResourceVersion: "1"},
		Spec:       appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}},
		Status:     appsv1.DeploymentStatus{Replicas: replicas},
	}
}

func TestScalesComeFromInformersOnceTheyHaveSynced(t *testing.T) {
	wheel := Ref{Namespace: "shop", APIVersion: widgets.String(), Kind: "Widget", Name: "wheel"}
	liveTargets(t, "get list watch", func(w *targets) {
		for _, ref := range []Ref{web, wheel, night} {
			w.read(ref) // requested, or of an informer that was fast
		}
		time.Sleep(time.Second)
		w.read(wheel) // a request before the informer ran does not hold
		w.kube.ClearActions()
		w.expect("synced", web, 3, 0)
		w.expect("the same resource version", wheel, 5, 0)
		w.expect("synced", night, 4, 0)
		if actions := w.kube.Actions(); len(actions) > 0 {
			t.Errorf("requests to the API server: %v", actions)
		}
	})
}

func TestADeniedWatchLeavesTheRequests(t *testing.T) {
	liveTargets(t, "", func(w *targets) {
		w.denied.Store(true)
		w.expect("at first", web, 5, 1)
		time.Sleep(time.Hour)
		w.expect("denied", web, 5, 1)
		w.denied.Store(false)
		time.Sleep(time.Minute)
		w.expect("permitted", web, 3, 0)
	})
}

func TestAKindWithoutWatchIsRequested(t *testing.T) {
	wheel := Ref{Namespace: "shop", APIVersion: widgets.String(), Kind: "Widget", Name: "wheel"}
	liveTargets(t, "get update", func(w *targets) {
		for range 3 {
			w.expect("without list and watch", wheel, 5, 1)
			time.Sleep(time.Minute)
		}
		if len(w.meta.Actions()) > 0 {
			t.Errorf("the metadata were requested: %v", w.meta.Actions())
		}
	})
}

// TestInformersHaveTheScaleOfEachKind compares what an informer keeps of an object with its scale subresource.
func TestInformersHaveTheScaleOfEachKind(t *testing.T) {
	metadata := metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "u1", ResourceVersion: "7"}
	by := &metav1.LabelSelector{
		MatchLabels:      map[string]string{"app": "web"},
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"b", "a"}}},
	}
	for name, object := range map[string]runtime.Object{
		"deployments.apps": &appsv1.Deployment{
			ObjectMeta: metadata, Spec: appsv1.DeploymentSpec{Replicas: new(int32(3)), Selector: by}, Status: appsv1.DeploymentStatus{Replicas: 2},
		},
		"replicasets.apps": &appsv1.ReplicaSet{
			ObjectMeta: metadata, Spec: appsv1.ReplicaSetSpec{Replicas: new(int32(3)), Selector: by}, Status: appsv1.ReplicaSetStatus{Replicas: 2},
		},
		"statefulsets.apps": &appsv1.StatefulSet{
			ObjectMeta: metadata, Spec: appsv1.StatefulSetSpec{Replicas: new(int32(3)), Selector: by}, Status: appsv1.StatefulSetStatus{Replicas: 2},
		},
		"replicationcontrollers": &corev1.ReplicationController{
			ObjectMeta: metadata, Spec: corev1.ReplicationControllerSpec{Replicas: new(int32(3)), Selector: map[string]string{"app": "web", "tier": "a"}},
			Status: corev1.ReplicationControllerStatus{Replicas: 2},
		},
	} {
		selector := "app=web,tier in (a,b)"
		if name == "replicationcontrollers" {
			selector = "app=web,tier=a"
		}
		want := newScale(schema.ParseGroupResource(name), &autoscalingv1.Scale{
			ObjectMeta: metadata, Spec: autoscalingv1.ScaleSpec{Replicas: 3}, Status: autoscalingv1.ScaleStatus{Replicas: 2, Selector: selector},
		})
		want.Ordered = name == "statefulsets.apps"
		compact, err := compactScale(object)
		if err != nil {
			t.Fatal(err)
		}
		got := compact.(*scaled).Scale
		if got.parsed == nil || got.parsed.String() != selector {
			t.Errorf("%s: the parsed selector is %v, want %s", name, got.parsed, selector)
		}
		if got.parsed = nil; got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		again, err := compactScale(compact)
		if err != nil || again != compact {
			t.Errorf("%s: a second transform gives %+v, %v", name, again, err)
		}
	}
}

// TestAJobThatHasChangedIsNotWritten: the write has the resource version as its precondition, and a Job whose pods have changed
// is evaluated again.
func TestAJobThatHasChangedIsNotWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		edit   func(*batchv1.Job)
		change string
	}{
		"only its labels":     {func(j *batchv1.Job) { j.Labels = map[string]string{"seen": "yes"} }, "it changed after it was read"},
		"its parallelism":     {func(j *batchv1.Job) { j.Spec.Parallelism = new(int32(6)) }, "its replicas changed from 4 to 6"},
		"its pods at work":    {func(j *batchv1.Job) { j.Status.Ready = new(int32(4)) }, "its pods at work changed to 4"},
		"everything, it died": {func(j *batchv1.Job) { j.UID = "u2" }, "it was deleted and created again"},
	} {
		t.Run(name, func(t *testing.T) {
			newer := nightJob(tc.edit)
			newer.ResourceVersion = "2"
			client := kubefake.NewClientset(newer)
			client.PrependReactor("patch", "jobs", func(action clienttesting.Action) (bool, runtime.Object, error) {
				if !strings.Contains(string(action.(clienttesting.PatchAction).GetPatch()), `"resourceVersion":"2"`) {
					return true, nil, apierrors.NewConflict(schema.GroupResource{Group: "batch", Resource: "jobs"}, "night", errors.New("older"))
				}
				return false, nil, nil
			})
			scales := NewScales(&scalefake.FakeScaleClient{}, deploymentMapper()).WithJobs(client.BatchV1())
			read := scaleOfJob(nightJob(nil))
			read.version = "1"
			err := scales.Write(t.Context(), night, read, 3)
			if err == nil || !strings.Contains(err.Error(), tc.change) {
				t.Errorf("error %v, want %q", err, tc.change)
			}
		})
	}
}
