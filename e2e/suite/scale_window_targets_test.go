package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/testcluster"
)

var (
	hpas        = schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}
	cronJobs    = schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "cronjobs"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	widgets     = schema.GroupVersionResource{Group: "suite.example", Version: "v1", Resource: "widgets"}
)

// TestScaleWindowsOfOtherKinds runs windows for objects of other controllers in parallel.
func TestScaleWindowsOfOtherKinds(t *testing.T) {
	testcluster.Parallel(t)
	for name, run := range map[string]func(s *story){
		"an HPA scales by a window's bounds":       anHPAScalesByAWindowsBounds,
		"a user edits an HPA inside the window":    aUserEditsAnHPA,
		"GitOps puts an HPA back, again and again": gitOpsPutsAnHPABack,
		"a Deployment has a count for a while":     aDeploymentHasACountForAWhile,
		"a CronJob is suspended and resumed":       aCronJobIsSuspendedAndResumed,
		"the API server rejects the bounds":        theAPIServerRejects,
	} {
		t.Run(name, func(t *testing.T) {
			run(parallelStory(t))
		})
	}
}

// hpa is one of web on ten requests a second for each pod.
const hpa = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, labels: {tier: front}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: %d
  maxReplicas: %d
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
`

// scaleWindow is one named rush; fields are more of its spec.
func scaleWindow(targets, fields string) string {
	return fmt.Sprintf("\nkind: ScaleWindow\nmetadata: {name: rush}\nspec: {targets: [%s], %s}\n", targets, fields)
}

const webHPA = "{kind: HorizontalPodAutoscaler, name: web}"

func anHPAScalesByAWindowsBounds(s *story) {
	s.deploy("web", 2)
	s.load("web", requests(17))
	s.applyObject(fmt.Sprintf(hpa, 1, 20))
	from := inSeconds(4 * time.Second)
	to := from.Add(20 * time.Second)
	s.apply(scaleWindow("{kind: HorizontalPodAutoscaler, selector: {matchLabels: {tier: front}}}", "minReplicas: 5, "+between(from, to)))

	s.boundsChange([2]int64{1, 20}, [2]int64{5, 20}, from)
	s.scalesTo("web", 5) // by kube-controller-manager
	s.appliedIs(metav1.ConditionTrue, v1alpha1.ReasonApplied, "")
	s.boundsChange([2]int64{5, 20}, [2]int64{1, 20}, to)
	s.scalesTo("web", 2)
	s.hasNoRecord(hpas, "web")
	s.hasEventOf("HorizontalPodAutoscaler", v1alpha1.EventWindowApplied, "ScaleWindow/rush set minReplicas from 1 to 5")
	s.hasEventOf("HorizontalPodAutoscaler", v1alpha1.EventWindowRestored, "ScaleWindow/rush restored minReplicas from 5 to 1")
	s.hasEventOnce(v1alpha1.EventWindowApplied, v1alpha1.EventWindowRestored)
}

func aUserEditsAnHPA(s *story) {
	s.applyObject(fmt.Sprintf(hpa, 2, 20))
	s.apply(scaleWindow(webHPA, "minReplicas: 10, maxReplicas: 40, "+open()))
	s.boundsAre(10, 40)
	if out, err := s.kubectl("patch", "hpa", "web", "--type=merge", "-p", `{"spec":{"minReplicas":4}}`); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	s.appliedIs(metav1.ConditionFalse, v1alpha1.ReasonManualOverride, "HorizontalPodAutoscaler/web: minReplicas was edited to 4")
	s.hasEventOf("HorizontalPodAutoscaler", v1alpha1.EventManualOverride, "was changed to 4")
	s.hasEventOf("HorizontalPodAutoscaler", v1alpha1.EventManualOverride, "kubectl")
	s.boundsAre(4, 40)
	s.suspend()
	s.boundsAre(4, 20)
	s.hasNoRecord(hpas, "web")
}

// gitOpsPutsAnHPABack applies the manifest from Git again and again, as the self-heal of Argo CD does.
func gitOpsPutsAnHPABack(s *story) {
	inGit := fmt.Sprintf(hpa, 2, 20)
	s.applyObject(inGit)
	s.apply(scaleWindow(webHPA, "minReplicas: 10, "+open()))
	s.boundsAre(10, 20)
	s.applyObject(inGit)
	s.appliedIs(metav1.ConditionFalse, v1alpha1.ReasonManualOverride, "")
	written := s.object(hpas, "web").GetGeneration()
	for range 20 {
		s.applyObject(inGit)
		time.Sleep(100 * time.Millisecond)
	}
	if now := s.object(hpas, "web").GetGeneration(); now != written {
		s.t.Errorf("got %d writes of the spec after the manual override, want none", now-written)
	}
	s.boundsAre(2, 20)
	s.hasEventOnce(v1alpha1.EventWindowApplied, v1alpha1.EventManualOverride)
	s.suspend()
	s.eventually("object without a record", func() (bool, string) { return s.record(hpas, "web") == "", s.record(hpas, "web") })
	s.boundsAre(2, 20)
}

func aDeploymentHasACountForAWhile(s *story) {
	s.deploy("web", 2)
	from := inSeconds(3 * time.Second)
	to := from.Add(5 * time.Second)
	s.apply(scaleWindow("{kind: Deployment, name: web}", "replicas: 5, "+between(from, to)))
	s.changesTo("web", 2, 5, from)
	s.changesTo("web", 5, 2, to)
	s.hasNoRecord(deployments, "web")

	// A window does not apply to a Deployment that an HPA scales.
	s.apply(scaleWindow("{kind: Deployment, name: web}", "replicas: 5, "+open()))
	s.eventually("5 replicas", func() (bool, string) { asked, _ := s.replicas("web"); return asked == 5, fmt.Sprint(asked) })
	s.applyObject(fmt.Sprintf(hpa, 3, 4))
	s.appliedIs(metav1.ConditionFalse, v1alpha1.ReasonConflictingController, "Deployment/web: HorizontalPodAutoscaler/web scales it")
	s.hasNoRecord(deployments, "web")
	s.eventually("the HPA's bounds", func() (bool, string) { asked, _ := s.replicas("web"); return asked == 3, fmt.Sprint(asked) })
}

func aCronJobIsSuspendedAndResumed(s *story) {
	for name, suspended := range map[string]bool{"works": false, "rests": true} {
		s.applyObject(fmt.Sprintf(`
