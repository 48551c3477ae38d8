package suite

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/faults"
)

// crashPoint is where the autoscaler is killed, while it opens or closes a window for an object.
type crashPoint struct {
	name    string
	closing bool
	// write is the one that it dies at, counted from 1; 0 for when all are done.
	write int
	// done says that the API server has done the write, and only its answer did not come.
	done bool
}

// meanwhile is what happens while nobody runs.
type meanwhile string

const (
	nothing meanwhile = "nothing happens"
	edited  meanwhile = "its owner edits it"
	deleted meanwhile = "the window is deleted"
)

// lender is an object that a window borrows of: 2 of something, where the window wants 10.
type lender struct {
	resource schema.GroupVersionResource
	manifest string
	target   string
	field    string
	points   []crashPoint
}

// TestKilledAtEachStep kills the autoscaler with SIGKILL at each step of borrowing and giving back, lets something happen,
// and starts it again: what was there before the window, or what the owner wrote since, is there after it.
func TestKilledAtEachStep(t *testing.T) {
	w := oneByOne(t)
	w.defineWidgets(t)
	atOnce := []crashPoint{
		{name: "before the bounds are set", write: 1},
		{name: "after the bounds are set, before it knows", write: 1, done: true},
		{name: "inside the window"},
		{name: "before the bounds are given back", closing: true, write: 1},
		{name: "after the bounds are given back, before it knows", closing: true, write: 1, done: true},
	}
	oneByOne := []crashPoint{
		{name: "before the record", write: 1},
		{name: "between the record and the count", write: 2},
		{name: "after the count, before it knows", write: 2, done: true},
		{name: "between the count and the record's end", write: 3},
		{name: "inside the window"},
		{name: "before the record of giving back", closing: true, write: 1},
		{name: "between that record and the count", closing: true, write: 2},
		{name: "between the count and the end of the record", closing: true, write: 3},
		{name: "after the end of the record, before it knows", closing: true, write: 3, done: true},
	}
	w.runThroughProxy(t)
	for name, l := range map[string]lender{
		"HPA": {hpas, fmt.Sprintf(hpa, 2, 20), webHPA, "minReplicas", atOnce},
		"any kind with a scale": {
			widgets, "\napiVersion: suite.example/v1\nkind: Widget\nmetadata: {name: web}\nspec: {replicas: 2}\n",
			"{kind: Widget, apiVersion: suite.example/v1, name: web}", "replicas", oneByOne,
		},
	} {
		for _, p := range l.points {
			for _, m := range []meanwhile{nothing, edited, deleted} {
				t.Run(name+"/"+p.name+"/"+string(m), func(t *testing.T) { w.newStory(t).diesAt(&l, p, m) })
			}
		}
	}
}

func (s *story) diesAt(l *lender, p crashPoint, m meanwhile) {
	crashing.start(s.t)
	s.applyObject(l.manifest)
	window := scaleWindow(l.target, "minReplicas: 10, "+open())
	if p.closing || p.write == 0 {
		s.apply(window)
		s.isSettledAt(l, 10)
	}
	var hold *faults.Hold
	switch match := s.nthWrite(l, p.write); {
	case p.write == 0:
	case p.done:
		hold = crashing.proxy.HoldAnswer(match)
	default:
		hold = crashing.proxy.HoldRequest(match)
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
			s.t.Fatal("the write that it should die at did not come")
		}
	}
	crashing.kill()

	want := int64(2)
	switch m {
	case edited:
		want = 4
		s.edit(l, want)
	case deleted:
		s.deleteWindow()
	}
	crashing.start(s.t)
	if m == nothing && !p.closing {
		s.isSettledAt(l, 10)
	}
	if m != deleted && !p.closing {
		s.looked(l)
		s.suspend()
	}
	s.isBack(l, want)
}

// TestNobodyRunsAtTheEdges kills the autoscaler before a window's start or inside the window, and starts it after the end.
func TestNobodyRunsAtTheEdges(t *testing.T) {
	w := oneByOne(t)
	l := &lender{resource: hpas, manifest: fmt.Sprintf(hpa, 2, 20), target: webHPA, field: "minReplicas"}
	w.runThroughProxy(t)
	for name, inside := range map[string]bool{"before the start": false, "inside": true} {
		t.Run(name, func(t *testing.T) {
			s := w.newStory(t)
			crashing.start(t)
			s.applyObject(l.manifest)
			from := inSeconds(time.Second)
			to := from.Add(2 * time.Second)
			s.apply(scaleWindow(l.target, "minReplicas: 10, "+between(from, to)))
			if inside {
				s.isSettledAt(l, 10)
			}
			crashing.kill()
			time.Sleep(time.Until(to))
			if want := map[bool]int64{true: 10, false: 2}[inside]; s.value(l) != want {
				t.Fatalf("while nobody runs it is %d, want %d", s.value(l), want)
			}
			crashing.start(t)
			s.eventually("the window's end in its status", func() (bool, string) {
				c := meta.FindStatusCondition(s.window("rush").Status.Conditions, v1alpha1.ConditionEffective)
				return c != nil && c.Reason == v1alpha1.ReasonExpired, fmt.Sprintf("%+v", c)
			})
			s.isBack(l, 2)
		})
	}
}

