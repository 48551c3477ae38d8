package provider

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/metrics"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// half returns the rules with one invalid query.
func half(t *testing.T, query string) *rule.Set {
	t.Helper()
	broken := strings.Replace(rules, query, strings.Replace(query, "(", "((", 1), 1)
	if broken == rules {
		t.Fatalf("there is no query %s to break", query)
	}
	loaded, problems, err := rule.Load([]byte(broken))
	if err != nil || len(problems) != 1 {
		t.Fatal(err, problems)
	}
	set, _ := loaded.Resolve(nil, rule.Builtin)
	return set
}

// TestInvalidQueryDisablesPodsOrNodes: an invalid query for containers disables pods, and one for nodes disables nodes; the
// provider never serves one resource of two.
func TestInvalidQueryDisablesPodsOrNodes(t *testing.T) {
	for _, test := range []struct{ query, pods, nodes string }{
		{"max by (namespace, pod, container) (rate(cpu[2m]))", "the rule for cpu is not in force: containers: query: not PromQL", ""},
		{"max by (namespace, pod, container) (memory)", "the rule for memory is not in force: containers: query: not PromQL", ""},
		{"max by (node) (rate(node_cpu[2m]))", "", "the rule for cpu is not in force: nodes: query: not PromQL"},
		{"max by (node) (node_memory)", "", "the rule for memory is not in force: nodes: query: not PromQL"},
	} {
		t.Run(test.query, func(t *testing.T) {
			r := NewResources(half(t, test.query), backend{}, objects(t))
			_, podErr := Pods{r}.Get(in(t, "shop"), "web-1", nil)
			_, nodeErr := Nodes{r}.Get(t.Context(), "n1", nil)
			_, podsErr := Pods{r}.List(in(t, "shop"), nil)
			_, nodesErr := Nodes{r}.List(t.Context(), nil)
			for _, got := range []struct {
				err  error
				want string
			}{{podErr, test.pods}, {podsErr, test.pods}, {nodeErr, test.nodes}, {nodesErr, test.nodes}} {
				if got.want != "" {
					refusal[int](t, nil, got.err, 503, got.want)
				} else if got.err != nil {
					t.Errorf("the half that is right is not served: %v", got.err)
				}
			}
		})
	}
}

func TestMissingUsageHasAReason(t *testing.T) {
	_, err := Pods{resources(t, backend{})}.Get(in(t, "shop"), "web-2", nil)
	refusal[int](t, nil, err, 404, "cpu of container proxy: Prometheus has no sample")
	_, err = Nodes{resources(t, backend{})}.Get(t.Context(), "n2", nil)
	refusal[int](t, nil, err, 404, "memory: the value is NaN")
}

// faulty adds random failures to each query and each row.
type faulty struct{ *rand.Rand }

func (f faulty) Read(_ context.Context, wants []plan.Request) []store.Answer {
	answers := make([]store.Answer, len(wants))
	for i, want := range wants {
		var rows model.Vector
		for _, row := range series[want.Query.Text] {
			switch f.IntN(8) {
			case 0: // no sample
			case 1:
				rows = append(rows, &model.Sample{Metric: row.Metric, Value: model.SampleValue(math.NaN())})
			default:
				rows = append(rows, row)
			}
		}
		partial := ""
		if f.IntN(10) == 0 {
			partial = "a store is away"
		}
		answers[i] = store.Answer{Time: time.Now(), Table: plan.NewTable(want.Query, rows, partial)}
		switch f.IntN(10) {
		case 0:
			answers[i] = store.Answer{Err: errors.New("connection refused")}
		case 1:
			answers[i].Time = time.Now().Add(-time.Hour)
		}
	}
	return answers
}

// TestUsageHasCPUAndMemory: whatever fails, each container and node that is served has CPU and memory, and each pod has all
// containers that either query returns.
func TestUsageHasCPUAndMemory(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 13))
	sets := []*rule.Set{set(t), half(t, "max by (node) (node_memory)"), half(t, "max by (namespace, pod, container) (rate(cpu[2m]))")}
	served := 0
	whole := func(use corev1.ResourceList) {
		t.Helper()
		if _, cpu := use[corev1.ResourceCPU]; !cpu || len(use) != 2 {
			t.Errorf("served with %v alone", use)
		}
		served++
	}
	for range 3000 {
		r := NewResources(sets[random.IntN(len(sets))], faulty{random}, objects(t))
		if list, err := (Pods{r}).List(in(t, ""), nil); err == nil {
			for _, pod := range list.(*metrics.PodMetricsList).Items {
				for _, c := range pod.Containers {
					whole(c.Usage)
				}
				if pod.Name == "web-1" && len(pod.Containers) == 0 {
					t.Error("a pod was served without containers")
				}
			}
		}
		if list, err := (Nodes{r}).List(t.Context(), nil); err == nil {
			for _, node := range list.(*metrics.NodeMetricsList).Items {
				whole(node.Usage)
			}
		}
		if got, err := (Nodes{r}).Get(t.Context(), "n1", &metav1.GetOptions{}); err == nil {
			whole(got.(*metrics.NodeMetrics).Usage)
		} else if err.Error() == "" {
			t.Error("a refusal has no reason")
		}
	}
	if served < 1000 {
		t.Errorf("only %s were served: the faults leave nothing to look at", fmt.Sprint(served))
	}
}
