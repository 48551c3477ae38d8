package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/testcluster"
)

// diagnosis is what flyball doctor prints as JSON.
type diagnosis struct {
	Findings []finding
}

type finding struct {
	ID, Severity, Seen string
	Object             struct{ Namespace, Kind, Name string }
	Fix                struct{ Command string }
}

// of returns the findings about a namespace.
func (d *diagnosis) of(namespace string) []finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f finding) bool { return f.Object.Namespace != namespace })
}

// TestDoctor breaks autoscalers in many ways, one in each namespace. The doctor finds each and names it, and with the command of its fix
// the finding is gone. In a healthy namespace it finds nothing.
func TestDoctor(t *testing.T) {
	s := parallelStory(t)
	setups, namespaces := map[string]setup{}, map[string]string{}
	for name, each := range doctorSetups {
		if each.brief || *testcluster.Long {
			setups[name], namespaces[name] = each, s.Namespace(t, "doctor-"+name)
		}
	}
	nodes, err := s.Client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	node := nodes.Items[0].Name
	s.each(setups, func(name string, each setup) error {
		return s.set(namespaces[name], each.on(node))
	})
	s.diagnosed("found", setups, namespaces, func(each setup, found []finding) bool { return each.id == "" || each.in(found) })
	found := s.doctor()
	s.each(setups, func(name string, each setup) error {
		for _, f := range found.of(namespaces[name]) {
			if each.describes(f) {
				command := f.Fix.Command
				t.Logf("%s: %s %s: %s\n  %s", name, f.Severity, f.ID, f.Seen, command)
				if each.fix != "" {
					command = each.fix
				}
				return s.bash(namespaces[name], command)
			}
		}
		return nil
	})
	s.diagnosed("cleared", setups, namespaces, func(each setup, found []finding) bool {
		return each.id != "" && !each.in(found) || each.id == "" && len(found) == 0
	})
}

// in reports whether the findings have that of the set-up.
func (each setup) in(found []finding) bool { return slices.ContainsFunc(found, each.describes) }

func (each setup) describes(f finding) bool {
	return f.ID == each.id && strings.Contains(f.Seen, each.seen)
}

// each runs a function for each set-up, a few at a time, and fails with all errors.
func (s *story) each(setups map[string]setup, run func(name string, each setup) error) {
	s.t.Helper()
	var (
		runs     sync.WaitGroup
		mutex    sync.Mutex
		failures []error
		slots    = make(chan struct{}, 4)
	)
	for name, each := range setups {
		runs.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := run(name, each); err != nil {
				mutex.Lock()
				defer mutex.Unlock()
				failures = append(failures, fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	runs.Wait()
	if err := errors.Join(failures...); err != nil {
		s.t.Fatal(err)
	}
}

// set makes a set-up in a namespace.
func (s *story) set(namespace string, each setup) error {
	for object := range strings.SplitSeq(each.objects, "---") {
		if err := s.Create(s.t.Context(), namespace, object); err != nil {
			return fmt.Errorf("%w\n%s", err, object)
		}
	}
	if each.then != "" {
		if err := s.bash(namespace, "kubectl rollout status deployment web --timeout=3m"); err != nil {
			return err
		}
		if err := s.Apply(s.t.Context(), namespace, each.then); err != nil {
			return err
		}
	}
	return s.breaks(namespace, each.do)
}

// breaks runs a command, or sets the load of the application web in cores.
func (s *story) breaks(namespace, command string) error {
	var n float64
	if _, err := fmt.Sscanf(command, "load %g", &n); err == nil {
		return s.Load.Set(s.t.Context(), namespace, "web", cores(n))
	}
	if command == "" {
		return nil
	}
	return s.bash(namespace, command)
}

// bash runs a command of a user, whose kubectl is that of the cluster. On a busy machine kubectl can fail before it asks anything.
func (s *story) bash(namespace, script string) error {
	for {
		err := s.bashOnce(namespace, script)
		if err == nil || !strings.Contains(err.Error(), "TLS handshake timeout") || s.t.Context().Err() != nil {
			return err
		}
	}
}

func (s *story) bashOnce(namespace, script string) error {
	command := exec.CommandContext(s.t.Context(), "bash", "-euo", "pipefail", "-c",
		`kubectl() { command kubectl --namespace="$NAMESPACE" "$@"; }`+"\n"+script)
	command.Dir = s.t.TempDir()
	command.Env = append(os.Environ(), "PATH="+filepath.Dir(s.Binary("kubectl"))+":"+os.Getenv("PATH"), "KUBECONFIG="+s.Kubeconfig, "NAMESPACE="+namespace)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", script, err, out)
	}
	return nil
}

// doctor runs the command of users.
func (s *story) doctor() *diagnosis {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), s.Binary("flyball"), "doctor", "-A", "-o", "json", "--kubeconfig="+s.Kubeconfig)
	out, err := command.Output()
	var d diagnosis
	if failed := json.Unmarshal(out, &d); failed != nil {
		s.t.Fatalf("flyball doctor: %v: %v: %s", err, failed, out)
	}
	return &d
}

// diagnosed waits until the findings about each set-up are as they should be.
func (s *story) diagnosed(what string, setups map[string]setup, namespaces map[string]string, ok func(setup, []finding) bool) {
	s.t.Helper()
	start := time.Now()
	s.eventually(fmt.Sprintf("%d set-ups %s", len(setups), what), func() (bool, string) {
		d := s.doctor()
		var missing []string
		for name, each := range setups {
			if found := d.of(namespaces[name]); !ok(each, found) {
				missing = append(missing, fmt.Sprintf("%s (%s): %+v", name, each.id, found))
			}
		}
		return len(missing) == 0, strings.Join(missing, "\n")
	})
	s.t.Logf("%d set-ups %s after %s", len(setups), what, time.Since(start).Round(time.Second))
}
