package takeover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/survey"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// command runs flyball take-over in the world.
func (w *world) command(flags ...string) (string, error) {
	o := options{
		survey: func(context.Context) (*doctor.Snapshot, error) { return w.snapshot(), nil }, errOut: io.Discard,
		format: output.NewFormat("text", "yaml"), settle: 15 * time.Second, timeout: 50 * time.Second,
	}
	for _, flag := range flags {
		switch flag {
		case "--undo":
			o.undo = true
		case "--force":
			o.force = true
		case "--allow-change":
			o.allowChange = true
		default:
			must(w.t, o.format.Set(flag))
		}
	}
	var out bytes.Buffer
	err := o.run(w.t.Context(), w, "web", &out)
	synctest.Wait() // for what the controllers do at this instant
	return out.String(), err
}

// snapshot is what flyball doctor reads: the autoscaler, its HPA and the target, whose replicas owner sets by server-side apply.
func (w *world) snapshot() *doctor.Snapshot {
	s := survey.New()
	w.autoscaler.Kind, w.autoscaler.APIVersion = "HorizontalAutoscaler", v1alpha1.SchemeGroupVersion.String()
	web := appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: appsv1.DeploymentSpec{Replicas: new(int32(4))}}
	if w.owner != "" {
		web.ManagedFields = []metav1.ManagedFieldsEntry{{
			Manager: w.owner, Operation: metav1.ManagedFieldsOperationApply, Time: new(metav1.Now()), FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`),
		}}
	}
	s.Deployments, s.Autoscalers = []appsv1.Deployment{web}, []v1alpha1.HorizontalAutoscaler{*w.autoscaler.DeepCopy()}
	s.HPAs = []autoscalingv2.HorizontalPodAutoscaler{{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec:       autoscalingv2.HorizontalPodAutoscalerSpec{MaxReplicas: 9, ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}},
	}}
	return s
}

// ready makes the autoscaler pass the preflight.
func (w *world) ready() {
	for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionScalingActive} {
		w.autoscaler.Status.Conditions = append(w.autoscaler.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionTrue})
	}
	w.autoscaler.Status.Shadow.Comparison = &v1alpha1.ShadowComparison{ObservedSeconds: 86400, AgreedSeconds: 86000, KnownSeconds: 86400}
}

const stepsOfTakeOver = `Record    keep HorizontalPodAutoscaler web in the annotation autoscaling.flyball.dev/taken-over
Stop      delete HorizontalPodAutoscaler web
Settle    wait until no write of the stopped controller is under way
Enforce   set spec.mode of HorizontalAutoscaler web to Enforce
Verify    wait for a decision in mode Enforce
HorizontalAutoscaler web scales Deployment/web
`

const stepsOfUndo = `Watch     set spec.mode of HorizontalAutoscaler web to Shadow
Release   wait until the autoscaler writes no more
Restore   create HorizontalPodAutoscaler web as it was
Finish    compare HorizontalPodAutoscaler web with the original, and remove the annotation autoscaling.flyball.dev/taken-over
HorizontalPodAutoscaler web scales Deployment/web as before
`

const manifestsOfHPA = `---
# 1. delete this object, and wait until it is gone
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
  namespace: shop
---
# 2. then set the mode
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: HorizontalAutoscaler
metadata:
  name: web
  namespace: shop
spec:
  mode: Enforce
`

func TestOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kindHPA)
		w.ready()
		for _, step := range []struct{ flags, want string }{
			{"yaml", manifestsOfHPA}, {"", stepsOfTakeOver}, {"", "HorizontalAutoscaler web scales Deployment/web\n"}, {"--undo", stepsOfUndo},
		} {
			got, err := w.command(strings.Fields(step.flags)...)
			if diff := cmp.Diff(step.want, got); diff != "" || err != nil {
				t.Errorf("%q: %v; output (-want +got):\n%s", step.flags, err, diff)
			}
		}
	})
}

// TestRefusals change nothing.
func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(w *world)
		flags   string
		want    string
	}{
		"nothing to undo":     {func(*world) {}, "--undo", "nothing was taken over"},
		"no other controller": {func(w *world) { delete(w.scalers, kindHPA) }, "", "no HorizontalPodAutoscaler or ScaledObject scales Deployment/web"},
		"another target":      {func(w *world) { w.autoscaler.Spec.ScaleTargetRef.Name = "api" }, "", "no HorizontalPodAutoscaler or ScaledObject scales Deployment/api"},
		"two others":          {func(w *world) { w.scalers["derived"] = newWorld(w.t, kindScaledObject).scalers[kindScaledObject] }, "", "both scale the target; delete one of them first"},
		"both write":          {func(w *world) { w.autoscaler.Spec.Mode = v1alpha1.ModeEnforce }, "--force", "HorizontalPodAutoscaler web and HorizontalAutoscaler web (mode Enforce) both scale the target"},
		"paused":              {func(w *world) { w.autoscaler.Spec.Mode = v1alpha1.ModePaused }, "--force", `spec.mode: Invalid value: "Paused": must be Shadow`},
		"no metric":           {func(w *world) { w.autoscaler.Status.Conditions[2].Status = metav1.ConditionFalse }, "--force", "condition ScalingActive is not True: flyball explain web -n shop"},
		"ten minutes":         {func(w *world) { w.autoscaler.Status.Shadow.Comparison.ObservedSeconds = 600 }, "", "the shadow report recommends otherwise: watch for longer"},
		"one minute":          {func(w *world) { w.autoscaler.Status.Shadow.Comparison.ObservedSeconds = 60 }, "", "1m0s is compared, less than the stabilization window of 5m0s"},
		"GitOps":              {func(w *world) { w.scalers[kindHPA].SetLabels(map[string]string{"argocd.argoproj.io/instance": "shop"}) }, "", "is managed by Argo CD"},
		"doctor":              {func(w *world) { w.owner = "argocd"; w.autoscaler.Status.LastScaleTime = new(metav1.Unix(1, 0)) }, "", "ReplicasInManifest: the field manager argocd sets spec.replicas of Deployment web to 4 by server-side apply"},
		"doctor, for GitOps":  {func(w *world) { w.owner = "argocd"; w.autoscaler.Status.LastScaleTime = new(metav1.Unix(1, 0)) }, "yaml", "ReplicasInManifest: "},
		"never agrees":        {(*world).differ, "--force", "step Agree: not done after --timeout 50s: the decision is 7 and the target has 4 replicas; reason of the decision: highest proposal: cpu → 7; cause of the difference: Recommendation, the metrics propose it: the other controller has other metrics, targets, samples or an earlier recommendation; no controller is stopped: change spec.metrics or the bounds until both agree (flyball shadow report web -n shop), or run the command with --allow-change, and the first decision changes the count"},
		"an unreadable record": {func(w *world) {
			metav1.SetMetaDataAnnotation(&w.autoscaler.ObjectMeta, v1alpha1.AnnotationTakenOver, "{")
		}, "--undo", "metadata.annotations[autoscaling.flyball.dev/taken-over]: Invalid value"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, kindHPA)
				w.ready()
				tc.prepare(w)
				before := fmt.Sprint(w.autoscaler.Spec, w.scalers)
				_, err := w.command(strings.Fields(tc.flags)...)
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want %q", err, tc.want)
				}
				if after := fmt.Sprint(w.autoscaler.Spec, w.scalers); after != before {
					t.Errorf("changed: %s", after)
				}
			})
		})
	}
}

// differ makes the decision another count than that of the target permanently.
func (w *world) differ() {
	w.autoscaler.Status.Shadow.DesiredReplicas = 7
	w.autoscaler.Status.Decision = &v1alpha1.DecisionStatus{Desired: 7, Reason: "highest proposal: cpu → 7"}
	w.autoscaler.Status.Shadow.Comparison.LastDifference = &v1alpha1.ShadowDifference{DesiredReplicas: 7, Replicas: 4, Cause: "Recommendation"}
}

// TestWaitsShowProgress: a wait ends at the timeout, and shows that it goes on; --allow-change does not wait.
func TestWaitsShowProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kindHPA)
		w.ready()
		w.differ()
		begun := time.Now()
		got, err := w.command("--force")
		const want = "Agree     wait until the decision (7) is the current count (4)\nAgree     wait until the decision (7) is the current count (4): for 30s\n"
		if diff := cmp.Diff(want, got); diff != "" || exitCode(err) != exit.Negative || time.Since(begun) != 50*time.Second {
			t.Errorf("%v after %s; output (-want +got):\n%s", err, time.Since(begun), diff)
		}
		got, err = w.command("--force", "--allow-change")
		if diff := cmp.Diff(stepsOfTakeOver, got); diff != "" || err != nil {
			t.Errorf("%v; output (-want +got):\n%s", err, diff)
		}
	})
}

// exitCode is that of an error.
func exitCode(err error) int {
	if _, negative := errors.AsType[exit.NegativeError](err); negative {
		return exit.Negative
	}
	return exit.Unusable
}

// TestRecreatedByGitOps ends with an error, and not in a fight.
func TestRecreatedByGitOps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kindHPA)
		w.ready()
		manifest := w.scalers[kindHPA].DeepCopy()
		manifest.SetUID("u2")
		w.after(3*time.Second, func() { w.scalers[kindHPA] = manifest })
		if _, err := w.command(); err == nil || !strings.Contains(err.Error(), "was created again after it was deleted; find out what creates it") {
			t.Errorf("got %v", err)
		}
		if w.autoscaler.Spec.Mode != v1alpha1.ModeShadow {
			t.Errorf("mode %s beside an HPA", w.autoscaler.Spec.Mode)
		}
	})
}
