package suite

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/faults"
	"flyball.dev/flyball/e2e/testcluster"
)

// crashPoint is where the autoscaler is killed while it opens or closes a window for an object.
type crashPoint struct {
	name    string
	closing bool
	// write is the number, from 1, of the write at which it is killed; 0 is after all of them.
	write int
	// done is true where the API server has done the write and only its answer is missing.
	done bool
}

// change is what happens while no autoscaler runs.
type change string

const (
	nothing change = "nothing happens"
	edited  change = "its owner edits it"
	deleted change = "the window is deleted"
)

// overridden is an object with 2 of something, which a window overrides with 10.
type overridden struct {
	resource schema.GroupVersionResource
	manifest string
	target   string
	field    string
	points   []crashPoint
}

// TestKilledAtEachWriteOfAnOverride kills the autoscaler with SIGKILL at each write with which it overrides or restores an
// object, lets something happen, and starts it again. The values from before the window, or those that the owner has
// written since, must be there after it. The short form has one of the changes at each point, in turn.
func TestKilledAtEachWriteOfAnOverride(t *testing.T) {
	env := exclusiveEnvironment(t)
	env.defineWidgets(t)
	atOnce := []crashPoint{
		{name: "before the bounds are set", write: 1},
		{name: "after the bounds are set, before its answer", write: 1, done: true},
		{name: "inside the window"},
		{name: "before the bounds are restored", closing: true, write: 1},
		{name: "after the bounds are restored, before its answer", closing: true, write: 1, done: true},
	}
	inSteps := []crashPoint{
		{name: "before the record", write: 1},
		{name: "between the record and the count", write: 2},
		{name: "after the count, before its answer", write: 2, done: true},
		{name: "between the count and the record's end", write: 3},
		{name: "inside the window"},
		{name: "before the record of restoring", closing: true, write: 1},
		{name: "between that record and the count", closing: true, write: 2},
		{name: "between the count and the end of the record", closing: true, write: 3},
		{name: "after the end of the record, before its answer", closing: true, write: 3, done: true},
	}
	autoscaler := env.runThroughProxy(t)
	for name, o := range map[string]overridden{
		"HPA": {hpas, fmt.Sprintf(hpa, 2, 20), webHPA, "minReplicas", atOnce},
		"any kind with a scale": {
			widgets, "\napiVersion: suite.example/v1\nkind: Widget\nmetadata: {name: web}\nspec: {replicas: 2}\n",
			"{kind: Widget, apiVersion: suite.example/v1, name: web}", "replicas", inSteps,
		},
	} {
		for i, p := range o.points {
			for j, c := range []change{nothing, edited, deleted} {
				if !*testcluster.Long && (i+j)%3 != 0 {
					continue
				}
				t.Run(name+"/"+p.name+"/"+string(c), func(t *testing.T) { env.newStory(t).crashesAt(autoscaler, &o, p, c) })
			}
		}
	}
}

func (s *story) crashesAt(autoscaler *crashable, o *overridden, p crashPoint, c change) {
	s.t.Helper()
	autoscaler.start(s.t)
	s.applyObject(o.manifest)
	window := scaleWindow(o.target, "minReplicas: 10, "+open())
	if p.closing || p.write == 0 {
		s.apply(window)
		s.isOverriddenTo(o, 10)
	}
	var hold *faults.Hold
	switch match := s.nthWrite(o, p.write); {
	case p.write == 0:
	case p.done:
		hold = autoscaler.proxy.HoldAnswer(match)
	default:
		hold = autoscaler.proxy.HoldRequest(match)
	}
	switch {
	case p.closing:
		s.suspend()
	case p.write > 0:
		s.apply(window)
	}
	if hold != nil {
		select {
		case <-hold.Reached():
		case <-time.After(20 * time.Second):
			s.t.Fatal("got no write to kill the autoscaler at")
		}
	}
	autoscaler.kill()

	want := int64(2)
	switch c {
	case edited:
		want = 4
		s.edit(o, want)
	case deleted:
		s.deleteWindow()
	}
	autoscaler.start(s.t)
	if c == nothing && !p.closing {
		s.isOverriddenTo(o, 10)
	}
	if c != deleted && !p.closing {
		s.sees(o)
		s.suspend()
	}
	s.isRestoredTo(o, want)
}

