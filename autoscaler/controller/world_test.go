package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/informers"
	kubefake "k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	"k8s.io/client-go/scale"
	scalefake "k8s.io/client-go/scale/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/checkpoint"
	flyballfake "flyball.dev/flyball/autoscaler/client/clientset/versioned/fake"
	flyballinformers "flyball.dev/flyball/autoscaler/client/informers/externalversions"
	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/scalewindow"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/autoscaler/target"
	"flyball.dev/flyball/autoscaler/tenancy"
)

const period = 15 * time.Second

// midnight is the start of every story: the clock of a synctest bubble starts there, and advances only while all goroutines wait.
var midnight = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// world is a loop with everything around it made of small fakes.
type world struct {
	t        testing.TB
	client   *flyballfake.Clientset
	kube     *kubefake.Clientset
	events   *record.FakeRecorder
	scale    *fakeScale
	readings *fakeSource
	// scales and source replace scale and readings where set.
	scales scale.ScalesGetter
	source source.Source
	saved  *shelf
	period time.Duration
	// ahead is how far the loop's clock is ahead of the bubble's, from the next start on.
	ahead time.Duration
	// watched makes reads of scales use informers of kube.
	watched bool
	// objects has the metadata of targets; nil for none. Reads of scales use informers then.
	objects *metadatafake.FakeMetadataClient
	// held is the answer about the lease; nil for a process without one.
	held func() error
	// sharded restricts the loop to the shards that the story holds.
	sharded bool
	// namespaces are what the operator allows each namespace; nil for everything.
	namespaces *tenancy.Rules
	// logger has the log where set.
	logger *klog.Logger
	// controller is the one that runs.
	controller *Controller
	// stop ends the loop, like a process that is terminated.
	stop func()
}

// shelf is a checkpoint.Storage in memory.
type shelf struct {
	mu    sync.Mutex
	saved map[int][]byte
}

func (s *shelf) Load(_ context.Context, shard int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saved[shard], nil
}

func (s *shelf) Save(_ context.Context, shard int, packed []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved[shard] = packed
	return nil
}

// live runs a story in a new world. The objects are there before the loop starts.
func live(t *testing.T, story func(w *world), objects ...runtime.Object) {
	t.Helper()
	liveAt(t, period, story, objects...)
}

// liveAt is for stories of days, which would take long at the usual period.
func liveAt(t *testing.T, period time.Duration, story func(w *world), objects ...runtime.Object) {
	t.Helper()
	liveWith(t, period, func(*world) func() { return func() {} }, story, objects...)
}

// liveWith prepares the world before the loop starts, and calls the returned function after the story.
func liveWith(t *testing.T, period time.Duration, prepare func(w *world) func(), story func(w *world), objects ...runtime.Object) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, period, objects...)
		end := prepare(w)
		w.start()
		story(w)
		w.stop()
		end()
	})
}

func newWorld(t testing.TB, period time.Duration, objects ...runtime.Object) *world {
	return &world{
		t:        t,
		client:   flyballfake.NewSimpleClientset(objects...),
		kube:     kubefake.NewClientset(),
		events:   record.NewFakeRecorder(10_000),
		scale:    &fakeScale{replicas: 4},
		readings: &fakeSource{value: 100_000},
		saved:    &shelf{saved: map[int][]byte{}},
		period:   period,
	}
}

// start lets a loop begin, as a process does that has become the leader.
func (w *world) start() {
	ctx, cancel := context.WithCancel(w.t.Context())
	if w.logger != nil {
		ctx = klog.NewContext(ctx, *w.logger)
	}
	done := w.run(ctx)
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("the loop ended with: %v", err)
		}
		synctest.Wait()
	}
	w.pass(time.Second) // the informers look every 100 ms whether they have synced
}

func (w *world) run(ctx context.Context) <-chan error {
	w.t.Helper()
	windows, start := w.build()
	start(ctx)
	c := w.controller
	done := make(chan error, 1)
	go func() {
		failed := make(chan error, 2)
		go func() { failed <- windows.Watch(ctx, c.Wake) }()
		go func() { failed <- windows.Write(ctx) }()
		done <- errors.Join(c.Run(ctx), <-failed, <-failed)
	}()
	return done
}

