package scalewindow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	kubefake "k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	flyballfake "flyball.dev/flyball/autoscaler/client/clientset/versioned/fake"
	flyballinformers "flyball.dev/flyball/autoscaler/client/informers/externalversions"
	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

const (
	byName  = "[{kind: HorizontalAutoscaler, name: web}]"
	byLabel = "[{kind: HorizontalAutoscaler, selector: {matchLabels: {tier: front}}}]"
)

// cluster is an API server with the HorizontalAutoscaler web, and a Controller.
type cluster struct {
	t          *testing.T
	client     *flyballfake.Clientset
	events     *record.FakeRecorder
	controller *Controller
}

// runController runs a story with a Controller. The objects exist before it starts.
func runController(t *testing.T, story func(c *cluster), windows ...runtime.Object) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		web := &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web", UID: "web-1", Generation: 1, Labels: map[string]string{"tier": "front"},
		}}
		c := &cluster{t: t, client: flyballfake.NewSimpleClientset(append(windows, web)...), events: record.NewFakeRecorder(100)}
		scheme := runtime.NewScheme()
		if err := metav1.AddMetaToScheme(scheme); err != nil {
			t.Fatal(err)
		}
		factory, kube := flyballinformers.NewSharedInformerFactory(c.client, 0), kubefake.NewClientset()
		var err error
		c.controller, err = New(Config{RetryPeriod: time.Second}, Dependencies{
			Client:      c.client,
			Windows:     factory.Autoscaling().V1alpha1().ScaleWindows(),
			Autoscalers: factory.Autoscaling().V1alpha1().HorizontalAutoscalers(),
			Kube:        kube, Dynamic: dynamicfake.NewSimpleDynamicClient(scheme), Metadata: metadatafake.NewSimpleMetadataClient(scheme),
			Discovery: kube.Discovery(), Mapper: fixedMapper{meta.NewDefaultRESTMapper(nil)}, Events: c.events,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		factory.StartWithContext(ctx)
		done := make(chan error, 2)
		go func() { done <- c.controller.Watch(ctx, func(cache.ObjectName) {}) }()
		go func() { done <- c.controller.Write(ctx) }()
		c.settle()
		story(c)
		cancel()
		if err := errors.Join(<-done, <-done); err != nil {
			t.Errorf("the controller ended with: %v", err)
		}
	})
}

// settle waits until the statuses of changed windows are written.
func (c *cluster) settle() {
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

func (c *cluster) windowCondition(kind string) metav1.Condition {
	c.t.Helper()
	window, err := c.client.AutoscalingV1alpha1().ScaleWindows("shop").Get(c.t.Context(), "rush", metav1.GetOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	found := meta.FindStatusCondition(window.Status.Conditions, kind)
	if found == nil {
		c.t.Fatalf("condition %s is missing in %+v", kind, window.Status)
	}
	return *found
}

// wantConflicting checks the condition Conflicting of the window rush.
func (c *cluster) wantConflicting(when string, want metav1.ConditionStatus) {
	c.t.Helper()
	c.settle()
	if got := c.windowCondition(v1alpha1.ConditionConflicting); got.Status != want {
		c.t.Errorf("%s: Conflicting is %+v, want %s", when, got, want)
	}
}

// scaleWindow returns a ScaleWindow with a floor of 10 for ten minutes of each hour; lines of its spec replace these.
func scaleWindow(t testing.TB, name, targets string, lines ...string) *v1alpha1.ScaleWindow {
	t.Helper()
	w := &v1alpha1.ScaleWindow{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "w-1", Generation: 1}}
	if len(lines) == 0 {
		lines = []string{"start: '7 * * * *'", "duration: 10m", "minReplicas: 10"}
	}
	if err := yaml.UnmarshalStrict([]byte("targets: "+targets+"\n"+strings.Join(lines, "\n")), &w.Spec); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestScaleWindowWithoutEffectReportsTheReason(t *testing.T) {
	const hourly = "start: '0 * * * *'\nduration: 1h\nminReplicas: 9"
	for name, tc := range map[string]struct {
		targets, spec          string
		kind                   string
		status                 metav1.ConditionStatus
		reason, message, event string
	}{
		"an invalid cron line": {
			byName, "start: 'x * * * *'\nduration: 1h\nminReplicas: 9",
			"Accepted", "False", "InvalidSpec", `spec.start: Invalid value: "x * * * *"`, "InvalidSpec",
		},
		"an unknown time zone": {
			byName, hourly + "\ntimeZone: Mars/Olympus",
			"Accepted", "False", "InvalidSpec", `spec.timeZone: Invalid value: "Mars/Olympus"`, "InvalidSpec",
		},
		"a day that no month has": {
			byName, "start: '0 0 31 2 *'\nduration: 1h\nminReplicas: 9",
			"Accepted", "False", "NeverOpens", `spec.start: Invalid value: "0 0 31 2 *"`, "NeverOpens",
		},
		"an unsupported target": {
			"[{kind: Job, apiVersion: batch/v1, name: web}]", hourly,
			"Accepted", "False", "NotSupported", "a Job has no scale", "NotSupported",
		},
		"an invalid selector": {
			"[{kind: HorizontalAutoscaler, selector: {matchExpressions: [{key: a, operator: Is}]}}]", hourly,
			"Accepted", "False", "InvalidSpec", "spec.targets[0].selector: Invalid value", "InvalidSpec",
		},
		"no target": {
			"[{kind: HorizontalAutoscaler, name: wep}]", hourly,
			"Effective", "False", "NoTargets", "spec.targets selects no object", "NoTargets",
		},
		"a time in the past": {
			byName, "at: {from: '1999-12-31T10:00', to: '1999-12-31T11:00'}\nminReplicas: 9",
			"Effective", "False", "Expired", "the last one ended at 1999-12-31T11:00:00Z", "Expired",
		},
		"suspended": {
			byName, hourly + "\nsuspend: true",
			"Effective", "False", "Suspended", "spec.suspend", "",
		},
		"no problem": {
			byName, "start: '0 12 * * *'\nduration: 1h\nminReplicas: 9",
			"Effective", "True", "Effective", "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			runController(t, func(c *cluster) {
				got := c.windowCondition(tc.kind)
				if got.Status != tc.status || got.Reason != tc.reason || !strings.Contains(got.Message, tc.message) || got.ObservedGeneration != 1 {
					t.Errorf("condition is %+v", got)
				}
				if n := len(c.events.Events); (tc.event != "") != (n == 1) {
					t.Errorf("got %d events, want one of %q", n, tc.event)
				} else if n == 1 {
					if event := <-c.events.Events; !strings.HasPrefix(event, "Warning "+tc.event+" ") {
						t.Errorf("got event %q", event)
					}
				}
				accepted := c.controller.Set().Namespace("shop").get("rush") != nil
				if want := tc.kind != "Accepted"; accepted != want {
					t.Errorf("in the set: %t, want %t", accepted, want)
				}
			}, scaleWindow(t, "rush", tc.targets, tc.spec))
		})
	}
}

