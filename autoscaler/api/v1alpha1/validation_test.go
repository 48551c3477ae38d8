package v1alpha1_test

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// TestValidate has a case for each rule: the field at fault, and what is said about it.
func TestValidate(t *testing.T) {
	const (
		cpu   = "minReplicas: 1\nmaxReplicas: 5\nmetrics:\n- "
		rules = "minReplicas: 1\nmaxReplicas: 5\nbehavior: "
		open  = "minReplicas: 1\nmaxReplicas: 5\nwindows:\n- "
		night = "name: n\n  start: 0 22 * * *\n  duration: 8h\n  "
		left  = "{type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}"
	)
	for name, tc := range map[string]struct{ spec, want string }{
		"no upper bound":        {"minReplicas: 1\nmaxReplicas: 0", "spec.maxReplicas: Invalid value: 0: must be greater than 0"},
		"a negative bound":      {"minReplicas: -1\nmaxReplicas: 5", "spec.minReplicas: Invalid value: -1: must be greater than or equal to 0"},
		"crossed bounds":        {"minReplicas: 6\nmaxReplicas: 5", "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"},
		"zero by CPU":           {"minReplicas: 0\nmaxReplicas: 5", "spec.metrics: Forbidden: must specify at least one Object, External or Prometheus metric to support scaling to zero replicas"},
		"an unknown mode":       {"maxReplicas: 5\nmode: Sometimes", `spec.mode: Unsupported value: "Sometimes": supported values: "Enforce", "Shadow", "Paused"`},
		"an unknown type":       {cpu + "{type: Weather}", `spec.metrics[0].type: Unsupported value: "Weather"`},
		"no source":             {cpu + "{type: Resource}", "spec.metrics[0].resource: Required value: must populate information for the given metric source"},
		"another source":        {cpu + "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 1}}, external: {metric: {name: q}, target: {type: Value, value: 1}}}", "spec.metrics[0].external: Forbidden: must populate the given metric source only"},
		"no target":             {cpu + "{type: Resource, resource: {name: cpu, target: {type: Utilization}}}", "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization"},
		"two targets":           {cpu + "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 1, averageValue: 1}}}", "spec.metrics[0].resource.target.averageValue: Forbidden: may not set both"},
		"no resource":           {cpu + "{type: Resource, resource: {name: '', target: {type: Utilization, averageUtilization: 1}}}", "spec.metrics[0].resource.name: Required value: must specify a resource name"},
		"a target of 0 %":       {cpu + "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}", "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"},
		"a target of 0":         {cpu + "{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 0}}}", `spec.metrics[0].pods.target.averageValue: Invalid value: "0": must be positive`},
		"a target beyond":       {cpu + "{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 10P}}}", `spec.metrics[0].pods.target.averageValue: Invalid value: "10P": must be less than or equal to`},
		"a target far beyond":   {cpu + "{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 1e999999999}}}", `spec.metrics[0].pods.target.averageValue: Invalid value: "1e999999999": must be less than or equal to`},
		"an activation beyond":  {cpu + "{type: Prometheus, prometheus: {query: up, activationValue: 10P, target: {type: Value, value: 1}}}", `spec.metrics[0].prometheus.activationValue: Invalid value: "10P": must be less than or equal to`},
		"one far below":         {cpu + "{type: Prometheus, prometheus: {query: up, activationValue: -1e999999999, target: {type: Value, value: 1}}}", `spec.metrics[0].prometheus.activationValue: Invalid value: "-1e999999999": must be greater than or equal to`},
		"an unknown target":     {cpu + "{type: Pods, pods: {metric: {name: m}, target: {type: Median, averageValue: 1}}}", `spec.metrics[0].pods.target.type: Invalid value: "Median": must be either Utilization, Value, or AverageValue`},
		"pods by value":         {cpu + "{type: Pods, pods: {metric: {name: m}, target: {type: Value, value: 1}}}", "spec.metrics[0].pods.target.averageValue: Required value"},
		"a name with a slash":   {cpu + "{type: Pods, pods: {metric: {name: a/b}, target: {type: AverageValue, averageValue: 1}}}", `spec.metrics[0].pods.metric.name: Invalid value: "a/b": may not contain '/'`},
		"no throughput":         {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {}}", "spec.windows[0].batch.throughputPerReplica: Required value: set exactly one of quantity, metric and learned"},
		"two throughputs":       {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 1, learned: {initial: 1}}}", "spec.windows[0].batch.throughputPerReplica: Required value: set exactly one"},
		"a throughput of 0":     {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 0}}", `spec.windows[0].batch.throughputPerReplica.quantity: Invalid value: "0": must be positive`},
		"a guess below 0":       {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {learned: {initial: -1}}}", `spec.windows[0].batch.throughputPerReplica.learned.initial: Invalid value: "-1": must be positive`},
		"a backlog of CPU":      {open + night + "batch: {backlog: {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 1}}}, throughputPerReplica: {quantity: 1}}", `spec.windows[0].batch.backlog.type: Unsupported value: "Resource": supported values: "Object", "External", "Prometheus"`},
		"arrivals without":      {open + night + "batch: {backlog: " + left + ", arrivals: {type: External}, throughputPerReplica: {quantity: 1}}", "spec.windows[0].batch.arrivals.external: Required value"},
		"a throughput of pods":  {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {metric: {type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 1}}}}}", `spec.windows[0].batch.throughputPerReplica.metric.type: Unsupported value: "Pods"`},
		"a deadline in words":   {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 1}, finishBy: tomorrow}", `spec.windows[0].batch.finishBy: Invalid value: "tomorrow": must be WindowEnd or a duration after the window's start, such as 6h`},
		"a deadline too late":   {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 1}, finishBy: 9h}", `spec.windows[0].batch.finishBy: Invalid value: "9h": must be less than or equal to the duration of the window (8h0m0s)`},
		"a negative margin":     {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 1}, marginPercent: -1}", "spec.windows[0].batch.marginPercent: Invalid value: -1: must be greater than or equal to 0"},
		"busy without a name":   {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 1}, busy: {metric: {}}}", "spec.windows[0].batch.busy.metric.name: Required value"},
		"an item below nothing": {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 1}, itemSize: -1}", `spec.windows[0].batch.itemSize: Invalid value: "-1": must be greater than or equal to 0`},
		"a longest item below":  {open + night + "batch: {backlog: " + left + ", throughputPerReplica: {quantity: 1}, longestItem: -5m}", `spec.windows[0].batch.longestItem: Invalid value: "-5m": must not be negative`},
		"a selector":            {cpu + "{type: Pods, pods: {metric: {name: m, selector: {matchExpressions: [{key: a, operator: Near}]}}, target: {type: AverageValue, averageValue: 1}}}", "spec.metrics[0].pods.metric.selector: Invalid value"},
		"no container":          {cpu + "{type: ContainerResource, containerResource: {name: cpu, container: '', target: {type: Utilization, averageUtilization: 1}}}", "spec.metrics[0].containerResource.container: Required value: must specify a container"},
		"a bad container":       {cpu + "{type: ContainerResource, containerResource: {name: cpu, container: A_b, target: {type: Utilization, averageUtilization: 1}}}", `spec.metrics[0].containerResource.container: Invalid value: "A_b"`},
		"object type and not":   {cpu + "{type: Object, object: {describedObject: {kind: Ingress, name: a}, metric: {name: m}, target: {type: Value, averageValue: 1}}}", `spec.metrics[0].object.target.type: Invalid value: "Value": must name the field that is set`},
		"object of nothing":     {cpu + "{type: Object, object: {describedObject: {kind: Ingress, name: ''}, metric: {name: m}, target: {type: Value, value: 1}}}", "spec.metrics[0].object.describedObject.name: Required value"},
		"external both":         {cpu + "{type: External, external: {metric: {name: m}, target: {type: Value, value: 1, averageValue: 1}}}", "spec.metrics[0].external.target.value: Forbidden: may not set both"},
		"external neither":      {cpu + "{type: External, external: {metric: {name: m}, target: {type: Value}}}", "spec.metrics[0].external.target.averageValue: Required value"},
		"no query":              {cpu + "{type: Prometheus, prometheus: {query: '', target: {type: Value, value: 1}}}", "spec.metrics[0].prometheus.query: Required value"},
		"an age of 0":           {cpu + "{type: Prometheus, prometheus: {query: up, maxAge: 0s, target: {type: Value, value: 1}}}", `spec.metrics[0].prometheus.maxAge: Invalid value: "0s": must be positive`},
		"an age in words":       {cpu + "{type: Prometheus, prometheus: {query: up, maxAge: soon, target: {type: Value, value: 1}}}", `Invalid value: "soon": must be a duration, such as 90s, 5m or 1h30m`},
		"a long window":         {rules + "{scaleUp: {stabilizationWindowSeconds: 3601}}", "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"},
		"a negative window":     {rules + "{scaleDown: {stabilizationWindowSeconds: -1}}", "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to 0"},
		"no policies":           {rules + "{scaleUp: {policies: []}}", "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"},
		"an unknown policy":     {rules + "{scaleUp: {policies: [{type: Nodes, value: 1, periodSeconds: 1}]}}", `spec.behavior.scaleUp.policies[0].type: Unsupported value: "Nodes"`},
		"a policy of nothing":   {rules + "{scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 1}]}}", "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero"},
		"a long period":         {rules + "{scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 1801}]}}", "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800"},
		"an unknown selection":  {rules + "{scaleUp: {selectPolicy: Median}}", `spec.behavior.scaleUp.selectPolicy: Unsupported value: "Median"`},
		"a negative tolerance":  {rules + "{scaleUp: {tolerance: -100m}}", `spec.behavior.scaleUp.tolerance: Invalid value: "-100m": must be greater than or equal to 0`},
		"a startup in words":    {"maxReplicas: 5\nstartup: {initialReadinessDelay: soon}", `spec.startup.initialReadinessDelay: Invalid value: "soon"`},
		"serving of nothing":    {"maxReplicas: 5\nserving: {}", "spec.serving.serviceName: Required value: the name of a Service in the same namespace"},
		"serving of a host":     {"maxReplicas: 5\nserving: {serviceName: web.shop}", `spec.serving.serviceName: Invalid value: "web.shop"`},
		"draining of more":      {"maxReplicas: 5\nserving: {serviceName: web, maxDrainingPercent: 101}", "spec.serving.maxDrainingPercent: Invalid value: 101: must be between 0 and 100, inclusive"},
		"two of one name":       {open + "{name: a, start: x, duration: 1h, minReplicas: 1}\n- {name: a, start: x, duration: 1h, minReplicas: 1}", `spec.windows[1].name: Duplicate value: "a"`},
		"no name":               {open + "{start: x, duration: 1h, minReplicas: 1}", "spec.windows[0].name: Required value"},
		"no start":              {open + "{name: a, duration: 1h, minReplicas: 1}", "spec.windows[0].start: Required value: set exactly one of start"},
		"no end":                {open + "{name: a, start: x, minReplicas: 1}", "spec.windows[0].duration: Required value: a window with start needs exactly one of duration and end"},
		"two ends":              {open + "{name: a, start: x, duration: 1h, end: x, minReplicas: 1}", "spec.windows[0].duration: Required value"},
		"a moment":              {open + "{name: a, start: x, duration: 1ms, minReplicas: 1}", `spec.windows[0].duration: Invalid value: "1ms": must be at least 1s`},
		"no bound":              {open + "{name: a, start: x, duration: 1h}", "spec.windows[0]: Required value: set replicas, or minReplicas"},
		"too many bounds":       {open + "{name: a, start: x, duration: 1h, replicas: 1, minReplicas: 1}", "spec.windows[0].replicas: Forbidden"},
		"crossed in a window":   {open + "{name: a, start: x, duration: 1h, maxReplicas: 1, minReplicas: 2}", "spec.windows[0].minReplicas: Invalid value: 2: must be less than or equal to maxReplicas"},
		"negative in a window":  {open + "{name: a, start: x, duration: 1h, replicas: -1}", "spec.windows[0].replicas: Invalid value: -1"},
	} {
		t.Run(name, func(t *testing.T) {
			ha := parse(t, target+tc.spec)
			ha.SetDefaults()
			errs := ha.Validate()
			if len(errs) != 1 || !strings.Contains(errs[0].Error(), tc.want) {
				t.Errorf("errors %v, want exactly one: %s", errs, tc.want)
			}
		})
	}
}

