package realnode_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/realnode"
	"flyball.dev/flyball/e2e/testcluster"
)

// ownerFolder is the variable that makes TestOwner run, with the folder for what it starts.
const ownerFolder = "FLYBALL_TEST_OWNER"

// TestOwner is the process that the next test kills.
func TestOwner(t *testing.T) {
	parent := os.Getenv(ownerFolder)
	if parent == "" {
		t.Skip("is run by TestADeadOwnerTakesTheNodeWithIt")
	}
	load := filepath.Join(parent, "load")
	if err := os.Mkdir(load, 0o755); err != nil {
		t.Fatal(err)
	}
	c, _ := start(t, parent)
	setLoad(t, load, 10)
	deploy(t, c, load, 2)
	if err := os.WriteFile(filepath.Join(parent, "running"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	select {}
}

func TestADeadOwnerTakesTheNodeWithIt(t *testing.T) {
	testcluster.ReserveRealNode(t)
	before, parent := footprint(t), t.TempDir()
	owner := exec.Command(os.Args[0], "-test.run=^TestOwner$", "-test.v", "-test.timeout=5m")
	owner.Env = append(os.Environ(), ownerFolder+"="+parent)
	output := &strings.Builder{}
	owner.Stdout, owner.Stderr = output, output
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var cause error
	go func() { cause = owner.Wait(); close(ended) }()
	within(t, 2*time.Minute, "the owner to run two burners", func() []string {
		select {
		case <-ended:
			t.Fatalf("the owner ended: %v\n%s", cause, output)
		default:
		}
		if _, err := os.Stat(filepath.Join(parent, "running")); err != nil {
			return []string{err.Error()}
		}
		return nil
	})
	running := strings.Join(footprint(t).without(before), "; ")
	for _, want := range []string{"process containerd as", "process kubelet as", "process burner as", "control group /sys/fs/cgroup/"} {
		if !strings.Contains(running, want) {
			t.Errorf("nothing like %q among what runs, so that its end would prove nothing: %s", want, running)
		}
	}

	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	within(t, 20*time.Second, "everything to be gone", func() []string {
		// Control groups stay when their owner is dead; the start of the next node removes them.
		if err := realnode.RemoveAbandonedGroups(); err != nil {
			t.Fatal(err)
		}
		return footprint(t).without(before)
	})
}

// within waits until nothing is missing, and fails with what still is when the time is over.
func within(t *testing.T, limit time.Duration, what string, missing func() []string) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		left := missing()
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s: %s", limit, what, strings.Join(left, "; "))
		}
	}
}
