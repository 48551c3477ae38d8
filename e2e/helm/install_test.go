package helm

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/testcluster"
)

// Headings of docs/install.md.
const (
	installing = "On a cluster"
	checking   = "Check it"
	upgrading  = "Upgrade and remove"
)

// TestInstallationByTheDocs follows docs/install.md and docs/first-autoscaler.md on a real node, to the upgrade. The long form goes on to
// the removal, a second installation, cert-manager, other versions of the CRDs, and installations for one namespace each.
func TestInstallationByTheDocs(t *testing.T) {
	testcluster.ReserveRealNode(t)
	i := start(t)
	i.run(t, blocks(t, "install.md", installing, "sh")[0])
	i.podsAreReady(t)
	i.checkIt(t)
	i.firstAutoscaler(t)
	before := i.look(t)
	i.upgrade(t, before)
	if !*testcluster.Long {
		return
	}
	i.removeAndInstall(t, before)
	i.certManager(t)
	i.crdsKeepFields(t)
	i.run(t, blocks(t, "install.md", upgrading, "sh")[2])
	i.namespaced(t)
}

// checkIt follows the section of the docs, without the build of a program that is there.
func (i *installation) checkIt(t *testing.T) {
	t.Helper()
	commands := strings.NewReplacer("make build && ", "", ".bin/flyball", "flyball").Replace(blocks(t, "install.md", checking, "sh")[0])
	i.eventually(t, "a leader that says so", func(context.Context) (bool, string) {
		logs, err := i.try(t, strings.SplitAfterN(commands, "\n", 2)[0])
		return err == nil && strings.Contains(logs, "Starting the loop"), logs
	})
	shown := i.run(t, commands)
	for _, want := range []string{"Starting the loop", "No resources found", "http_requests_per_second", "0 errors"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the commands of %q do not print %q", checking, want)
		}
	}
}

// upgrade changes a value, by the commands of the docs, and goes back.
func (i *installation) upgrade(t *testing.T, before sight) {
	t.Helper()
	commands := blocks(t, "install.md", upgrading, "sh")
	for n, command := range []string{strings.Replace(commands[0], "--reuse-values", "--reuse-values --set autoscaler.period=10s", 1), commands[1]} {
		i.run(t, command)
		before.compare(t, []string{"upgrade", "rollback"}[n], i.look(t))
		i.podsAreReady(t)
		i.decidesAgain(t)
	}
}

// removeAndInstall removes the release and installs it again, by the commands of the docs.
func (i *installation) removeAndInstall(t *testing.T, before sight) {
	t.Helper()
	i.run(t, blocks(t, "install.md", upgrading, "sh")[2])
	before.compare(t, "uninstall", i.look(t))
	i.run(t, installOnly(blocks(t, "install.md", installing, "sh")[0]))
	before.compare(t, "a second installation", i.look(t))
	i.podsAreReady(t)
	i.decidesAgain(t)
}

// installOnly leaves out the commands that make the namespace.
func installOnly(commands string) string {
	_, install, _ := strings.Cut(commands, "\nhelm install")
	return "helm install" + install
}

// installation is a cluster whose one node is real, with a workload to scale.
type installation struct {
	shell
	api  clientset.Interface
	load string // the folder with the load of the workload
}

// podsAreReady waits until the pods of the chart are ready, two of each program, and those of the revision before are gone. None
// was restarted on the way.
func (i *installation) podsAreReady(t *testing.T) {
	t.Helper()
	i.eventually(t, "four ready pods", func(ctx context.Context) (bool, string) {
		pods, err := i.cluster.Client.CoreV1().Pods("flyball").List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/instance=flyball"})
		if err != nil {
			return false, err.Error()
		}
		ready := 0
		for _, pod := range pods.Items {
			for _, status := range pod.Status.ContainerStatuses {
				if status.RestartCount > 0 {
					t.Fatalf("%s was restarted %d times: %+v", pod.Name, status.RestartCount, status.LastTerminationState)
				}
				if status.Ready {
					ready++
				}
			}
		}
		return ready == 4 && len(pods.Items) == 4, fmt.Sprintf("%d pods, %d ready", len(pods.Items), ready)
	})
}

// eventually waits until check returns true; the text beside it is in the failure.
func (i *installation) eventually(t *testing.T, what string, check func(ctx context.Context) (bool, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	last := ""
	err := i.cluster.Wait(ctx, what, func(ctx context.Context) (done bool, err error) {
		done, last = check(ctx)
		return done, nil
	})
	if err != nil {
		logs, _ := i.try(t, "kubectl -n flyball get pods -o wide; kubectl -n flyball logs -l app.kubernetes.io/component=autoscaler --tail 20")
		t.Fatalf("%v: %s\n%s", err, last, logs)
	}
}