func TestConflictWithInlineWindowComesAndGoes(t *testing.T) {
	runController(t, func(c *cluster) {
		setWindows := func(windows ...v1alpha1.InlineWindow) {
			t.Helper()
			client := c.client.AutoscalingV1alpha1().HorizontalAutoscalers("shop")
			web, err := client.Get(t.Context(), "web", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			web.Spec.Windows = windows
			web.Generation++
			if _, err := client.Update(t.Context(), web, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		c.wantConflicting("without an inline window", "False")
		setWindows(v1alpha1.InlineWindow{Name: "cap", Window: v1alpha1.Window{
			Start: new(v1alpha1.CronLine("0 * * * *")), Duration: new(v1alpha1.Duration("1h")), MaxReplicas: new(int32(3)),
		}})
		c.wantConflicting("with one", "True")
		setWindows()
		c.wantConflicting("without it", "False")
	}, scaleWindow(t, "rush", byName))
}

// TestConflictIsReportedOnBothWindows also for the older of the two windows, and until the other one is deleted.
func TestConflictIsReportedOnBothWindows(t *testing.T) {
	runController(t, func(c *cluster) {
		client := c.client.AutoscalingV1alpha1().ScaleWindows("shop")
		setMax := func(replicas int32) {
			t.Helper()
			ceiling, err := client.Get(t.Context(), "ceiling", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			ceiling.Spec.MaxReplicas = &replicas
			ceiling.Generation++
			if _, err := client.Update(t.Context(), ceiling, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		c.wantConflicting("alone", "False")
		ceiling := scaleWindow(t, "ceiling", byLabel, "start: '10 * * * *'", "duration: 10m", "maxReplicas: 3")
		if _, err := client.Create(t.Context(), ceiling, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		c.wantConflicting("with a lower ceiling", "True")
		setMax(10)
		c.wantConflicting("with an equal ceiling", "False")
		setMax(9)
		c.wantConflicting("with a lower ceiling again", "True")
		if err := client.Delete(t.Context(), "ceiling", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		c.wantConflicting("alone again", "False")
	}, scaleWindow(t, "rush", byName))
}

// BenchmarkPut measures the change of one window in a namespace with many.
func BenchmarkPut(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			windows := make([]*policy.ScaleWindow, n)
			for i := range windows {
				var err error
				windows[i], err = policy.CompileScaleWindow(scaleWindow(b, fmt.Sprint("w-", i), byName), "", nil)
				if err != nil {
					b.Fatal(err)
				}
			}
			set := &Set{}
			set.fill(windows)
			b.ReportAllocs()
			for b.Loop() {
				set.put(cache.MetaObjectToName(windows[0].Object), windows[0])
			}
		})
	}
}

// BenchmarkAutoscalersOf measures the search for the autoscalers of a window, which selects half of them.
func BenchmarkAutoscalersOf(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
			for i := range n {
				autoscaler := &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{
					Namespace: "shop", Name: fmt.Sprint("web-", i), Labels: map[string]string{"tier": []string{"front", "back"}[i%2]},
				}}
				if err := all.Add(autoscaler); err != nil {
					b.Fatal(err)
				}
			}
			w, err := policy.CompileScaleWindow(scaleWindow(b, "rush", byLabel), "", nil)
			if err != nil {
				b.Fatal(err)
			}
			c := &Controller{autoscalers: listers.NewHorizontalAutoscalerLister(all)}
			b.ReportAllocs()
			for b.Loop() {
				if got := len(c.autoscalersOf(w)); got != (n+1)/2 {
					b.Fatalf("got %d of %d autoscalers", got, n)
				}
			}
		})
	}
}
