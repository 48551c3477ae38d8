package helm

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/realnode"
)

// shell runs the commands of the documentation in the folder of the repository, against a cluster.
type shell struct {
	cluster *cluster.Cluster
	files   string // holds the files that the commands name
}

// run runs commands as a reader does, one after another, and returns what they print. The first that fails ends the test.
func (s *shell) run(t *testing.T, commands string) string {
	t.Helper()
	out, err := s.try(t, commands)
	if err != nil {
		t.Fatalf("%v\n$ %s\n%s", err, commands, out)
	}
	t.Logf("$ %s\n%s", strings.TrimSpace(commands), out)
	return out
}

func (s *shell) try(t *testing.T, commands string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	// The documentation's Prometheus is the cluster's, and its files are those of the test.
	commands = strings.NewReplacer(
		"http://prometheus.monitoring:9090", realnode.PrometheusURL, "-f web.yaml", "-f "+filepath.Join(s.files, "web.yaml"),
	).Replace(commands)
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", commands)
	command.Dir = "../.."
	// Helm keeps its files in the home folder.
	command.Env = append(os.Environ(), "KUBECONFIG="+s.cluster.Kubeconfig, "HOME="+s.files,
		"PATH="+filepath.Dir(s.cluster.Binary("kubectl"))+":"+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	return string(out), err
}

// write writes a file that commands name.
func (s *shell) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.files, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