// looked waits until the new process has seen the edit: what it has not seen before the window closes is given back just as
// well, but that is another crash point.
func (s *story) looked(l *lender) {
	s.t.Helper()
	s.eventually("a record that says how things are", func() (bool, string) {
		record := s.borrowed(l.resource, "web")
		return record != "" && !strings.Contains(record, `"from"`), record
	})
}

// crashing is the autoscaler that is killed, and the proxy through which it talks with the API server.
var crashing struct {
	proxy      *faults.APIServer
	kubeconfig string
	kill       func()
	start      func(t *testing.T)
}

// runThroughProxy has the autoscaler talk through a proxy, without a lease: nobody would give it back.
func (w *world) runThroughProxy(t *testing.T) {
	config, err := clientcmd.LoadFromFile(w.Flyball.Autoscaler.File("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := faults.StartAPIServer(w.Config, config.AuthInfos[config.Contexts[config.CurrentContext].AuthInfo].Token)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range config.Clusters {
		c.Server, c.CertificateAuthority = proxy.URL, ""
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	w.outside(t).stopAutoscaler()
	running := false
	crashing.proxy = proxy
	crashing.kill = func() {
		w.Flyball.Autoscaler.Kill()
		running = false
	}
	crashing.start = func(t *testing.T) {
		t.Helper()
		if running {
			return
		}
		w.outside(t).startAutoscaler("--kubeconfig="+path, "--leader-elect=false")
		running = true
	}
	t.Cleanup(func() {
		crashing.kill()
		proxy.Close()
		w.outside(t).startAutoscaler()
	})
}

// nthWrite matches the n-th write to the object web of the story.
func (s *story) nthWrite(l *lender, n int) func(*http.Request) bool {
	path := "/namespaces/" + s.namespace + "/" + l.resource.Resource + "/web"
	return func(r *http.Request) bool {
		if r.Method == http.MethodGet || !strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/scale"), path) {
			return false
		}
		n--
		return n == 0
	}
}

func (s *story) value(l *lender) int64 {
	s.t.Helper()
	value, _, err := unstructured.NestedInt64(s.object(l.resource, "web").Object, "spec", l.field)
	if err != nil {
		s.t.Fatal(err)
	}
	return value
}

// isSettledAt waits for the value, and for a record without the note of a write to come.
func (s *story) isSettledAt(l *lender, want int64) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%s of %d", l.field, want), func() (bool, string) {
		record := s.borrowed(l.resource, "web")
		return s.value(l) == want && record != "" && !strings.Contains(record, `"from"`), fmt.Sprint(s.value(l), " ", record)
	})
}

// isBack waits until nothing is borrowed, and checks the value: no other may come before it, or it was given back wrongly.
func (s *story) isBack(l *lender, want int64) {
	s.t.Helper()
	s.eventually("nothing borrowed", func() (bool, string) {
		return s.borrowed(l.resource, "web") == "", fmt.Sprint(s.value(l), " ", s.borrowed(l.resource, "web"))
	})
	if got := s.value(l); got != want {
		s.t.Errorf("%s is %d, want %d", l.field, got, want)
	}
}

func (s *story) edit(l *lender, to int64) {
	s.t.Helper()
	_, err := s.dynamic.Resource(l.resource).Namespace(s.namespace).Patch(s.t.Context(), "web", types.MergePatchType,
		fmt.Appendf(nil, `{"spec":{%q:%d}}`, l.field, to), metav1.PatchOptions{FieldManager: "owner"})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) deleteWindow() {
	s.t.Helper()
	if err := s.api.AutoscalingV1alpha1().ScaleWindows(s.namespace).Delete(s.t.Context(), "rush", metav1.DeleteOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

// defineWidgets defines a kind of which nothing is known but that it has a scale.
func (w *world) defineWidgets(t *testing.T) {
	t.Helper()
	definitions := w.dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	integer := map[string]any{"type": "object", "properties": map[string]any{"replicas": map[string]any{"type": "integer"}}}
	definition := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": "widgets.suite.example"},
		"spec": map[string]any{
			"group": "suite.example", "scope": "Namespaced", "names": map[string]any{"kind": "Widget", "plural": "widgets"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "properties": map[string]any{"spec": integer, "status": integer},
				}},
				"subresources": map[string]any{
					"status": map[string]any{},
					"scale":  map[string]any{"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
				},
			}},
		},
	}}
	if _, err := definitions.Create(t.Context(), definition, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	err := w.Wait(t.Context(), "widgets to be served", func(ctx context.Context) (bool, error) {
		_, err := w.dynamic.Resource(widgets).List(ctx, metav1.ListOptions{})
		return err == nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := definitions.Delete(context.WithoutCancel(t.Context()), definition.GetName(), metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}
