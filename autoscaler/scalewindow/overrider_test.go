package scalewindow

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

const (
	hpas        = "horizontalpodautoscalers"
	deployments = "deployments"
	cronJobs    = "cronjobs"

	web = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web, labels: {tier: front}}, spec: {minReplicas: 2, maxReplicas: 20}}"

	webHPA   = "{kind: HorizontalPodAutoscaler, name: web}"
	frontHPA = "{kind: HorizontalPodAutoscaler, selector: {matchLabels: {tier: front}}}"
)

func TestBoundsAreOverriddenAndRestoredOnTime(t *testing.T) {
	for _, target := range []string{webHPA, frontHPA} {
		live(t, func(w *world) {
			w.put(hpas, web)
			rush := w.window(target, "minReplicas: 10")
			w.hold(rush)
			w.until(10*time.Minute - time.Nanosecond)
			w.want("before the window", hpas, "minReplicas: 2, maxReplicas: 20")
			if n := w.overrider.count("shop", &rush.Others[0]); n != 1 {
				t.Errorf("the window counts %d targets, want 1", n)
			}
			w.pass(time.Nanosecond)
			w.want("at its start", hpas, "minReplicas: 10, maxReplicas: 20")
			w.pass(10*time.Minute - time.Nanosecond)
			w.want("before its end", hpas, "minReplicas: 10, maxReplicas: 20")
			w.pass(time.Nanosecond)
			w.want("at its end", hpas, "minReplicas: 2, maxReplicas: 20")
			if writes, _ := w.results(); w.record(hpas) != "" || len(writes) != 2 {
				t.Errorf("the record is %q after the writes %q", w.record(hpas), writes)
			}
			if got := w.newEvents(); !slices.Equal(got, []string{
				"Normal WindowApplied ScaleWindow/rush set minReplicas from 2 to 10", "Normal WindowRestored ScaleWindow/rush restored minReplicas from 10 to 2",
			}) {
				t.Errorf("got events %q", got)
			}
			if got := w.applied(rush); got != "True Applied: all targets of other kinds have the values of the window" {
				t.Error(got)
			}
		})
	}
}

func TestOverriderUsesInjectedClock(t *testing.T) {
	live(t, func(w *world) {
		w.ahead = 8 * time.Minute
		w.put(hpas, web)
		w.hold(w.window(webHPA, "minReplicas: 10"))
		w.until(2*time.Minute - time.Nanosecond)
		w.want("before the window", hpas, "minReplicas: 2, maxReplicas: 20")
		w.pass(time.Nanosecond)
		w.want("at its start", hpas, "minReplicas: 10, maxReplicas: 20")
		w.pass(10*time.Minute - time.Nanosecond)
		w.want("before its end", hpas, "minReplicas: 10, maxReplicas: 20")
		w.pass(time.Nanosecond)
		w.want("at its end", hpas, "minReplicas: 2, maxReplicas: 20")
	})
}

func TestOverrideByKind(t *testing.T) {
	for _, k := range []struct{ resource, manifest, target, fields, before, inside string }{
		{
			deployments, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}",
			"{kind: Deployment, name: web}", "replicas: 7", "replicas: 4", "replicas: 7",
		},
		{
			cronJobs, "{apiVersion: batch/v1, kind: CronJob, metadata: {name: web}, spec: {suspend: false}}",
			"{kind: CronJob, name: web}", "replicas: 0", "suspend: false", "suspend: true",
		},
		{
			"widgets", "{apiVersion: example.com/v1, kind: Widget, metadata: {name: web}, spec: {replicas: 4}}",
			"{kind: Widget, apiVersion: example.com/v1, name: web}", "minReplicas: 7", "replicas: 4", "replicas: 7",
		},
	} {
		live(t, func(w *world) {
			w.put(k.resource, k.manifest)
			w.hold(w.window(k.target, k.fields))
			w.until(10 * time.Minute)
			w.want("inside the window", k.resource, k.inside)
			w.until(20 * time.Minute)
			w.want("after the window", k.resource, k.before)
			if record := w.record(k.resource); record != "" {
				t.Errorf("the record is %s", record)
			}
			if events := w.newEvents(); len(events) != 2 {
				t.Errorf("got events %q", events)
			}
		})
	}
}

