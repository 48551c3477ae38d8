package takeover

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// TestEveryCrashPoint kills a take-over, and then its undoing, at each request in three ways: before its effect, after it without the
// answer, and by a conflict. After each the same command continues, or the opposite one goes back. Both controllers can never write,
// and in the end the original is restored byte for byte.
func TestEveryCrashPoint(t *testing.T) {
	for _, kind := range []string{kindHPA, kindScaledObject} {
		for _, undoing := range []bool{false, true} {
			for way, name := range []string{"before", "after", "conflict"} {
				for _, back := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/undo=%t/%s/back=%t", kind, undoing, name, back), func(t *testing.T) {
						points := 0
						for kill, killed := 1, true; killed; kill++ {
							synctest.Test(t, func(t *testing.T) { killed = crash(t, newWorld(t, kind), undoing, kill, way, back) })
							points++
						}
						if points < 8 {
							t.Errorf("%d requests, want those of all steps", points)
						}
					})
				}
			}
		}
	}
}

// crash reports whether the request to kill was reached.
func crash(t *testing.T, w *world, undoing bool, kill, way int, back bool) (killed bool) {
	kind := kindHPA
	if w.scalers[kindScaledObject] != nil {
		kind = kindScaledObject
	}
	before := text(t, original(w.scalers[kind]))
	if undoing {
		must(t, w.run(false))
	}
	w.calls, w.kill, w.way = 0, kill, way
	err := w.run(undoing)
	if killed = w.calls >= kill; way != 2 && killed && !errors.Is(err, errKilled) {
		t.Fatalf("request %d: %v, want the kill", kill, err)
	}
	w.kill = -1
	if way == 2 && err != nil { // a conflict of a read ends the command
		must(t, w.run(undoing))
	}
	time.Sleep(time.Duration(kill%4) * time.Second) // so that the next process finds other states
	synctest.Wait()
	switch recorded := w.autoscaler.Annotations[v1alpha1.AnnotationTakenOver] != ""; {
	case !back && (!undoing || recorded):
		must(t, w.run(undoing))
	case back && !undoing && recorded, back && undoing:
		must(t, w.run(!undoing))
	}
	if w.autoscaler.Annotations[v1alpha1.AnnotationTakenOver] != "" { // it is taken over
		if w.mode != v1alpha1.ModeEnforce || w.scalers[kindHPA] != nil || w.scalers["derived"] != nil {
			t.Fatalf("request %d: taken over with mode %s and %v", kill, w.mode, w.scalers)
		}
		must(t, w.run(true))
	}
	time.Sleep(time.Minute)
	synctest.Wait()
	if w.mode != v1alpha1.ModeShadow || w.scalers[kind] == nil {
		t.Fatalf("request %d: not undone: mode %s, %v", kill, w.mode, w.scalers)
	}
	if diff := cmp.Diff(before, text(t, original(w.scalers[kind]))); diff != "" {
		t.Fatalf("request %d: restored (-want +got):\n%s", kill, diff)
	}
	return killed
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, object map[string]any) string {
	encoded, err := json.Marshal(object)
	must(t, err)
	return string(encoded)
}
