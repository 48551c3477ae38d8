package tenancy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/tenancy"
)

const file = `
namespaces:
- names: [monitoring, kube-*]
  allowCrossNamespaceQueries: true
- names: [shop, shop-*]
  servers: [mimir, default]
  tenant: team-shop
  maxAutoscalers: 3
  maxQueries: 2
  maxTotalReplicas: 100
  queryBudget: 5s
- names: ["*"]
  maxAutoscalers: 0
`

func load(t *testing.T) *tenancy.Rules {
	t.Helper()
	rules, err := tenancy.Load([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestTheFirstEntryOfANamespaceApplies(t *testing.T) {
	rules := load(t)
	for namespace, want := range map[string]string{
		"monitoring": "true  monitoring", "kube-system": "true  kube-system", "shop": "false mimir team-shop", "shop-eu": "false mimir team-shop",
		"bank": "false  bank", "workshop": "false  workshop",
	} {
		l := rules.For(namespace)
		server, err := l.Server("", namespace)
		if got := fmt.Sprintf("%t %s %s", l.AllowCrossNamespaceQueries, server, l.TenantOf(namespace)); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", namespace, got, err, want)
		}
	}
	var none *tenancy.Rules
	if l := none.For("shop"); l.HasQuotas() || l.AllowCrossNamespaceQueries || l.TenantOf("shop") != "" {
		t.Errorf("without a file: %+v", l)
	}
	if server, err := none.For("shop").Server("mimir", "shop"); server != "mimir" || err != nil {
		t.Errorf("without rules, a spec names the server %q: %v", server, err)
	}
	if _, err := new(tenancy.Rules).For("shop").Server("mimir", "shop"); err == nil {
		t.Error("without entries, a spec may name any server")
	}
	if budget, ok := rules.For("shop").Budget(); budget != 5*time.Second || !ok {
		t.Errorf("budget %s, %t", budget, ok)
	}
	if _, ok := rules.For("bank").Budget(); ok {
		t.Error("a namespace without a budget of its own has one")
	}
}

func TestServers(t *testing.T) {
	rules := load(t)
	for _, test := range []struct{ namespace, named, want, says string }{
		{"shop", "", "mimir", ""},
		{"shop", "default", "default", ""},
		{"shop", "thanos", "", "namespace shop may query mimir, default: name one of these, or ask the operator to add the server to the namespace in --namespaces-config"},
		{"bank", "", "", ""},
		{"bank", "default", "", ""},
		{"bank", "mimir", "", "namespace bank may query default: "},
	} {
		got, err := rules.For(test.namespace).Server(test.named, test.namespace)
		if got != test.want || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s names %q: %q, %v, want %q, %q", test.namespace, test.named, got, err, test.want, test.says)
		}
	}
	if err := rules.CheckServers([]string{"default"}); err == nil || !strings.Contains(err.Error(), `namespaces[1].servers[0]: Invalid value: "mimir": no Prometheus server has this name: the servers are default`) {
		t.Error(err)
	}
	if err := rules.CheckServers([]string{"default", "mimir"}); err != nil {
		t.Error(err)
	}
}

func TestLoadNamesEveryInvalidField(t *testing.T) {
	for text, want := range map[string]string{
		``:                                     "namespaces: Required value",
		`namespaces: [{servers: [a]}]`:         "namespaces[0].names: Required value",
		`namespaces: [{names: ["Shop"]}]`:      `namespaces[0].names[0]: Invalid value: "Shop"`,
		`namespaces: [{names: ["a["]}]`:        `namespaces[0].names[0]: Invalid value: "a["`,
		`namespaces: [{names: [a], quota: 3}]`: `unknown field "namespaces[0].quota"`,
		`namespaces: [{names: [a], maxAutoscalers: -1, maxQueries: -2, maxTotalReplicas: -3}]`: "namespaces[0].maxTotalReplicas: Invalid value: -3",
		`namespaces: [{names: [a], tenant: "a b"}]`:                                            `namespaces[0].tenant: Invalid value: "a b"`,
		`namespaces: [{names: [a], servers: [x, x]}]`:                                          `namespaces[0].servers[1]: Duplicate value: "x"`,
		`namespaces: [{names: [a], queryBudget: 3}]`:                                           "queryBudget",
		`namespaces: [{names: [a], queryBudget: 1ms}]`:                                         `namespaces[0].queryBudget: Invalid value: "1ms"`,
		"namespaces: [{names: [a]}]\n---\na: b\n":                                              "2 YAML documents",
	} {
		if _, err := tenancy.Load([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func second(seconds int) time.Time { return time.Unix(int64(seconds), 0) }

func TestTheOldestAutoscalersKeepTheirQuota(t *testing.T) {
	all := []tenancy.Usage{
		{Name: "fifth", Created: second(5), MaxReplicas: 1, Queries: []string{"a"}},
		{Name: "first", Created: second(1), MaxReplicas: 60, Queries: []string{"a", "a"}},
		{Name: "second", Created: second(2), MaxReplicas: 50, Queries: []string{"b"}},
		{Name: "third", Created: second(3), MaxReplicas: 10, Queries: []string{"b", "c"}},
		{Name: "fourth", Created: second(4), MaxReplicas: 30, Queries: []string{"b"}},
		{Name: "sixth", Created: second(5), MaxReplicas: 0},
	}
	refused := map[string]string{}
	for name, errs := range load(t).For("shop").Refused("shop", all) {
		refused[name] = errs.ToAggregate().Error()
	}
	want := map[string]string{
		"second": "spec.maxReplicas: Invalid value: 50: with its windows; older HorizontalAutoscalers of namespace shop allow 60 replicas, and the " +
			"namespace may have 100: lower it to at most 40, or ask the operator to raise maxTotalReplicas in --namespaces-config",
		"third": `spec.metrics: Invalid value: "2 further queries": older HorizontalAutoscalers of namespace shop have 1 distinct queries, and the ` +
			"namespace may have 2: use one of their queries, or ask the operator to raise maxQueries in --namespaces-config",
		"sixth": `metadata.namespace: Invalid value: "shop": has 3 older HorizontalAutoscalers and may have 3: delete one of them, or ask the ` +
			"operator to raise maxAutoscalers in --namespaces-config",
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// TestQuotasHold: for random autoscalers in random order, those in force are within every quota, and each refused one would
// exceed one beside the older ones in force.
func TestQuotasHold(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	limits := load(t).For("shop")
	for range 2000 {
		all := make([]tenancy.Usage, r.IntN(8))
		for i := range all {
			all[i] = tenancy.Usage{Name: fmt.Sprint(i), Created: second(r.IntN(4)), MaxReplicas: r.Int32N(70)}
			for range r.IntN(3) {
				all[i].Queries = append(all[i].Queries, string(rune('a'+r.IntN(4))))
			}
		}
		refused := limits.Refused("shop", all)
		count, replicas, queries := 0, int32(0), map[string]bool{}
		for _, u := range all {
			if _, out := refused[u.Name]; out {
				continue
			}
			count, replicas = count+1, replicas+u.MaxReplicas
			for _, q := range u.Queries {
				queries[q] = true
			}
		}
		if count > 3 || replicas > 100 || len(queries) > 2 {
			t.Fatalf("%d autoscalers, %d replicas and %d queries are in force of %+v", count, replicas, len(queries), all)
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if diff := cmp.Diff(len(refused), len(limits.Refused("shop", all))); diff != "" {
			t.Fatalf("the result depends on the order of %+v", all)
		}
	}
}
