package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnknownServerDisablesOnlyItsRule(t *testing.T) {
	loaded, problems, err := Load([]byte(`
custom: [{name: a, server: long-term, query: "sum by (namespace, pod) (x)"}, {name: b, query: "sum by (namespace, pod) (x)"}]
external: [{name: c, server: queues, query: "x"}, {name: d, server: default, query: "x"}]
resources:
  cpu: {containers: {query: "sum by (namespace, pod, container) (x)"}, nodes: {server: nodes, query: "sum by (node) (x)"}}
  memory: {containers: {query: "sum by (namespace, pod, container) (x)"}}
`))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	loaded, problems = loaded.WithServers([]string{"default", "long-term"})
	var reported []string
	for _, p := range problems {
		reported = append(reported, p.String())
	}
	const none = "is not one of the Prometheus servers (default, long-term): use one of them, or omit it for the default server"
	want := []string{`external c: server "queues" ` + none, `resources.cpu nodes: server "nodes" ` + none}
	if diff := cmp.Diff(want, reported); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	set, _ := loaded.Resolve(nil, Builtin)
	if len(set.Custom) != 2 || set.FindExternal("c", "shop") != nil || set.FindExternal("d", "shop") == nil || set.FindResource("memory") == nil {
		t.Errorf("in force are %d custom, %d external and %d resource rules", len(set.Custom), len(set.External), len(set.Resources))
	}
	if cpu := set.FindResource("cpu"); cpu.Containers == nil || cpu.Nodes != nil || !strings.Contains(cpu.NodesProblem, none) {
		t.Errorf("cpu is %+v, want its query for containers, and the reason why there is none for nodes", cpu)
	}
}