func TestValidateTarget(t *testing.T) {
	ha := parse(t, "scaleTargetRef: {apiVersion: a/b/c, kind: '', name: a/b}\nmaxReplicas: 1")
	ha.SetDefaults()
	var got []string
	for _, err := range ha.Validate() {
		got = append(got, err.Field)
	}
	if want := "spec.scaleTargetRef.kind spec.scaleTargetRef.name spec.scaleTargetRef.apiVersion"; strings.Join(got, " ") != want {
		t.Errorf("fields at fault %v, want %s", got, want)
	}
}

// TestSelectorLimits: a selector that would take long to match is refused, and one of a usual size is not.
func TestSelectorLimits(t *testing.T) {
	many := func(requirements, values int) *metav1.LabelSelector {
		s := &metav1.LabelSelector{}
		for i := range requirements {
			r := metav1.LabelSelectorRequirement{Key: fmt.Sprint("k", i), Operator: metav1.LabelSelectorOpIn}
			for v := range values {
				r.Values = append(r.Values, fmt.Sprint("v", v))
			}
			s.MatchExpressions = append(s.MatchExpressions, r)
		}
		return s
	}
	for _, test := range []struct {
		selector *metav1.LabelSelector
		says     string
	}{
		{nil, ""},
		{many(64, 15), ""},
		{many(65, 1), "spec.selector: Too many: 65: must have at most 64 items"},
		{many(2, 501), "spec.selector.matchExpressions: Too many: 1002: must have at most 1000 items"},
		{many(1, 0), "spec.selector: Invalid value: "},
	} {
		got := ""
		if errs := v1alpha1.ValidateSelector(test.selector, field.NewPath("spec", "selector")); len(errs) > 0 {
			got = errs[0].Error()
		}
		if (test.says == "") != (got == "") || !strings.HasPrefix(got, test.says) {
			t.Errorf("the error is %q, want %q", got, test.says)
		}
	}
}
