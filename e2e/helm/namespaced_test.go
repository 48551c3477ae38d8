package helm

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// namespaced installs Flyball by the docs for each of two namespaces of one cluster, and checks that each release handles the
// autoscaler of its own.
func (i *installation) namespaced(t *testing.T) {
	t.Helper()
	install := strings.ReplaceAll(blocks(t, "install.md", "For one namespace", "sh")[0], "--wait", "--wait --set autoscaler.replicas=1")
	for _, team := range []string{"team-a", "team-b"} {
		i.run(t, "kubectl create namespace "+team+" && kubectl label namespace "+team+" pod-security.kubernetes.io/enforce=restricted")
		i.run(t, "kubectl -n "+team+" apply -f docs/examples/autoscaler.yaml")
	}
	for n, team := range []string{"team-a", "team-b"} {
		i.run(t, strings.ReplaceAll(install, "shop", team))
		for m, other := range []string{"team-a", "team-b"} {
			if m <= n {
				i.isHandled(t, other)
			} else if web := i.autoscaler(t.Context(), t, other); web.Status.ObservedGeneration != nil {
				t.Errorf("the release of %s handles %s", team, other)
			}
		}
		i.run(t, "kubectl -n "+team+" logs deploy/flyball-autoscaler | tee /dev/stderr | { ! grep -i forbidden; }")
	}
	i.run(t, "kubectl get clusterroles,clusterrolebindings -l app.kubernetes.io/name=flyball -o name | { ! grep .; }")
}

func (i *installation) isHandled(t *testing.T, namespace string) {
	t.Helper()
	i.eventually(t, "the autoscaler of "+namespace+" to be handled", func(ctx context.Context) (bool, string) {
		status := i.autoscaler(ctx, t, namespace).Status
		return status.ObservedGeneration != nil, fmt.Sprintf("%+v", status)
	})
}
