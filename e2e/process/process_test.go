package process_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/process"
)

func TestADeathIsReportedWithTheEndOfTheLog(t *testing.T) {
	p, err := process.Start(process.Spec{Name: "victim", Path: "/bin/sh", Args: []string{"-c", "echo first; echo last words >&2; exit 3"}, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	var exit *process.ExitError
	if !errors.As(p.Err(), &exit) {
		t.Fatalf("Err() = %v, want an ExitError", p.Err())
	}
	for _, want := range []string{"victim ended", "exit status 3", "last words", "victim.log"} {
		if !strings.Contains(exit.Error(), want) {
			t.Errorf("error %q does not mention %q", exit, want)
		}
	}
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	dir := t.TempDir()
	script := `sh -c 'trap "" TERM; while :; do sleep 0.05; done' & echo $! > child; trap "exit 0" TERM; while :; do sleep 0.05; done`
	p, err := process.Start(process.Spec{Name: "parent", Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir, Grace: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	child := waitForPID(t, filepath.Join(dir, "child"))
	if p.Err() != nil {
		t.Fatalf("Err() = %v while it runs, want nil", p.Err())
	}
	p.Stop(t.Context())
	if p.Err() == nil {
		t.Error("Err() = nil after Stop")
	}
	waitUntilGone(t, child)
}

func TestAProcessThatIgnoresSIGTERMIsKilledAfterTheGrace(t *testing.T) {
	script := `trap "" TERM; echo ready > ready; while :; do sleep 0.05; done`
	dir := t.TempDir()
	p, err := process.Start(process.Spec{Name: "stubborn", Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir, Grace: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	waitForFile(t, filepath.Join(dir, "ready"))
	p.Stop(t.Context())
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Err() = %v, want it killed", err)
	}
}

func TestTailOfWhatIsNotThere(t *testing.T) {
	if got := process.Tail(filepath.Join(t.TempDir(), "none"), 5); got != "" {
		t.Errorf("Tail = %q, want nothing", got)
	}
}

func waitForFile(t *testing.T, path string) string {
	t.Helper()
	return eventually(t, path+" to be written", func() (string, bool) {
		content, err := os.ReadFile(path)
		return strings.TrimSpace(string(content)), err == nil && len(content) > 0
	})
}

func waitForPID(t *testing.T, path string) int {
	t.Helper()
	pid := 0
	for _, digit := range waitForFile(t, path) {
		pid = pid*10 + int(digit-'0')
	}
	return pid
}

func waitUntilGone(t *testing.T, pid int) {
	t.Helper()
	eventually(t, "the child to be gone", func() (struct{}, bool) {
		return struct{}{}, errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	})
}

func eventually[T any](t *testing.T, what string, ready func() (T, bool)) T {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if value, ok := ready(); ok {
			return value
		}
		select {
		case <-deadline:
			t.Fatalf("waited 20 s for %s", what)
		case <-tick.C:
		}
	}
}
