package suite

import (
	"fmt"
	"testing"
)

// TestAnotherProviderTakesAMetricsAPI leads an APIService of the adapter to the Service of another provider, as an upgrade of KEDA's chart
// does. The doctor names the provider and the field manager; once the API leads back, it finds nothing.
func TestAnotherProviderTakesAMetricsAPI(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	const name = "v1beta1.external.metrics.k8s.io"
	lead := func(namespace, service string) {
		patch := fmt.Sprintf(`{"spec":{"service":{"namespace":%q,"name":%q}}}`, namespace, service)
		if out, err := s.kubectl("patch", "apiservice", name, "--type=merge", "--field-manager=keda", "-p", patch); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	conflict := func() string {
		for _, f := range s.doctor().Findings {
			if f.ID == "MetricsAPIConflict" {
				return f.Severity + " " + f.Object.Name + ": " + f.Seen
			}
		}
		return ""
	}
	s.eventually("no conflict at first", func() (bool, string) { return conflict() == "", conflict() })
	own, err := s.kubectl("get", "apiservice", name, "-o", `jsonpath={.metadata.annotations.flyball\.dev/metricsadapter}`)
	if err != nil || own != "flyball-system/flyball-metricsadapter" {
		t.Fatalf("the adapter has not named its Service: %q, %v", own, err)
	}
	lead("keda", "keda-operator-metrics-apiserver")
	want := "warning " + name + ": the API led to Flyball's metrics adapter, Service " + own + ", and the field manager keda leads it to Service keda/keda-operator-metrics-apiserver"
	s.eventually("the conflict", func() (bool, string) { found := conflict(); return found == want, found })
	t.Log(want)
	lead("flyball-system", "flyball-metricsadapter")
	s.eventually("no conflict at last", func() (bool, string) { return conflict() == "", conflict() })
}