apiVersion: batch/v1
kind: CronJob
metadata: {name: %s}
spec:
  schedule: "0 0 1 1 *"
  suspend: %t
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: simulated}]}}}}
`, name, suspended))
	}
	from := inSeconds(3 * time.Second)
	to := from.Add(4 * time.Second)
	s.apply(scaleWindow("{kind: CronJob, name: works}", "replicas: 0, "+between(from, to)))
	s.apply(strings.Replace(scaleWindow("{kind: CronJob, name: rests}", "minReplicas: 1, "+between(from, to)), "rush", "run", 1))
	suspends := func(name string, want bool, when string) {
		s.eventually(when, func() (bool, string) {
			suspended, _, err := unstructured.NestedBool(s.object(cronJobs, name).Object, "spec", "suspend")
			return err == nil && suspended == want, fmt.Sprint(name, " suspended: ", suspended)
		})
	}
	time.Sleep(time.Until(from))
	suspends("works", true, "suspended in the window")
	suspends("rests", false, "running in the window")
	if time.Now().After(to) {
		s.t.Fatal("the window has closed before the check")
	}
	time.Sleep(time.Until(to))
	suspends("works", false, "resumed after the window")
	suspends("rests", true, "suspended after the window")
	s.hasNoRecord(cronJobs, "works")
	s.hasNoRecord(cronJobs, "rests")
}

// theAPIServerRejects minReplicas 0 for an HPA that scales on CPU alone. The condition of the window has the error, and the
// window applies to its other targets.
func theAPIServerRejects(s *story) {
	s.applyObject(fmt.Sprintf(hpa, 2, 20))
	s.applyObject(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: cpu}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cpu}
  minReplicas: 2
  maxReplicas: 20
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
`)
	s.apply(scaleWindow("{kind: HorizontalPodAutoscaler, name: cpu}, {kind: Deployment, name: gone}", "minReplicas: 0, maxReplicas: 3, "+open()))
	s.appliedIs(metav1.ConditionFalse, v1alpha1.ReasonUpdateRejected, "at least one Object or External metric")
	s.suspend()
	s.appliedIs(metav1.ConditionTrue, v1alpha1.ReasonApplied, "")

	for targets, words := range map[string]string{
		webHPA:                    "does not accept a maxReplicas of 0",
		"{kind: Widget, name: w}": "kind Widget needs its apiVersion",
		"{kind: Job, apiVersion: batch/v1, name: j}": "a Job has no scale",
	} {
		s.apply(strings.Replace(scaleWindow(targets, "replicas: 0, "+open()), "rush", "refused", 1))
		s.eventually("rejection with "+words, func() (bool, string) {
			accepted := meta.FindStatusCondition(s.window("refused").Status.Conditions, v1alpha1.ConditionAccepted)
			return accepted != nil && accepted.Status == metav1.ConditionFalse && strings.Contains(accepted.Message, words), fmt.Sprintf("%+v", accepted)
		})
	}
}

