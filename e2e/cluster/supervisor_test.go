package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/process"
)

// TestAProgramThatEndsIsStartedAgain where the supervisor restarts; the cluster goes on.
func TestAProgramThatEndsIsStartedAgain(t *testing.T) {
	dir := t.TempDir()
	s := newSupervisor()
	ends := make(chan string, 100)
	s.restarted = func(p *process.Process) { ends <- p.Name() }
	defer s.stop(t.Context())
	if _, err := s.start(process.Spec{Name: "short", Path: "/bin/sh", Args: []string{"-c", "echo started >> starts"}, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second end is of the program that was started again
		select {
		case <-ends:
		case <-time.After(time.Minute):
			t.Fatal("the program was not started again")
		}
	}
	starts, err := os.ReadFile(filepath.Join(dir, "starts"))
	if err != nil || strings.Count(string(starts), "started") < 2 || s.ctx.Err() != nil {
		t.Errorf("%q, %v; the cluster: %v", starts, err, s.ctx.Err())
	}
}
