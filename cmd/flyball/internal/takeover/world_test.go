package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

const (
	// lag is how late the autoscaler has a new spec, and inFlight how long a write of a stopped controller can still come.
	lag, inFlight = 2 * time.Second, 10 * time.Second
	// derivedLag is how late KEDA deletes the HPA of a paused ScaledObject.
	derivedLag = 5 * time.Second
)

var errKilled = errors.New("killed")

// world is a cluster with the two controllers. All times are those of the bubble of synctest.
type world struct {
	t *testing.T
	// mu is held by requests and by what the controllers do at their times. Tests read after synctest.Wait.
	mu         sync.Mutex
	autoscaler *v1alpha1.HorizontalAutoscaler
	// scalers by kind; version counts all changes.
	scalers map[string]*unstructured.Unstructured
	version int
	// owner is a field manager that sets spec.replicas of the target; empty for none.
	owner string
	// mode is what the autoscaler's loop has.
	mode v1alpha1.Mode
	// otherUntil is when the last write of the stopped controller can come.
	otherUntil time.Time
	// kill is the number of the call that fails in the given way: 0 before its effect, 1 after it, 2 by a conflict. calls counts.
	kill, way, calls int
}

func newWorld(t *testing.T, kind string) *world {
	w := &world{t: t, scalers: map[string]*unstructured.Unstructured{}, mode: v1alpha1.ModeShadow, kill: -1}
	generation := int64(1)
	w.autoscaler = &v1alpha1.HorizontalAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Generation: 1, ResourceVersion: "0"},
		Spec: v1alpha1.HorizontalAutoscalerSpec{
			ScaleTargetRef: v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}, MaxReplicas: 9, Mode: v1alpha1.ModeShadow,
		},
		Status: v1alpha1.HorizontalAutoscalerStatus{
			ObservedGeneration: &generation, CurrentReplicas: 4, DesiredReplicas: 4, Shadow: &v1alpha1.ShadowStatus{DesiredReplicas: 4},
			Conditions: []metav1.Condition{{Type: v1alpha1.ConditionAbleToScale, Status: metav1.ConditionTrue}},
		},
	}
	object := map[string]any{
		"apiVersion": "autoscaling/v2", "kind": kindHPA,
		"metadata": map[string]any{
			"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "0", "creationTimestamp": "2026-01-01T00:00:00Z",
			"labels": map[string]any{"team": "shop"}, "annotations": map[string]any{"note": "peak < 9 & \"tested\""},
		},
		"spec":   map[string]any{"scaleTargetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": int64(9)},
		"status": map[string]any{"currentReplicas": int64(4)},
	}
	if kind == kindScaledObject {
		object["apiVersion"], object["kind"] = "keda.sh/v1alpha1", kindScaledObject
		object["spec"] = map[string]any{"scaleTargetRef": map[string]any{"name": "web"}, "maxReplicaCount": int64(9)}
		w.derive()
	}
	w.scalers[kind] = &unstructured.Unstructured{Object: object}
	return w
}

// derive creates the HPA that KEDA makes.
func (w *world) derive() {
	w.scalers["derived"] = &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "autoscaling/v2", "kind": kindHPA,
		"metadata": map[string]any{"name": "keda-hpa-web", "namespace": "shop", "ownerReferences": []any{map[string]any{"kind": kindScaledObject, "name": "web"}}},
		"spec":     map[string]any{"scaleTargetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
	}}
}

// reconcile is what KEDA does about the annotation.
func (w *world) reconcile() {
	paused := w.scalers[kindScaledObject].GetAnnotations()[pausedAnnotation] == "true"
	switch {
	case !paused:
		w.derive()
	case w.scalers["derived"] != nil:
		delete(w.scalers, "derived")
		w.otherUntil = time.Now().Add(inFlight)
	}
}

// oneWriter fails the test where both controllers can write.
func (w *world) oneWriter(when string) {
	w.t.Helper()
	hpa := w.scalers[kindHPA] != nil || w.scalers["derived"] != nil || time.Now().Before(w.otherUntil)
	if ours := w.mode == v1alpha1.ModeEnforce; ours && hpa {
		w.t.Errorf("%s: both controllers can write", when)
	}
}

// call is one request. effect is what it changes.
func (w *world) call(name string, effect func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	killed := w.calls == w.kill
	if killed && w.way == 0 {
		return errKilled
	}
	if killed && w.way == 2 {
		return apierrors.NewConflict(schema.GroupResource{Resource: "objects"}, name, errors.New("changed"))
	}
	err := effect()
	w.oneWriter(name)
	if killed {
		return errKilled
	}
	return err
}

