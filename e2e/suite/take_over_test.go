package suite

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/testcluster"
)

// hpaOfWeb has a label and an annotation, which must survive an undone take-over.
const hpaOfWeb = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, labels: {team: shop}, annotations: {note: "peak < 9 & tested"}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 20
  metrics: [` + halfTheCPU + `]
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
`

// taker is a user with the Role of docs/take-over.md.
const taker = "taker"

// TestTakeOver takes over from an HPA and goes back, at first at a constant load: no count changes. Then the load changes, and the commands
// are killed at steps, in the long form at each one in three ways, and started again. The audit log has no write of one controller while the
// other one scales, and the HPA is the same in the end.
func TestTakeOver(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.applyObject(hpaOfWeb)
	s.apply(autoscaler("web", `
  mode: Shadow
  minReplicas: 1
  maxReplicas: 20
  metrics: [`+halfTheCPU+`]
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
`))
	s.allowTaker()
	s.load("web", cores(0.285))
	s.scalesTo("web", 6)
	manifest := s.manifest()
	s.steadyTakeOver(manifest)
	s.changeLoad()
	killed, undone := []ending{{"Stop", during}}, []ending{{"Restore", during}}
	if *testcluster.Long {
		killed = endings("Agree", "Record", "Stop", "Settle", "Enforce", "Verify")
		undone = endings("Watch", "Release", "Restore", "Finish")
	}
	for i := range max(len(killed), len(undone)) {
		s.takeOverAndBack(killed[i%len(killed)], undone[i%len(undone)], manifest)
	}
	turns := 1 + max(len(killed), len(undone))
	if changes := s.writerChanges(); changes > 2*turns {
		t.Errorf("the writer changed %d times in %d take-overs that were undone", changes, turns)
	}
	t.Logf("%d take-overs and their undoing, %d changes of the writer, %d writes", turns, s.writerChanges(), len(s.scaleWrites()))
}

// endings are those at each of the steps in each way.
func endings(steps ...string) (all []ending) {
	for _, step := range steps {
		for _, way := range ways {
			all = append(all, ending{step, way})
		}
	}
	return all
}

// allowTaker gives the user the rights that docs/take-over.md has.
func (s *story) allowTaker() {
	s.t.Helper()
	page, err := os.ReadFile("../../docs/take-over.md")
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\nkind: Role\n")
	role, _, found := strings.Cut(rest, "```")
	if !found {
		s.t.Fatal("docs/take-over.md has no Role")
	}
	s.applyObject("kind: Role\n" + strings.ReplaceAll(role, "namespace: shop", "namespace: "+s.namespace))
	s.applyObject(`
kind: RoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: taker}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: flyball-take-over}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ` + taker + `}]
`)
}

// steadyTakeOver fails where the switch itself, there or back, writes a count.
func (s *story) steadyTakeOver(manifest string) {
	s.t.Helper()
	begun := time.Now()
	there, _ := s.interrupted(ending{}, "take-over", "web", "--force", "--settle=3s")
	s.staysAt(6, 3*second)
	back, _ := s.interrupted(ending{}, "take-over", "web", "--undo")
	s.staysAt(6, 3*second)
	s.isRestored(manifest)
	for _, w := range s.scaleWrites() {
		if w.time.After(begun) {
			s.t.Errorf("%s wrote %d replicas at a constant load", w.user, w.replicas)
		}
	}
	s.t.Logf("at a constant load, without a write:\n%s%s", there, back)
}

// takeOverAndBack ends the command and its undoing early, and starts them again, while the load changes.
func (s *story) takeOverAndBack(killed, undone ending, manifest string) {
	s.t.Helper()
	begun := time.Now()
	s.twice(killed, "--force", "--settle=3s")
	taken := time.Now()
	if _, err := s.kubectl("get", "hpa", "web"); err == nil {
		s.t.Fatal("the HPA exists beside an autoscaler that enforces")
	}
	s.checkWriter("horizontal-pod-autoscaler", begun, taken, false)
	s.writes("flyball-autoscaler", taken)
	leaving := time.Now()
	s.checkWriter("horizontal-pod-autoscaler", taken, leaving, true)
	s.twice(undone, "--undo")
	s.isRestored(manifest)
	left := time.Now()
	s.writes("horizontal-pod-autoscaler", left)
	s.checkWriter("flyball-autoscaler", left, time.Now(), true)
}

func (s *story) isRestored(manifest string) {
	s.t.Helper()
	if restored := s.manifest(); restored != manifest {
		s.t.Fatalf("the HPA is restored as\n%s\nwant\n%s", restored, manifest)
	}
}