// open has the times of a window that is open now, and for longer than any story.
func open() string { return between(time.Now().Add(-time.Minute), time.Now().Add(time.Hour)) }

// suspend closes the window rush.
func (s *story) suspend() {
	s.t.Helper()
	_, err := s.API.AutoscalingV1alpha1().ScaleWindows(s.namespace).Patch(
		s.t.Context(), "rush", types.MergePatchType, []byte(`{"spec":{"suspend":true}}`), metav1.PatchOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) object(resource schema.GroupVersionResource, name string) *unstructured.Unstructured {
	s.t.Helper()
	got, err := s.Dynamic.Resource(resource).Namespace(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// bounds of the HPA web.
func (s *story) bounds() [2]int64 {
	s.t.Helper()
	spec := s.object(hpas, "web").Object["spec"].(map[string]any)
	return [2]int64{spec["minReplicas"].(int64), spec["maxReplicas"].(int64)}
}

func (s *story) boundsAre(least, most int64) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("bounds of %d to %d", least, most), func() (bool, string) {
		got := s.bounds()
		return got == [2]int64{least, most}, fmt.Sprint(got)
	})
}

// boundsChange checks that the HPA has one pair of bounds until an edge, and another within [onTime] after it.
func (s *story) boundsChange(before, after [2]int64, edge time.Time) {
	s.t.Helper()
	for {
		got := s.bounds()
		seen := time.Now()
		switch {
		case got == after && !seen.Before(edge):
			s.t.Logf("the bounds became %v within %s of the edge", after, seen.Sub(edge).Round(time.Millisecond))
			return
		case got != before || seen.Sub(edge) > onTime:
			s.t.Fatalf("the bounds are %v %s after the edge, want %v before it and %v within %s", got, seen.Sub(edge), before, after, onTime)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// appliedIs waits for the condition Applied of the window rush.
func (s *story) appliedIs(status metav1.ConditionStatus, reason, words string) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("Applied %s for %s with %q", status, reason, words), func() (bool, string) {
		c := meta.FindStatusCondition(s.window("rush").Status.Conditions, v1alpha1.ConditionApplied)
		return c != nil && c.Status == status && c.Reason == reason && strings.Contains(c.Message, words), fmt.Sprintf("%+v", c)
	})
}

// record has the original values that a window has recorded on an object; empty where none are.
func (s *story) record(resource schema.GroupVersionResource, name string) string {
	s.t.Helper()
	object := s.object(resource, name)
	return object.GetAnnotations()[v1alpha1.AnnotationOriginalValues] + object.GetLabels()[v1alpha1.LabelOverridden]
}

func (s *story) hasNoRecord(resource schema.GroupVersionResource, name string) {
	s.t.Helper()
	s.eventually("no record on "+name, func() (bool, string) { return s.record(resource, name) == "", s.record(resource, name) })
}