func (w *world) after(d time.Duration, change func()) {
	time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		change()
		w.oneWriter("a controller acted")
	})
}

func (w *world) Autoscaler(context.Context, string) (found *v1alpha1.HorizontalAutoscaler, err error) {
	err = w.call("get", func() error {
		found = w.autoscaler.DeepCopy()
		return nil
	})
	return found, err
}

func (w *world) Scalers(context.Context) (found []unstructured.Unstructured, err error) {
	err = w.call("list", func() error {
		for _, kind := range []string{kindHPA, kindScaledObject, "derived"} {
			if w.scalers[kind] != nil {
				found = append(found, *w.scalers[kind].DeepCopy())
			}
		}
		return nil
	})
	return found, err
}

// PatchAutoscaler has the patches of take-over only: the annotation and the mode.
func (w *world) PatchAutoscaler(_ context.Context, _ string, patch []byte) error {
	return w.call("patch", func() error {
		var p struct {
			Metadata struct {
				ResourceVersion string
				Annotations     map[string]*string
			}
			Spec struct{ Mode v1alpha1.Mode }
		}
		if err := json.Unmarshal(patch, &p); err != nil || p.Metadata.ResourceVersion != w.autoscaler.ResourceVersion {
			return apierrors.NewConflict(schema.GroupResource{}, "web", fmt.Errorf("version %s, want %s", p.Metadata.ResourceVersion, w.autoscaler.ResourceVersion))
		}
		w.bump()
		for key, value := range p.Metadata.Annotations {
			delete(w.autoscaler.Annotations, key)
			if value != nil {
				metav1.SetMetaDataAnnotation(&w.autoscaler.ObjectMeta, key, *value)
			}
		}
		if p.Spec.Mode != "" && p.Spec.Mode != w.autoscaler.Spec.Mode {
			w.setMode(p.Spec.Mode)
		}
		return nil
	})
}

func (w *world) bump() {
	w.version++
	w.autoscaler.ResourceVersion = fmt.Sprint(w.version)
}

func (w *world) setMode(mode v1alpha1.Mode) {
	w.autoscaler.Spec.Mode = mode
	w.autoscaler.Generation++
	w.after(lag, func() {
		w.mode = w.autoscaler.Spec.Mode
		generation := w.autoscaler.Generation
		w.autoscaler.Status.ObservedGeneration = &generation
		w.autoscaler.Status.Shadow = nil
		if w.mode == v1alpha1.ModeShadow {
			w.autoscaler.Status.Shadow = &v1alpha1.ShadowStatus{DesiredReplicas: 4}
		}
		w.bump()
	})
}

func (w *world) PatchScaler(_ context.Context, _ *unstructured.Unstructured, patch []byte) error {
	return w.call("pause", func() error {
		var p struct {
			Metadata struct{ Annotations map[string]*string }
		}
		if err := json.Unmarshal(patch, &p); err != nil {
			return err
		}
		object := w.scalers[kindScaledObject]
		annotations := object.GetAnnotations()
		delete(annotations, pausedAnnotation)
		if value := p.Metadata.Annotations[pausedAnnotation]; value != nil {
			annotations[pausedAnnotation] = *value
		}
		object.SetAnnotations(annotations)
		w.after(derivedLag, w.reconcile)
		return nil
	})
}

func (w *world) CreateScaler(_ context.Context, object *unstructured.Unstructured) error {
	return w.call("create", func() error {
		if w.scalers[kindHPA] != nil {
			return apierrors.NewAlreadyExists(schema.GroupResource{}, "web")
		}
		created := object.DeepCopy()
		created.SetUID(types.UID(fmt.Sprint("u", w.version)))
		w.scalers[kindHPA] = created
		return nil
	})
}

func (w *world) DeleteScaler(context.Context, *unstructured.Unstructured) error {
	return w.call("delete", func() error {
		delete(w.scalers, kindHPA)
		w.otherUntil = time.Now().Add(inFlight)
		return nil
	})
}

// run carries out a command, as a new process does.
func (w *world) run(undo bool) error {
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	r := &run{api: w, name: "web", undo: undo, settle: 15 * time.Second, poll: time.Second, now: time.Now, report: func(Step, time.Duration) {}}
	defer synctest.Wait() // for what the controllers do at this instant
	return r.all(ctx)
}
