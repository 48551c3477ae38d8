package chart

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
)

// An invalid value must fail before the installation, with the name of the value in the error.
func TestValuesAreRefusedByName(t *testing.T) {
	for name, test := range map[string]struct {
		values string
		want   []string
	}{
		"no Prometheus":                         {"prometheus: {url: ''}", []string{"prometheus", "url"}},
		"Prometheus by host only":               {"prometheus: {url: 'prometheus:9090'}", []string{"prometheus", "url"}},
		"two ways to Prometheus":                {"prometheus: {url: 'http://a', servers: [{name: a, url: 'http://a'}]}", []string{"prometheus.url", "prometheus.servers"}},
		"a server by host only":                 {"prometheus: {url: '', servers: [{name: a, url: 'a:9090'}]}", []string{"prometheus", "servers", "url"}},
		"a server misspelt":                     {"prometheus: {url: '', servers: [{name: a, url: 'http://a', header: {}}]}", []string{"servers", "header"}},
		"a server without name":                 {"prometheus: {url: '', servers: [{url: 'http://a'}]}", []string{"servers", "name"}},
		"a quota misspelt":                      {"namespaces: [{names: [shop], maxReplicas: 3}]", []string{"namespaces", "maxReplicas"}},
		"a quota without a name":                {"namespaces: [{maxQueries: 3}]", []string{"namespaces", "names"}},
		"no image":                              {"image: {repository: ''}", []string{"image", "repository"}},
		"replicas as text":                      {"autoscaler: {replicas: two}", []string{"autoscaler", "replicas", "integer"}},
		"misspelt":                              {"metricsAdaptor: {}", []string{"metricsAdaptor"}},
		"misspelt further in":                   {"metricsAdapter: {apis: {resources: true}}", []string{"metricsAdapter", "apis", "resources"}},
		"a period without unit":                 {"autoscaler: {period: '15'}", []string{"autoscaler", "period"}},
		"a wildcard metric":                     {"autoscaler: {metricsAPIs: {custom: ['pods/*']}}", []string{"metricsAPIs", "custom"}},
		"a flag without dashes":                 {"autoscaler: {extraArgs: [tolerance=0.2]}", []string{"autoscaler", "extraArgs"}},
		"sharding without leases":               {"autoscaler: {replicas: 1, sharding: true, leaderElection: false}", []string{"autoscaler.sharding"}},
		"two leaders":                           {"autoscaler: {replicas: 2, leaderElection: false}", []string{"autoscaler.leaderElection"}},
		"a provider without a CA":               {"metricsAdapter: {fallthrough: {external: {service: 'keda/metrics:443'}}}", []string{"metricsAdapter.fallthrough.external", "caSecret"}},
		"a provider with two CAs":               {"metricsAdapter: {fallthrough: {external: {service: 'keda/metrics:443', caSecret: a, caConfigMap: b}}}", []string{"metricsAdapter.fallthrough.external", "caConfigMap"}},
		"a provider without a port":             {"metricsAdapter: {fallthrough: {custom: {service: keda/metrics, caSecret: a}}}", []string{"metricsAdapter", "fallthrough", "service"}},
		"a right to all metrics":                {"metricsAdapter: {fallthrough: {external: {metrics: ['*']}}}", []string{"metricsAdapter", "fallthrough", "metrics"}},
		"an adapter for one namespace":          {"watchNamespace: shop", []string{"metricsAdapter.enabled", "watchNamespace"}},
		"client certificates for one namespace": {"watchNamespace: shop\nmetricsAdapter: {enabled: false}\nautoscaler: {clientCertificates: true}", []string{"autoscaler.clientCertificates", "watchNamespace"}},
		"a namespace misspelt":                  {"watchNamespace: Shop", []string{"watchNamespace"}},
		"two certificates":                      {"metricsAdapter: {tls: {secretName: a, certManager: {enabled: true}}}", []string{"metricsAdapter.tls.certManager.enabled"}},
		"a policy misspelt":                     {"networkPolicy: {enabled: true, from: []}", []string{"networkPolicy", "from"}},
		"an unknown family":                     {"service: {ipFamilies: [IPv5]}", []string{"service", "ipFamilies"}},
		"a runbook with an anchor":              {"metrics: {prometheusRule: {runbookURL: 'https://a/b#c'}}", []string{"metrics", "runbookURL"}},
		"an API that no program serves":         {"metricsAdapter: {enabled: false, apis: {custom: true}}", []string{"metricsAdapter.apis", "metricsAdapter.enabled"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Render(Release{Directory: "../../charts/flyball", Name: "flyball", Namespace: "flyball-system", Values: values(t, test.values)})
			if err == nil {
				t.Fatal("accepted")
			}
			for _, word := range test.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not name %q: %v", word, err)
				}
			}
		})
	}
}

// Registering an API takes it from whoever serves it now, so each group is asked for by itself.
func TestAPIsAreOptIn(t *testing.T) {
	custom := []string{"v1beta1.custom.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io"}
	external := []string{"v1beta1.external.metrics.k8s.io"}
	resource := []string{"v1beta1.metrics.k8s.io"}
	for name, test := range map[string]struct {
		values string
		want   []string
	}{
		"by default none": {"", nil},
		"custom":          {"metricsAdapter: {apis: {custom: true}}", custom},
		"external":        {"metricsAdapter: {apis: {external: true}}", external},
		"resource":        {"metricsAdapter: {apis: {resource: true}}", resource},
		"all":             {everything, slices.Concat(custom, external, resource)},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, object := range render(t, test.values).Objects {
				if object.GetKind() == "APIService" {
					got = append(got, object.GetName())
				}
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("registers %q, want %q", got, test.want)
			}
		})
	}
}

func TestNotesSayWhatIsServed(t *testing.T) {
	if notes := render(t, "").Notes; !strings.Contains(notes, "serves no API") {
		t.Errorf("the notes do not say that no API is served:\n%s", notes)
	}
	if notes := render(t, everything).Notes; !strings.Contains(notes, "external.metrics.k8s.io, v1beta1") {
		t.Errorf("the notes do not say which APIs are served:\n%s", notes)
	}
}

// values.yaml must list every value of the schema with its default, because users look there.
func TestEveryValueStandsInTheValuesFile(t *testing.T) {
	source, err := loader.LoadDir("../../charts/flyball")
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Properties map[string]*schema
	}
	var root schema
	if err := json.Unmarshal(source.Schema, &root); err != nil {
		t.Fatal(err)
	}
	var compare func(path string, known *schema, values map[string]any)
	compare = func(path string, known *schema, values map[string]any) {
		for name, property := range known.Properties {
			value, found := values[name]
			if !found && path+name != "global" { // Helm's own
				t.Errorf("%s%s is in values.schema.json and not in values.yaml", path, name)
			}
			if inner, ok := value.(map[string]any); ok {
				compare(path+name+".", property, inner)
			}
		}
	}
	compare("", &root, source.Values)
}
