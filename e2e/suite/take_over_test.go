package suite

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

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

// ending is a way in which a command ends early: at a step, after a delay, by a signal.
type ending struct {
	step   string
	delay  time.Duration
	signal syscall.Signal
}

// TestTakeOver takes over from an HPA and goes back while the load changes. The commands are killed at steps, in the long form at each one in
// three ways, and started again. The audit log has no write of one controller while the other one scales, and the HPA is the same in
// the end.
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
	s.load("web", cores(0.285))
	s.scalesTo("web", 6)
	s.changeLoad()
	before := s.manifest()
	killed := []ending{{"Stop", 100 * time.Millisecond, syscall.SIGKILL}}
	undone := []ending{{"Restore", 0, syscall.SIGKILL}}
	if *testcluster.Long {
		killed, undone = nil, nil
		for _, step := range []string{"Agree", "Record", "Stop", "Settle", "Enforce", "Verify"} {
			killed = append(killed, ending{step, 0, syscall.SIGKILL}, ending{step, 50 * time.Millisecond, syscall.SIGKILL}, ending{step, 0, syscall.SIGINT})
		}
		for _, step := range []string{"Watch", "Release", "Restore", "Finish"} {
			undone = append(undone, ending{step, 0, syscall.SIGKILL}, ending{step, 50 * time.Millisecond, syscall.SIGKILL}, ending{step, 0, syscall.SIGINT})
		}
	}
	turns := 0
	for i := range max(len(killed), len(undone)) {
		begun := time.Now()
		s.takeOver(killed[i%len(killed)], "--force", "--settle=3s")
		taken := time.Now()
		if _, err := s.kubectl("get", "hpa", "web"); err == nil {
			t.Fatal("the HPA exists beside an autoscaler that enforces")
		}
		s.checkWriter("horizontal-pod-autoscaler", begun, taken, false)
		s.writes("flyball-autoscaler", taken)
		leaving := time.Now()
		s.checkWriter("horizontal-pod-autoscaler", taken, leaving, true)
		s.takeOver(undone[i%len(undone)], "--undo")
		if after := s.manifest(); after != before {
			t.Fatalf("the HPA is restored as\n%s\nwant\n%s", after, before)
		}
		left := time.Now()
		s.writes("horizontal-pod-autoscaler", left)
		s.checkWriter("flyball-autoscaler", left, time.Now(), true)
		turns++
	}
	if changes := s.writerChanges(); changes > 2*turns {
		t.Errorf("the writer changed %d times in %d take-overs that were undone", changes, turns)
	}
	t.Logf("%d take-overs and their undoing, %d changes of the writer, %d writes", turns, s.writerChanges(), len(s.scaleWrites()))
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

// takeOver runs flyball take-over, ends it early, and runs it again.
func (s *story) takeOver(early ending, flags ...string) {
	s.t.Helper()
	arguments := append([]string{"take-over", "web", "--kubeconfig=" + s.Kubeconfig, "--namespace=" + s.namespace}, flags...)
	command := exec.CommandContext(s.t.Context(), s.Binary("flyball"), arguments...)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), early.step) {
			time.Sleep(early.delay)
			_ = command.Process.Signal(early.signal) // it may have ended
		}
	}
	_ = command.Wait() // killed, or done before
	again := exec.CommandContext(s.t.Context(), s.Binary("flyball"), arguments...)
	text, err := again.CombinedOutput()
	if err != nil && !strings.Contains(string(text), "nothing was taken over, or it is undone") {
		s.t.Fatalf("again after %s: %v: %s", early.step, err, text)
	}
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
