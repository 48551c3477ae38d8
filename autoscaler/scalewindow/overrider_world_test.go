package scalewindow

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	fakediscovery "k8s.io/client-go/discovery/fake"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	kubefake "k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	flyballfake "flyball.dev/flyball/autoscaler/client/clientset/versioned/fake"
	flyballinformers "flyball.dev/flyball/autoscaler/client/informers/externalversions"
	"flyball.dev/flyball/autoscaler/policy"
)

// midnight is the start of every story: the clock of a synctest bubble starts there.
var midnight = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// world is a small API server and an overrider.
type world struct {
	t         *testing.T
	overrider *overrider
	kube      *kubefake.Clientset
	flyball   *flyballfake.Clientset
	dynamic   *dynamicfake.FakeDynamicClient
	metadata  *metadatafake.FakeMetadataClient
	events    *record.FakeRecorder
	stop      func()

	mu        sync.Mutex
	objects   map[string]*unstructured.Unstructured
	version   int
	writes    []string
	refreshed []string
	// ahead is how far the clock of the overrider is ahead of the bubble's.
	ahead time.Duration
	// before is called before each write, once, with the lock free.
	before func()
	// refuse answers every write where it is set.
	refuse error
}

// live runs a story.
func live(t *testing.T, story func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, kube: kubefake.NewClientset(), flyball: flyballfake.NewSimpleClientset(), events: record.NewFakeRecorder(100), objects: map[string]*unstructured.Unstructured{}}
		scheme := runtime.NewScheme()
		if err := metav1.AddMetaToScheme(scheme); err != nil {
			t.Fatal(err)
		}
		w.metadata = metadatafake.NewSimpleMetadataClient(scheme)
		w.dynamic = dynamicfake.NewSimpleDynamicClient(runtime.NewScheme())
		w.dynamic.PrependReactor("*", "*", w.answer)
		w.start()
		story(w)
		w.stop()
	})
}

// start starts a process with these windows.
func (w *world) start(windows ...*policy.ScaleWindow) {
	w.t.Helper()
	factory := flyballinformers.NewSharedInformerFactory(w.flyball, 0)
	discovery := w.kube.Discovery().(*fakediscovery.FakeDiscovery)
	discovery.Resources = []*metav1.APIResourceList{{GroupVersion: "example.com/v1", APIResources: []metav1.APIResource{
		{Name: "widgets", Kind: "Widget", Namespaced: true}, {Name: "widgets/scale", Kind: "Scale", Namespaced: true},
	}}}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "example.com", Version: "v1"}})
	mapper.Add(schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Widget"}, meta.RESTScopeNamespace)
	var err error
	w.overrider, err = newOverrider(Dependencies{
		Kube: w.kube, Dynamic: w.dynamic, Metadata: w.metadata, Discovery: discovery, Mapper: fixedMapper{mapper},
		Autoscalers: factory.Autoscaling().V1alpha1().HorizontalAutoscalers(), Events: w.events,
		Now: func() time.Time { return time.Now().Add(w.ahead) },
	}, func(window cache.ObjectName) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.refreshed = append(w.refreshed, window.Name)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	factory.StartWithContext(ctx)
	w.overrider.setWindows("shop", windows)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.overrider.run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-done
		synctest.Wait()
	}
	w.pass(time.Second)
}

type fixedMapper struct{ *meta.DefaultRESTMapper }

func (fixedMapper) Reset() {}

func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// until lets time go by until it is so late after midnight.
func (w *world) until(late time.Duration) { w.pass(time.Until(midnight.Add(late))) }

// window compiles the ScaleWindow rush, open from ten past to twenty past each hour unless the fields say otherwise.
func (w *world) window(targets, fields string) *policy.ScaleWindow {
	w.t.Helper()
	object := &v1alpha1.ScaleWindow{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "rush", Generation: 1}}
	if !strings.Contains(fields, "start") {
		fields += "\nstart: '10 * * * *'\nduration: 10m"
	}
	if err := yaml.UnmarshalStrict([]byte("targets: ["+targets+"]\n"+fields), &object.Spec); err != nil {
		w.t.Fatal(err)
	}
	compiled, err := policy.CompileScaleWindow(object, "", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return compiled
}

// hold makes windows hold.
func (w *world) hold(windows ...*policy.ScaleWindow) {
	w.overrider.setWindows("shop", windows)
	synctest.Wait()
}

func path(resource, name string) string { return resource + "/" + name }

// put creates or edits an object as its owner does.
func (w *world) put(resource, manifest string) {
	w.t.Helper()
	object := &unstructured.Unstructured{}
	document, err := yaml.YAMLToJSON([]byte(manifest))
	if err == nil {
		err = object.UnmarshalJSON(document)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	object.SetNamespace("shop")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.store(resource, object)
}

// editHPA changes web without its record, like a user.
func (w *world) editHPA(change func(object *unstructured.Unstructured)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	object := w.objects[path(hpas, "web")].DeepCopy()
	change(object)
	w.store(hpas, object)
}

func setSpec(field string, value any) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) {
		_ = unstructured.SetNestedField(object.Object, value, "spec", field)
	}
}