// TestWindowEdgesWithoutAnAutoscaler kills the autoscaler before a window's start or inside the window, and starts it after the end.
func TestWindowEdgesWithoutAnAutoscaler(t *testing.T) {
	env := exclusiveEnvironment(t)
	o := &overridden{resource: hpas, manifest: fmt.Sprintf(hpa, 2, 20), target: webHPA, field: "minReplicas"}
	autoscaler := env.runThroughProxy(t)
	for name, inside := range map[string]bool{"before the start": false, "inside": true} {
		t.Run(name, func(t *testing.T) {
			s := env.newStory(t)
			autoscaler.start(t)
			s.applyObject(o.manifest)
			from := inSeconds(time.Second)
			to := from.Add(2 * time.Second)
			s.apply(scaleWindow(o.target, "minReplicas: 10, "+between(from, to)))
			if inside {
				s.isOverriddenTo(o, 10)
			}
			autoscaler.kill()
			time.Sleep(time.Until(to))
			if want := map[bool]int64{true: 10, false: 2}[inside]; s.value(o) != want {
				t.Fatalf("without an autoscaler it is %d, want %d", s.value(o), want)
			}
			autoscaler.start(t)
			s.eventually("the window's end in its status", func() (bool, string) {
				c := meta.FindStatusCondition(s.window("rush").Status.Conditions, v1alpha1.ConditionEffective)
				return c != nil && c.Reason == v1alpha1.ReasonExpired, fmt.Sprintf("%+v", c)
			})
			s.isRestoredTo(o, 2)
		})
	}
}

// sees waits until the new process has recorded the edit. An edit that it sees only after the window closes is restored as
// well, but that is another crash point.
func (s *story) sees(o *overridden) {
	s.t.Helper()
	s.eventually("a record without a pending write", func() (bool, string) {
		record := s.record(o.resource, "web")
		return record != "" && !strings.Contains(record, `"from"`), record
	})
}

// nthWrite matches the n-th write to the object web of the story.
func (s *story) nthWrite(o *overridden, n int) func(*http.Request) bool {
	path := "/namespaces/" + s.namespace + "/" + o.resource.Resource + "/web"
	return func(r *http.Request) bool {
		if r.Method == http.MethodGet || !strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/scale"), path) {
			return false
		}
		n--
		return n == 0
	}
}

func (s *story) value(o *overridden) int64 {
	s.t.Helper()
	value, _, err := unstructured.NestedInt64(s.object(o.resource, "web").Object, "spec", o.field)
	if err != nil {
		s.t.Fatal(err)
	}
	return value
}

// isOverriddenTo waits for the value, and for a record without a pending write.
func (s *story) isOverriddenTo(o *overridden, want int64) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%s of %d", o.field, want), func() (bool, string) {
		record := s.record(o.resource, "web")
		return s.value(o) == want && record != "" && !strings.Contains(record, `"from"`), fmt.Sprint(s.value(o), " ", record)
	})
}

// isRestoredTo waits until the object has no record, and checks the value: any other value was restored wrongly.
func (s *story) isRestoredTo(o *overridden, want int64) {
	s.t.Helper()
	s.eventually("object without a record", func() (bool, string) {
		return s.record(o.resource, "web") == "", fmt.Sprint(s.value(o), " ", s.record(o.resource, "web"))
	})
	if got := s.value(o); got != want {
		s.t.Errorf("%s is %d, want %d", o.field, got, want)
	}
}

func (s *story) edit(o *overridden, to int64) {
	s.t.Helper()
	_, err := s.Dynamic.Resource(o.resource).Namespace(s.namespace).Patch(s.t.Context(), "web", types.MergePatchType,
		fmt.Appendf(nil, `{"spec":{%q:%d}}`, o.field, to), metav1.PatchOptions{FieldManager: "owner"})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) deleteWindow() {
	s.t.Helper()
	if err := s.API.AutoscalingV1alpha1().ScaleWindows(s.namespace).Delete(s.t.Context(), "rush", metav1.DeleteOptions{}); err != nil {
		s.t.Fatal(err)
	}
}