// build makes the controllers, and returns what starts their informers.
func (w *world) build() (windows *scalewindow.Controller, start func(ctx context.Context)) {
	w.t.Helper()
	factory := flyballinformers.NewSharedInformerFactory(w.client, 0)
	kube := informers.NewSharedInformerFactory(w.kube, 0)
	pods, err := target.NewPods(kube.Core().V1().Pods().Informer(), noReplicaSets())
	if err != nil {
		w.t.Fatal(err)
	}
	windows, err = scalewindow.New(scalewindow.Config{RetryPeriod: w.period}, w.windowDependencies(factory))
	if err != nil {
		w.t.Fatal(err)
	}
	if w.scales == nil {
		w.scales = w.scale.client()
	}
	if w.source == nil {
		w.source = w.readings
	}
	defaults := policy.StandardDefaults()
	defaults.Namespaces = w.namespaces
	scales := target.NewScales(w.scales, deployments()).WithJobs(w.kube.BatchV1())
	if w.watched {
		scales = scales.WithInformers(w.t.Context(), target.Informers{Kube: w.kube, Discovery: w.kube.Discovery()})
	}
	if w.objects != nil {
		scales = scales.WithInformers(w.t.Context(), target.Informers{Kube: w.kube, Discovery: w.kube.Discovery(), Metadata: w.objects})
	}
	scalers, err := target.NewScalers(w.kube, "")
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := New(
		Config{Period: w.period, StatusPeriod: 40 * time.Second, Defaults: defaults, Sharded: w.sharded},
		Dependencies{
			Client:      w.client,
			Autoscalers: factory.Autoscaling().V1alpha1().HorizontalAutoscalers(),
			Windows:     windows.Set(),
			Pods:        pods.WithMarks(w.kube.CoreV1()),
			PodsSynced:  []cache.InformerSynced{pods.HasSynced},
			Scales:      scales,
			Scalers:     scalers,
			Held:        w.held,
			Source:      w.source,
			States:      checkpoint.New(w.saved, 2, max(time.Minute, w.period)),
			Events:      w.events,
			Telemetry:   NewTelemetry(prometheus.NewRegistry()),
			Now:         func() time.Time { return time.Now().Add(w.ahead) },
		})
	if err != nil {
		w.t.Fatal(err)
	}
	w.controller = c
	return windows, func(ctx context.Context) {
		factory.StartWithContext(ctx)
		kube.StartWithContext(ctx)
		go scalers.Run(ctx)
	}
}

// windowDependencies are those of a controller of ScaleWindows without targets of other kinds.
func (w *world) windowDependencies(factory flyballinformers.SharedInformerFactory) scalewindow.Dependencies {
	w.t.Helper()
	scheme := runtime.NewScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		w.t.Fatal(err)
	}
	return scalewindow.Dependencies{
		Client:      w.client,
		Windows:     factory.Autoscaling().V1alpha1().ScaleWindows(),
		Autoscalers: factory.Autoscaling().V1alpha1().HorizontalAutoscalers(),
		Kube:        w.kube, Dynamic: dynamicfake.NewSimpleDynamicClient(scheme), Metadata: metadatafake.NewSimpleMetadataClient(scheme),
		Discovery: w.kube.Discovery(), Mapper: deployments(), Events: w.events,
		Now: func() time.Time { return time.Now().Add(w.ahead) },
	}
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// until lets time go by until it is so late after midnight.
func (w *world) until(late time.Duration) { w.pass(time.Until(midnight.Add(late))) }

func (w *world) autoscaler() *v1alpha1.HorizontalAutoscaler {
	w.t.Helper()
	got, err := w.client.AutoscalingV1alpha1().HorizontalAutoscalers("shop").Get(w.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// change edits the autoscaler's spec as a user would: the API server counts the generation.
func (w *world) change(edit func(spec *v1alpha1.HorizontalAutoscalerSpec)) {
	w.t.Helper()
	changed := w.autoscaler()
	edit(&changed.Spec)
	changed.Generation++
	_, err := w.client.AutoscalingV1alpha1().HorizontalAutoscalers("shop").Update(w.t.Context(), changed, metav1.UpdateOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

func (w *world) condition(kind string) metav1.Condition {
	w.t.Helper()
	condition := meta.FindStatusCondition(w.autoscaler().Status.Conditions, kind)
	if condition == nil {
		w.t.Fatalf("there is no condition %s in %+v", kind, w.autoscaler().Status.Conditions)
	}
	return *condition
}

// newEvents returns the events since the last call, with those of what is under way.
func (w *world) newEvents() []string {
	synctest.Wait()
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

func (w *world) statusWrites() int {
	n := 0
	for _, action := range w.client.Actions() {
		if action.Matches("patch", "horizontalautoscalers") && action.GetSubresource() == "status" {
			n++
		}
	}
	return n
}

// fakeScale is the scale of one Deployment without delays.
type fakeScale struct {
	mu       sync.Mutex
	replicas int32
	writes   []int32
	err      error
	// otherWrites is the count that another controller writes between the next read and write; 0 for none.
	otherWrites int32
}

func (s *fakeScale) client() *scalefake.FakeScaleClient {
	client := &scalefake.FakeScaleClient{}
	client.AddReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return true, &autoscalingv1.Scale{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
			Spec:       autoscalingv1.ScaleSpec{Replicas: s.replicas},
			Status:     autoscalingv1.ScaleStatus{Replicas: s.replicas, Selector: "app=web"},
		}, s.err
	})
	client.AddReactor("update", "deployments", func(action clienttesting.Action) (bool, runtime.Object, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.otherWrites != 0 {
			s.replicas, s.otherWrites = s.otherWrites, 0
			return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "deployments"}, "web", errors.New("older"))
		}
		scale := action.(clienttesting.UpdateAction).GetObject().(*autoscalingv1.Scale)
		s.replicas = scale.Spec.Replicas
		s.writes = append(s.writes, s.replicas)
		return true, scale, nil
	})
	return client
}

func (s *fakeScale) now() int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replicas
}

