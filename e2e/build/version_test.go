package build_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestVersionNamesTheProgram runs --version of each program; the flag of component-base would print Kubernetes as the name, and a
// placeholder as the version of a build that is not stamped.
func TestVersionNamesTheProgram(t *testing.T) {
	testcluster.Skip(t)
	binaries, err := testcluster.Binaries(t.Context(), build.Options{Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"autoscaler", "flyball", "metricsadapter"} {
		out, err := exec.CommandContext(t.Context(), filepath.Join(binaries, program), "--version").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), program+" version ") || strings.Contains(string(out), "$") {
			t.Errorf("%s --version: %v, printed %q", program, err, out)
		}
	}
}