// TestUnselectedObjectIsRestored: after a change of its labels, and after the deletion of the window.
func TestUnselectedObjectIsRestored(t *testing.T) {
	relabel := func(w *world, tier string) {
		w.editHPA(func(object *unstructured.Unstructured) {
			labels := object.GetLabels()
			labels["tier"] = tier
			object.SetLabels(labels)
		})
		w.pass(0)
	}
	live(t, func(w *world) {
		w.put(hpas, web)
		w.hold(w.window(frontHPA, "minReplicas: 10"))
		w.until(12 * time.Minute)
		w.want("inside", hpas, "minReplicas: 10")
		w.with(func() { w.refreshed = nil })
		relabel(w, "back")
		if _, refreshed := w.results(); !slices.Contains(refreshed, "rush") {
			t.Error("the window does not count again")
		}
		w.want("with another label", hpas, "minReplicas: 2")
		relabel(w, "front")
		w.want("with its label again", hpas, "minReplicas: 10")
		w.hold()
		w.want("without the window", hpas, "minReplicas: 2")
		if record := w.record(hpas); record != "" {
			t.Errorf("the record is %s", record)
		}
	})
}

func TestWindowDeletedDuringDowntimeIsRestored(t *testing.T) {
	for _, k := range []struct{ resource, manifest, target, before string }{
		{hpas, web, webHPA, "minReplicas: 2"},
		{
			"widgets", "{apiVersion: example.com/v1, kind: Widget, metadata: {name: web}, spec: {replicas: 2}}",
			"{kind: Widget, apiVersion: example.com/v1, name: web}", "replicas: 2",
		},
	} {
		live(t, func(w *world) {
			w.put(k.resource, k.manifest)
			w.hold(w.window(k.target, "minReplicas: 10"))
			w.until(12 * time.Minute)
			w.stop()
			w.start()
			w.want("by the next process", k.resource, k.before)
			if record := w.record(k.resource); record != "" {
				t.Errorf("the record is %s", record)
			}
		})
	}
}

// TestEditBetweenReadAndWriteIsKept: the API server rejects the write, and the object is read again.
func TestEditBetweenReadAndWriteIsKept(t *testing.T) {
	live(t, func(w *world) {
		w.put(hpas, web)
		w.hold(w.window(webHPA, "minReplicas: 10"))
		w.with(func() { w.before = func() { w.editHPA(setSpec("minReplicas", int64(4))) } })
		w.until(10 * time.Minute)
		w.want("at the start", hpas, "minReplicas: 10")
		w.with(func() { w.before = func() { w.editHPA(setSpec("minReplicas", int64(5))) } })
		w.until(20 * time.Minute)
		w.want("at the end", hpas, "minReplicas: 5")
	})
}

