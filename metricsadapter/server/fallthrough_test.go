package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"

	"flyball.dev/flyball/metricsadapter/provider"
	"flyball.dev/flyball/metricsadapter/rule"
)

func TestRequestsThatTheAdapterServes(t *testing.T) {
	loaded, problems, err := rule.Load([]byte(strings.Replace(served, "external:", `
- {name: traced, query: 'sum by (namespace, pod) (traced{namespace="shop"})'}
- {name: budget, describes: namespaces, query: 'sum by (namespace) (budget{namespace="shop"})'}
external:
- {name: Open, query: 'sum by (namespace) (open{namespace="shop"})'}`, 1)))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	rules, _ := loaded.Resolve(nil, rule.Builtin)
	own, others := provider.NewCustom(rules, nil, nil), provider.NewExternal(rules, nil)
	resolver := &request.RequestInfoFactory{APIPrefixes: sets.NewString("apis"), GrouplessAPIPrefixes: sets.NewString("api")}
	for path, want := range map[string]bool{
		external + "/namespaces/shop/queue":                  true,
		external + "/namespaces/shop/lag":                    false,
		external + "/namespaces/shop/lag/more":               true, // of no metric, so that the library refuses it
		custom + "/namespaces/shop/pods/web-1/requests":      true,
		custom + "/namespaces/shop/pods/*/requests":          true,
		custom + "/namespaces/shop/pods/*/other":             false,
		custom + "/namespaces/shop/deployments.apps/web/lag": false,
		custom + "/nodes/n1/heat":                            true,
		custom + "/nodes/n1/other":                           false,
		custom + "/namespaces/shop/nodes/n1/heat":            false, // ours is outside of namespaces
		custom + "/namespaces/shop/metrics/spend":            true,
		custom + "/namespaces/shop/metrics/other":            false,
		custom + "/namespaces/shop/pods":                     true,
		// A rule that has namespaces of its own counts in those.
		external + "/namespaces/shop/Open":            true,
		external + "/namespaces/shop/open":            true,
		external + "/namespaces/bank/Open":            false,
		custom + "/namespaces/shop/pods/web-1/traced": true,
		custom + "/namespaces/bank/pods/web-1/traced": false,
		custom + "/namespaces/shop/metrics/budget":    true,
		custom + "/namespaces/bank/metrics/budget":    false,
	} {
		info, err := resolver.NewRequestInfo(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := serves(info, own, others); got != want {
			t.Errorf("%s is answered here: %v, want %v", path, got, want)
		}
	}
}

func TestProviderNeedsItsCA(t *testing.T) {
	base := []string{"--prometheus-url=http://localhost:9090", "--rules=r.yaml"}
	for _, test := range []struct {
		args []string
		fine bool
	}{
		{[]string{"--fallthrough-external=keda/metrics:443", "--fallthrough-external-ca=ca.crt"}, true},
		{[]string{"--fallthrough-external=keda/metrics:443"}, false},
		{[]string{"--fallthrough-custom=old/adapter:443"}, false},
		{[]string{"--fallthrough-client-cert-file=a"}, false},
		{[]string{"--fallthrough-timeout=0s"}, false},
	} {
		if err := parse(t, append(test.args, base...)...).validate(); (err == nil) != test.fine {
			t.Errorf("%v gave %v", test.args, err)
		}
	}
}
