package doctor

import (
	"fmt"
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type apiServiceFields struct {
	Metadata metav1.ObjectMeta
	Spec     struct {
		Group   string
		Service *struct{ Namespace, Name string }
	}
	Status struct {
		Conditions []struct{ Type, Status, Reason, Message string }
	}
}

// readers returns the HPAs that read metrics of an API group, in words; empty for none. Flyball's objects read Prometheus without it.
func (c *call) readers(group string) string {
	first, n := "", 0
	for _, s := range c.subjects {
		if s.hpa == nil {
			continue
		}
		for i := range s.spec.Metrics {
			if _, of := apiCall("", &s.spec.Metrics[i]); of == group {
				if n++; n == 1 {
					first = s.object.Namespace + "/" + s.object.Name
				}
				break
			}
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "HPA " + first + " reads"
	default:
		return fmt.Sprintf("%d HPAs, such as %s, read", n, first)
	}
}

// groups are those of the metrics APIs, with the version that names their APIService and the value of the chart that serves them.
var groups = []struct{ group, version, value, otherwise string }{
	{"metrics.k8s.io", "v1beta1", "resource", "install metrics-server, or have Flyball's metrics adapter serve the API"},
	{"custom.metrics.k8s.io", "v1beta2", "custom", "have a metrics adapter serve the API"},
	{"external.metrics.k8s.io", "v1beta1", "external", "have a metrics adapter, or KEDA, serve the API"},
}

func checkAPIMissing(c *call) {
	services := c.apiServices()
	for _, g := range groups {
		readers := c.readers(g.group)
		if readers == "" || slices.ContainsFunc(services, func(a apiServiceFields) bool { return a.Spec.Group == g.group }) {
			continue
		}
		c.add(Error, Object{Kind: "APIService", Name: g.version + "." + g.group},
			"no APIService registers the API: "+readers+" its metrics", "each of these metrics is unknown",
			Fix{Text: g.otherwise, Command: "helm upgrade flyball charts/flyball --namespace flyball --reuse-values --set metricsAdapter.apis." + g.value + "=true"})
	}
}

func checkAPIAvailable(c *call) {
	for _, a := range c.apiServices() {
		readers := c.readers(a.Spec.Group)
		if readers == "" {
			continue
		}
		for _, condition := range a.Status.Conditions {
			if condition.Type != "Available" || condition.Status != "False" {
				continue
			}
			fix := Fix{Text: "see why its server does not answer", Command: "kubectl describe apiservice " + a.Metadata.Name}
			if s := a.Spec.Service; s != nil {
				fix.Text = fmt.Sprintf("have the pods of Service %s/%s answer, or delete the APIService if its server is gone", s.Namespace, s.Name)
				if condition.Reason == "ServiceNotFound" {
					fix.Command = "kubectl delete apiservice " + a.Metadata.Name
				} else {
					fix.Command = kubectl(s.Namespace, "get pods,endpointslices")
				}
			}
			c.add(Error, Object{Kind: "APIService", Name: a.Metadata.Name},
				strings.TrimSuffix(condition.Reason+": "+condition.Message, ": ")+"; "+readers+" its metrics", "each of these metrics is unknown", fix)
		}
	}
}

func (c *call) apiServices() []apiServiceFields {
	var services []apiServiceFields
	for _, object := range c.snapshot.APIServices {
		var a apiServiceFields
		if decode(object, &a) {
			services = append(services, a)
		}
	}
	return services
}

// isEmptyStatus reports whether a metric of the status has no value, as that of a metric that could not be read.
func isEmptyStatus(m autoscalingv2.MetricStatus) bool { return m.Type == "" }