func TestEditInsideWindowIsKept(t *testing.T) {
	live(t, func(w *world) {
		w.put(hpas, web)
		rush := w.window(webHPA, "minReplicas: 10")
		w.hold(rush)
		w.until(12 * time.Minute)
		w.newEvents()
		now := metav1.Now()
		w.editHPA(func(object *unstructured.Unstructured) {
			setSpec("minReplicas", int64(4))(object)
			object.SetManagedFields([]metav1.ManagedFieldsEntry{
				{Manager: manager, Time: &now, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:minReplicas":{}}}`)},
				{Manager: "kubectl-edit", Time: &now, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:minReplicas":{}}}`)},
				{Manager: "other", Time: &now, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:maxReplicas":{}}}`)},
			})
		})
		w.pass(0)
		w.want("edited", hpas, "minReplicas: 4")
		if got, want := w.applied(rush), "False ManualOverride: HorizontalPodAutoscaler/web: minReplicas was edited to 4: the windows do not change it before their next edge"; got != want {
			t.Errorf("got %s", got)
		}
		if got := w.newEvents(); len(got) != 1 || !strings.HasSuffix(got[0], "; field manager: kubectl-edit") {
			t.Errorf("got events %q", got)
		}
		if _, refreshed := w.results(); !slices.Contains(refreshed, "rush") {
			t.Errorf("the windows whose status is written anew are %q", refreshed)
		}
		w.until(70 * time.Minute)
		w.want("at the next start", hpas, "minReplicas: 10")
		w.until(80 * time.Minute)
		w.want("at the next end", hpas, "minReplicas: 4")
	})
}

// TestReplacedObjectIsNotChanged: kubectl replace also removes the record.
func TestReplacedObjectIsNotChanged(t *testing.T) {
	live(t, func(w *world) {
		w.put(hpas, web)
		w.hold(w.window(webHPA, "minReplicas: 10\nmaxReplicas: 30"))
		w.until(11 * time.Minute)
		for range 5 {
			w.put(hpas, web)
			w.pass(time.Minute)
			w.want("replaced", hpas, "minReplicas: 2, maxReplicas: 20")
		}
		w.until(60 * time.Minute)
		if writes, _ := w.results(); len(writes) != 1 {
			t.Errorf("writes are %q, want the one at the start", writes)
		}
	})
}

func TestRemovedRecordIsWrittenAgain(t *testing.T) {
	live(t, func(w *world) {
		w.put(hpas, web)
		w.hold(w.window(webHPA, "minReplicas: 10"))
		w.until(11 * time.Minute)
		w.editHPA(func(object *unstructured.Unstructured) { object.SetAnnotations(nil); object.SetLabels(nil) })
		w.pass(0)
		if record := w.record(hpas); !strings.Contains(record, `"original":2`) {
			t.Errorf("the record is %q", record)
		}
		w.until(20 * time.Minute)
		w.want("at the end", hpas, "minReplicas: 2")
	})
}

func TestObjectWithAutoscalerIsNotChanged(t *testing.T) {
	live(t, func(w *world) {
		w.put(deployments, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}")
		rush := w.window("{kind: Deployment, name: web}", "minReplicas: 10")
		w.hold(rush)
		w.until(11 * time.Minute)
		w.want("alone", deployments, "replicas: 10")
		w.createHPA()
		w.pass(0)
		if got, want := w.applied(rush), "False ConflictingController: Deployment/web: HorizontalPodAutoscaler/web scales it: use the HorizontalPodAutoscaler as the target of the window"; got != want {
			t.Errorf("got %s", got)
		}
		if record := w.record(deployments); record != "" {
			t.Errorf("the record is %s", record)
		}
		w.until(21 * time.Minute)
		w.want("it stays as the autoscaler finds it", deployments, "replicas: 10")
		if err := w.kube.AutoscalingV2().HorizontalPodAutoscalers("shop").Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
		if got := w.applied(rush); !strings.HasPrefix(got, "True") {
			t.Errorf("without the autoscaler: %s", got)
		}
	})
}

// TestRecordOfObjectWithAutoscalerIsRemoved: the autoscaler was created during downtime. No value may be written before it is read.
func TestRecordOfObjectWithAutoscalerIsRemoved(t *testing.T) {
	live(t, func(w *world) {
		w.put(deployments, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}")
		rush := w.window("{kind: Deployment, name: web}", "minReplicas: 10")
		w.hold(rush)
		w.until(11 * time.Minute)
		w.stop()
		w.createHPA()
		w.until(21 * time.Minute)
		w.start(rush)
		w.want("with an autoscaler", deployments, "replicas: 10")
		if record := w.record(deployments); record != "" {
			t.Errorf("the record is %s", record)
		}
	})
}

func TestFailedWriteIsRetriedAndReported(t *testing.T) {
	for reason, err := range map[string]error{
		v1alpha1.ReasonForbidden:      apierrors.NewForbidden(known[hpaKind].resource.GroupResource(), "web", errors.New("no")),
		v1alpha1.ReasonUpdateRejected: apierrors.NewInvalid(hpaKind, "web", nil),
		v1alpha1.ReasonFailedUpdate:   errors.New("the network is away"),
	} {
		live(t, func(w *world) {
			w.put(hpas, web)
			rush := w.window(frontHPA, "minReplicas: 10")
			w.hold(rush)
			w.with(func() { w.refuse = err })
			w.until(11 * time.Minute)
			if got := w.applied(rush); !strings.HasPrefix(got, "False "+reason+": HorizontalPodAutoscaler/web: ") ||
				(reason == v1alpha1.ReasonForbidden) != strings.Contains(got, "add horizontalpodautoscalers.autoscaling to autoscaler.windowTargets") {
				t.Errorf("got %s", got)
			}
			w.with(func() { w.refuse = nil })
			w.pass(lastRetry)
			w.want("once it may", hpas, "minReplicas: 10")
			if got := w.applied(rush); !strings.HasPrefix(got, "True") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestObjectWithUnreadableRecordIsNotChanged(t *testing.T) {
	live(t, func(w *world) {
		w.put(hpas, strings.Replace(web, "labels: {tier: front}", `labels: {autoscaling.flyball.dev/overridden: "true"}, annotations: {autoscaling.flyball.dev/original-values: soon}`, 1))
		rush := w.window(webHPA, "minReplicas: 10")
		w.hold(rush)
		w.until(11 * time.Minute)
		w.want("inside", hpas, "minReplicas: 2")
		if got := w.applied(rush); !strings.Contains(got, `False UnknownOriginal: HorizontalPodAutoscaler/web: the annotation autoscaling.flyball.dev/original-values is "soon"`) {
			t.Errorf("got %s", got)
		}
	})
}

func TestValidateTarget(t *testing.T) {
	live(t, func(w *world) {
		for _, c := range []struct{ target, fields, want string }{
			{webHPA, "maxReplicas: 0", "a HorizontalPodAutoscaler does not accept a maxReplicas of 0"},
			{webHPA, "minReplicas: 0", ""},
			{"{kind: CronJob, name: c}", "maxReplicas: 4", "a CronJob has no replicas: set replicas: 0"},
			{"{kind: CronJob, name: c}", "minReplicas: 0", "a CronJob has no replicas"},
			{"{kind: CronJob, name: c}", "minReplicas: 1", ""},
			{"{kind: Widget, name: c}", "minReplicas: 1", "kind Widget needs its apiVersion"},
			{"{kind: Widget, apiVersion: a/b/c, name: c}", "minReplicas: 1", `apiVersion "a/b/c" is not group/version`},
			{"{kind: Job, apiVersion: batch/v1, name: c}", "minReplicas: 1", "a Job has no scale"},
			{"{kind: Deployment, selector: {matchExpressions: [{key: a, operator: Is}]}}", "minReplicas: 1", `"Is" is not a valid label selector operator`},
			{"{kind: StatefulSet, name: c}", "replicas: 0", ""},
		} {
			window := w.window(c.target, c.fields)
			err := validateTarget(window, &window.Others[0])
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s with %s: %v, want %q", c.target, c.fields, err, c.want)
			}
		}
		window := w.window("{kind: Gadget, apiVersion: example.com/v1, name: c}", "minReplicas: 1")
		w.hold(window)
		if got, want := w.applied(window), "False WatchFailed: the API server does not serve kind Gadget.example.com: "; !strings.HasPrefix(got, want) {
			t.Errorf("got %s", got)
		}
	})
}