// changeLoad alternates the load until the test ends.
func (s *story) changeLoad() {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	s.t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		ticker := time.NewTicker(8 * time.Second)
		defer ticker.Stop()
		for phase := 0; ; phase++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			// An error is of the end of the test, or shows as a count that is not reached.
			_ = s.Load.Set(ctx, s.namespace, "web", cores([]float64{0.145, 0.285}[phase%2]))
		}
	}()
}

// manifest is the HPA without what the API server sets.
func (s *story) manifest() string {
	s.t.Helper()
	out, err := s.kubectl("get", "hpa", "web", "-o", "jsonpath={.spec}{.metadata.labels}{.metadata.annotations}")
	if err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	return out
}

// twice runs flyball take-over, which ends early, and runs it again.
func (s *story) twice(early ending, flags ...string) {
	s.t.Helper()
	arguments := append([]string{"take-over", "web"}, flags...)
	printed, killed := s.interrupted(early, arguments...)
	s.t.Logf("%s, %s the request (killed: %t):\n%s", early.step, early.way, killed, printed)
	if killed && !s.isUndone(flags) {
		printed, _ = s.interrupted(ending{}, arguments...)
		s.t.Logf("again:\n%s", printed)
	}
}

// isUndone reports whether a command that was killed at its last request had undone all.
func (s *story) isUndone(flags []string) bool {
	return slices.Contains(flags, "--undo") && s.autoscaler("web").Annotations[v1alpha1.AnnotationTakenOver] == ""
}

// checkWriter fails the test where the account wrote in the time: at all, or else after a write of the other one.
func (s *story) checkWriter(account string, from, to time.Time, atAll bool) {
	s.t.Helper()
	other := false
	for _, w := range s.scaleWrites() {
		if w.time.Before(from) || w.time.After(to) || w.code != http.StatusOK {
			continue
		}
		if own := strings.HasSuffix(w.user, ":"+account); own && (atAll || other) {
			s.t.Errorf("%s wrote %d replicas at %s, between %s and %s", account, w.replicas, stamp(w.time), stamp(from), stamp(to))
		} else if !own {
			other = true
		}
	}
}

// writes waits for a write by the account after a time.
func (s *story) writes(account string, after time.Time) {
	s.t.Helper()
	s.eventually("a write by "+account, func() (bool, string) {
		all := s.scaleWrites()
		return slices.ContainsFunc(all, func(w scaleWrite) bool {
			return w.time.After(after) && w.code == http.StatusOK && strings.HasSuffix(w.user, ":"+account)
		}), fmt.Sprintf("%d writes", len(all))
	})
}

func stamp(t time.Time) string { return t.UTC().Format("15:04:05.000") }

// writerChanges counts how often another account writes than the one before.
func (s *story) writerChanges() (changes int) {
	last := ""
	for _, w := range s.scaleWrites() {
		if w.code == http.StatusOK && last != "" && w.user != last {
			changes++
		}
		if w.code == http.StatusOK {
			last = w.user
		}
	}
	return changes
}

// TestShadowBesideAnHPA compares both for 30 seconds of changing load, in the long form for 10 minutes, and requires a cause of each difference.
func TestShadowBesideAnHPA(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.applyObject(hpaOfWeb)
	s.apply(autoscaler("web", `
  mode: Shadow
  minReplicas: 1
  maxReplicas: 20
  metrics: [`+halfTheCPU+`]
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
`))
	s.changeLoad()
	span := int64(30)
	if *testcluster.Long {
		span = 600
	}
	for part := int64(10); part <= span; part += 10 {
		s.eventually(fmt.Sprintf("a comparison of %ds", part), func() (bool, string) {
			shadow := s.autoscaler("web").Status.Shadow
			if shadow == nil || shadow.Comparison == nil {
				return false, "no comparison"
			}
			return shadow.Comparison.ObservedSeconds >= part, fmt.Sprintf("%+v", shadow.Comparison)
		})
	}
	c := s.autoscaler("web").Status.Shadow.Comparison
	explained, differences := int64(0), int64(0)
	for _, cause := range c.Causes {
		explained += cause.Seconds
		differences += cause.Differences
	}
	if differed := c.ObservedSeconds - c.AgreedSeconds; differences != c.Differences || differed-explained > int64(len(c.Causes))+2 {
		t.Errorf("%d differences for %ds, of which %d for %ds are explained: %+v", c.Differences, differed, differences, explained, c.Causes)
	}
	out := exec.CommandContext(t.Context(), s.Binary("flyball"), "shadow", "report", "web", "--kubeconfig="+s.Kubeconfig, "--namespace="+s.namespace)
	text, _ := out.CombinedOutput() // the verdict on 30 seconds is to watch, with exit code 1
	t.Logf("flyball shadow report web:\n%s", text)
	if !strings.Contains(string(text), "Recommendation: ") {
		t.Error("no report")
	}
}