// written returns all counts that were written. A story may read them while the loop goes on.
func (s *fakeScale) written() []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

func (s *fakeScale) set(replicas int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replicas = replicas
}

func (s *fakeScale) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// fakeSource answers every metric with one value, or with a problem, and one of pods with what each does.
type fakeSource struct {
	mu      sync.Mutex
	value   int64 // thousandths
	problem string
	hangs   bool
	reads   []time.Time
	pods    map[string]int64 // in units
	blind   bool             // of what pods do
	// frozen is the time of the last sample, and refresh why no newer one comes; the zero time while they do.
	frozen  time.Time
	refresh string
}

// freeze makes every read return the last sample, like a store while Prometheus is down; thaw ends this.
func (s *fakeSource) freeze(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen, s.refresh = s.reads[len(s.reads)-1], why
}

func (s *fakeSource) thaw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen, s.refresh = time.Time{}, ""
}

func (s *fakeSource) Read(ctx context.Context, requests []source.Request, now time.Time) []engine.Reading {
	s.mu.Lock()
	hangs := s.hangs
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	readings := make([]engine.Reading, len(requests))
	for i := range requests {
		readings[i] = engine.Reading{Value: s.value, Time: now, Via: "direct", Problem: s.problem}
		if !s.frozen.IsZero() {
			readings[i].Time, readings[i].RefreshError = s.frozen, s.refresh
		}
		if requests[i].Metric.Type == engine.Pods && s.blind {
			readings[i] = engine.Reading{Problem: fmt.Sprintf("none of the %d pods has a sample", len(requests[i].Pods))}
		} else if requests[i].Metric.Type == engine.Pods {
			for _, pod := range requests[i].Pods {
				value, known := s.pods[pod.Name]
				readings[i].Pods = append(readings[i].Pods, engine.Sample{Known: known, Value: 1000 * value, Time: now})
			}
		}
		s.reads = append(s.reads, now)
	}
	return readings
}

func (s *fakeSource) set(value int64, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value, s.problem = value*1000, problem
}

// hang makes every read fail at its timeout.
func (s *fakeSource) hang() {
	s.set(0, "Prometheus did not respond in time")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangs = true
}

func (s *fakeSource) blinded(blind bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blind = blind
}

func (s *fakeSource) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.reads)
}

func (s *fakeSource) last() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[len(s.reads)-1]
}

// noReplicaSets is an informer of ReplicaSets that does not run, so that every pod counts that names a ReplicaSet.
func noReplicaSets() cache.SharedIndexInformer {
	return cache.NewSharedIndexInformer(&cache.ListWatch{}, &metav1.PartialObjectMetadata{}, 0, cache.Indexers{})
}

type fixedMapper struct{ *meta.DefaultRESTMapper }

func (fixedMapper) Reset() {}

func deployments() meta.ResettableRESTMapper {
	version := schema.GroupVersion{Group: "apps", Version: "v1"}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{version})
	mapper.Add(version.WithKind("Deployment"), meta.RESTScopeNamespace)
	return fixedMapper{mapper}
}

// web is an autoscaler of 2 to 20 replicas that wants 25 of a queried number for each.
func web(edits ...func(spec *v1alpha1.HorizontalAutoscalerSpec)) *v1alpha1.HorizontalAutoscaler {
	two, each := int32(2), quantity("25")
	autoscaler := &v1alpha1.HorizontalAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "web-1", Generation: 1},
		Spec: v1alpha1.HorizontalAutoscalerSpec{
			ScaleTargetRef: v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
			MinReplicas:    &two,
			MaxReplicas:    20,
			Metrics: []v1alpha1.MetricSpec{{
				Type: v1alpha1.PrometheusMetric,
				Prometheus: &v1alpha1.PrometheusMetricSource{
					Query:  "sum(queue_length)",
					Target: v1alpha1.MetricTarget{Type: "AverageValue", AverageValue: &each},
				},
			}},
			Mode: v1alpha1.ModeEnforce,
		},
	}
	for _, edit := range edits {
		edit(&autoscaler.Spec)
	}
	return autoscaler
}

// fixedLister has one autoscaler.
type fixedLister struct {
	autoscaler *v1alpha1.HorizontalAutoscaler
}

func (l fixedLister) List(labels.Selector) ([]*v1alpha1.HorizontalAutoscaler, error) {
	return []*v1alpha1.HorizontalAutoscaler{l.autoscaler}, nil
}

func (l fixedLister) HorizontalAutoscalers(string) listers.HorizontalAutoscalerNamespaceLister {
	return l
}

func (l fixedLister) Get(string) (*v1alpha1.HorizontalAutoscaler, error) { return l.autoscaler, nil }
