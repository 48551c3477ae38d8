package importer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
)

// fieldOf is a field of a kind's schema.
type fieldOf struct{ path, kind string }

// listedFields are those of a file of testdata/fields.
func listedFields(t *testing.T, name string) []fieldOf {
	t.Helper()
	file, err := os.Open("testdata/fields/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var fields []fieldOf
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if path, kind, found := strings.Cut(lines.Text(), " "); found && path != "#" {
			fields = append(fields, fieldOf{path, kind})
		}
	}
	return fields
}

// reflectedFields are the leaves of a type, by their JSON names.
func reflectedFields(of reflect.Type, path string) []fieldOf {
	switch {
	case of == reflect.TypeFor[resource.Quantity]():
		return []fieldOf{{path, "quantity"}}
	case of.Kind() == reflect.Pointer:
		return reflectedFields(of.Elem(), path)
	case of.Kind() == reflect.Slice:
		return reflectedFields(of.Elem(), path+"[0]")
	case of.Kind() == reflect.Map:
		return []fieldOf{{path, "map"}}
	case of.Kind() != reflect.Struct:
		return []fieldOf{{path, map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean"}[of.Kind()]}}
	}
	var fields []fieldOf
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields = append(fields, reflectedFields(field.Type, path+"."+name)...)
	}
	return fields
}

// value of a field that differs from what the bases have.
func (f fieldOf) value() any {
	switch f.kind {
	case "string":
		return "x7"
	case "boolean":
		return true
	case "map":
		return map[string]any{"x7": "y"}
	case "quantity":
		return "777m"
	default:
		return int64(7)
	}
}

// set puts a value at a path of an object, and makes what is missing on the way.
func set(object map[string]any, path string, value any) {
	var instant any = object
	put := func(any) {}
	keys := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	for _, key := range keys {
		if index, err := strconv.Atoi(key); err == nil {
			list, _ := instant.([]any)
			for len(list) <= index {
				list = append(list, nil)
			}
			put(list)
			instant, put = list[index], func(v any) { list[index] = v }
			continue
		}
		fields, ok := instant.(map[string]any)
		if !ok {
			fields = map[string]any{}
			put(fields)
		}
		instant, put = fields[key], func(v any) { fields[key] = v }
	}
	put(value)
}

// walk sets each field of a kind in turn. It must change what is printed, or have an entry in the report that is about it and
// does not call it unknown. The same field misspelt must be left out by its path.
func walk(t *testing.T, source Source, base string, fields []fieldOf) {
	t.Helper()
	printed := func(r *Result) string {
		text, err := json.Marshal([]any{r.Autoscalers, r.Windows})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	imported := func(path string, value any) *Result {
		objects := decodeAll(t, base)
		if path != "" {
			set(objects[0], path, value)
		}
		r, err := Import(source, objects, Options{Now: testNow, TimeZone: "UTC"})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	plain := imported("", nil)
	if plain.Empty() {
		t.Fatalf("the base gives nothing:\n%s", plain.lines())
	}
	for _, f := range fields {
		r := imported(f.path, f.value())
		named := false
		for _, e := range r.Report {
			about := e.Field != "" && (within(f.path, e.Field) || within(e.Field, f.path)) || strings.Contains(e.Message, lastKey(f.path))
			named = named || about
			if about && strings.Contains(e.Message, "not a field") && e.Field != "" {
				t.Errorf("%s: a field of the schema is called unknown: %s", f.path, e)
			}
		}
		if !named && printed(r) == printed(plain) {
			t.Errorf("%s: neither carried over nor named:\n%s", f.path, r.lines())
		}
		if f.kind == "map" {
			continue
		}
		misspelt := f.path + "Z"
		if strings.HasSuffix(f.path, "]") {
			continue // an element has no name
		}
		r = imported(misspelt, f.value())
		if r.Complete() || !strings.Contains(r.lines(), lastKey(misspelt)) {
			t.Errorf("%s: a misspelt field is not left out:\n%s", misspelt, r.lines())
		}
	}
}

// within says whether a path is another or below it.
func within(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func lastKey(path string) string {
	path = strings.TrimSuffix(path, "[0]")
	return path[strings.LastIndexByte(path, '.')+1:]
}

func TestEveryFieldOfAScaledObject(t *testing.T) {
	fields := listedFields(t, "scaledobject")
	walk(t, ScaledObject, walkedObject, fields)
	for kind, keys := range map[string][]string{
		"prometheus": {
			"serverAddress", "query", "queryParameters", "threshold", "activationThreshold", "namespace", "customHeaders", "ignoreNullValues", "unsafeSsl",
			"awsRegion", "timeout", "identityOwner", "authModes", "metricName",
		},
		"cron":   {"start", "end", "timezone", "desiredReplicas"},
		"cpu":    {"type", "value", "containerName"},
		"memory": {"type", "value", "containerName"},
	} {
		t.Run(kind, func(t *testing.T) {
			var metadata []fieldOf
			for _, key := range keys {
				metadata = append(metadata, fieldOf{"spec.triggers[" + map[string]string{"prometheus": "0", "cron": "1", "cpu": "2", "memory": "3"}[kind] + "].metadata." + key, "string"})
			}
			walk(t, ScaledObject, walkedObject, metadata)
		})
	}
}

const walkedObject = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: office, namespace: shop}
spec:
  scaleTargetRef: {name: web}
  minReplicaCount: 0
  triggers:
  - {type: prometheus, metadata: {serverAddress: "http://prometheus:9090", threshold: "50", query: sum(load)}}
  - {type: cron, metadata: {timezone: UTC, start: "0 8 * * 6", end: "0 20 * * 6", desiredReplicas: "5"}}
  - {type: cpu, metricType: Utilization, metadata: {value: "50"}}
  - {type: memory, metricType: AverageValue, metadata: {value: 50Mi}}
`

// Everything that KEDA goes on to read of a trigger is in the report, and a field that no trigger has is left out.
func TestEveryFieldOfATriggerThatKEDAMeasures(t *testing.T) {
	var fields []fieldOf
	for _, f := range listedFields(t, "scaledobject") {
		if rest, of := strings.CutPrefix(f.path, "spec.triggers[0]."); of && rest != "type" {
			fields = append(fields, fieldOf{"spec.triggers[1]." + rest, f.kind})
		}
	}
	walk(t, ScaledObject, fmt.Sprintf(triggerOfKEDA, "kafka", "topic: t"), fields)
}

func TestEveryAnnotationOfKEDA(t *testing.T) {
	for _, key := range []string{
		"autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas", "autoscaling.keda.sh/paused-scale-in", "autoscaling.keda.sh/paused-scale-out",
		"autoscaling.keda.sh/force-activation", "scaledobject.keda.sh/transfer-hpa-ownership", "scaledobject.keda.sh/hpa-excluded-labels", "validations.keda.sh/hpa-ownership",
	} {
		for _, value := range []string{"true", "false", "5"} {
			objects := decodeAll(t, walkedObject)
			objects[0]["metadata"].(map[string]any)["annotations"] = map[string]any{key: value}
			r, err := Import(ScaledObject, objects, Options{Now: testNow, TimeZone: "UTC"})
			if err != nil {
				t.Fatal(err)
			}
			r.needs(t, "metadata.annotations["+key+"]: \""+value+"\": ")
			if strings.Contains(r.lines(), "not an annotation of KEDA") {
				t.Errorf("%s is called unknown", key)
			}
		}
	}
}

func TestEveryFieldOfACronHPA(t *testing.T) {
	walk(t, CronHPA, strings.Replace(cronOfAnHPA, "autoscaling/v2, kind: HorizontalPodAutoscaler", "apps/v1, kind: Deployment", 1), listedFields(t, "cronhpa"))
}

func TestEveryFieldOfAScalingSchedule(t *testing.T) {
	fields := listedFields(t, "scalingschedule")
	for _, kind := range []string{"ScalingSchedule", "ClusterScalingSchedule"} {
		text := strings.Replace(saleSchedule+"---\n"+saleHPA("AverageValue"), "  - {type: Repeating, durationMinutes: 60, value: 300", "  - {type: OneTime, date: \"2026-12-01T19:00:00Z\", durationMinutes: 60, value: 300", 1)
		text = strings.Replace(text, ", period: {startTime: \"08:00\", timezone: UTC, days: [Mon]}", "", 1)
		walk(t, ScalingSchedule, strings.ReplaceAll(text, "kind: ScalingSchedule", "kind: "+kind), fields)
	}
}

func TestEveryFieldOfAnHPA(t *testing.T) {
	walk(t, HPA, `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 20
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
`, reflectedFields(reflect.TypeFor[autoscalingv2.HorizontalPodAutoscalerSpec](), "spec"))
}