// store replaces an object under the next version and updates the watch of its metadata. The caller holds the lock.
func (w *world) store(resource string, object *unstructured.Unstructured) {
	w.version++
	object.SetResourceVersion(strconv.Itoa(w.version))
	before := w.objects[path(resource, object.GetName())]
	object.SetUID("uid-of-" + "object")
	object.SetGeneration(1)
	if before != nil {
		object.SetGeneration(before.GetGeneration())
		if fmt.Sprint(before.Object["spec"]) != fmt.Sprint(object.Object["spec"]) {
			object.SetGeneration(before.GetGeneration() + 1)
		}
	}
	w.objects[path(resource, object.GetName())] = object
	seen := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: object.GetAPIVersion(), Kind: object.GetKind()}, ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: object.GetName(), UID: object.GetUID(), ResourceVersion: object.GetResourceVersion(),
		Generation: object.GetGeneration(), Labels: object.GetLabels(), Annotations: object.GetAnnotations(),
	}}
	gvr := object.GroupVersionKind().GroupVersion().WithResource(resource)
	var err error
	if before == nil {
		err = w.metadata.Tracker().Create(gvr, seen, "shop")
	} else {
		err = w.metadata.Tracker().Update(gvr, seen, "shop")
	}
	if err != nil {
		w.t.Error(err)
	}
}

// answer is the response of the API server. It rejects writes to another version than the current one.
func (w *world) answer(action clienttesting.Action) (bool, runtime.Object, error) {
	resource := action.GetResource().Resource
	if get, ok := action.(clienttesting.GetAction); ok && action.GetVerb() == "get" {
		w.mu.Lock()
		defer w.mu.Unlock()
		object, there := w.objects[path(resource, get.GetName())]
		if !there {
			return true, nil, apierrors.NewNotFound(action.GetResource().GroupResource(), get.GetName())
		}
		if action.GetSubresource() == "scale" {
			return true, scaleOf(object), nil
		}
		return true, object.DeepCopy(), nil
	}
	w.mu.Lock()
	before := w.before
	w.before = nil
	w.mu.Unlock()
	if before != nil {
		before()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return true, nil, w.refuse
	}
	var name string
	patch := map[string]any{}
	switch a := action.(type) {
	case clienttesting.PatchAction:
		name = a.GetName()
		if err := json.Unmarshal(a.GetPatch(), &patch); err != nil {
			return true, nil, err
		}
	case clienttesting.UpdateAction:
		scale := a.GetObject().(*unstructured.Unstructured)
		name = scale.GetName()
		replicas, _, _ := unstructured.NestedInt64(scale.Object, "spec", "replicas")
		patch = map[string]any{"metadata": map[string]any{"resourceVersion": scale.GetResourceVersion()}, "spec": map[string]any{"replicas": replicas}}
	}
	object := w.objects[path(resource, name)].DeepCopy()
	if patch["metadata"].(map[string]any)["resourceVersion"] != object.GetResourceVersion() {
		return true, nil, apierrors.NewConflict(action.GetResource().GroupResource(), name, fmt.Errorf("it has changed"))
	}
	merge(object.Object, patch)
	w.writes = append(w.writes, action.GetVerb()+" "+name)
	w.store(resource, object)
	return true, object.DeepCopy(), nil
}

func scaleOf(object *unstructured.Unstructured) *unstructured.Unstructured {
	replicas, _, _ := unstructured.NestedInt64(object.Object, "spec", "replicas")
	scale := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": map[string]any{"name": object.GetName(), "namespace": "shop"},
		"spec": map[string]any{"replicas": replicas},
	}}
	scale.SetResourceVersion(object.GetResourceVersion())
	return scale
}

// merge is JSON merge patch; numbers become what unstructured objects have.
func merge(into, patch map[string]any) {
	for name, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(into, name)
		case map[string]any:
			inner, ok := into[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
			}
			inner = maps.Clone(inner)
			merge(inner, v)
			into[name] = inner
		case float64:
			into[name] = int64(v)
		default:
			into[name] = v
		}
	}
}

// want checks fields of the spec of web, in the form of "minReplicas: 2, maxReplicas: 20".
func (w *world) want(when, resource, spec string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var want map[string]any
	if err := yaml.Unmarshal([]byte("{"+spec+"}"), &want); err != nil {
		w.t.Fatal(err)
	}
	object := w.objects[path(resource, "web")]
	for field, value := range want {
		got, _, _ := unstructured.NestedFieldNoCopy(object.Object, "spec", field)
		if fmt.Sprint(got) != fmt.Sprint(value) {
			w.t.Errorf("%s: %s is %v, want %v", when, field, got, value)
		}
	}
}

// record returns the record on web; empty for none.
func (w *world) record(resource string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	object := w.objects[path(resource, "web")]
	if (object.GetLabels()[v1alpha1.LabelOverridden] != "") != (object.GetAnnotations()[v1alpha1.AnnotationOriginalValues] != "") {
		w.t.Errorf("the label and the annotation of %s are not together: %v, %v", resource, object.GetLabels(), object.GetAnnotations())
	}
	return object.GetAnnotations()[v1alpha1.AnnotationOriginalValues]
}

// createHPA makes a HorizontalPodAutoscaler of the Deployment web.
func (w *world) createHPA() {
	w.t.Helper()
	scaler := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
		},
	}
	_, err := w.kube.AutoscalingV2().HorizontalPodAutoscalers("shop").Create(w.t.Context(), scaler, metav1.CreateOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
}

// with calls do while the API server processes no request.
func (w *world) with(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// results returns the writes and the names of the refreshed windows.
func (w *world) results() (writes, refreshed []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.writes), slices.Clone(w.refreshed)
}

// newEvents returns the events since the last call.
func (w *world) newEvents() []string {
	var events []string
	for {
		select {
		case event := <-w.events.Events:
			events = append(events, event)
		default:
			return events
		}
	}
}

// applied returns the condition Applied of a window, as status, reason and message.
func (w *world) applied(window *policy.ScaleWindow) string {
	c := w.overrider.applied(window)
	return fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message)
}
