package importer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/schedule"
)

// fuzzImport imports random documents. Whatever they hold, nothing panics, no field is lost without an entry, and no floor of
// a HorizontalAutoscaler is below its minReplicas.
func fuzzImport(f *testing.F, source Source, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			t.Skip() // long files say nothing new
		}
		objects := decodeLoosely(text)
		im, err := Import(source, objects, Options{Now: testNow, TimeZone: "UTC"})
		if err != nil {
			t.Fatal(err)
		}
		for _, root := range objects {
			checkNamed(t, source, root)
		}
		checkFloors(t, im)
	})
}

// decodeLoosely decodes the documents that can be decoded.
func decodeLoosely(text string) []map[string]any {
	var objects []map[string]any
	for document := range strings.SplitSeq(text, "\n---\n") {
		asJSON, err := yaml.YAMLToJSONStrict([]byte(document))
		var object map[string]any
		if err == nil && kjson.UnmarshalCaseSensitivePreserveInts(asJSON, &object) == nil && object != nil {
			objects = append(objects, object)
		}
	}
	return objects
}

// checkNamed adds a field that no kind has at places of the spec in turn. Its path must be in the report, or that of a field
// above it that is left out with all below it.
func checkNamed(t *testing.T, source Source, root map[string]any) {
	kind, _ := root["kind"].(string)
	apiVersion, _ := root["apiVersion"].(string)
	if found, ok := SourceOf(apiVersion, kind); !ok || found != source {
		return
	}
	places := 0
	var visit func(n node)
	visit = func(n node) {
		for _, below := range n.children() {
			visit(below)
		}
		fields, isMap := n.value.(map[string]any)
		if places++; !isMap || fields[stray] != nil || places > 40 {
			return
		}
		fields[stray] = "x"
		defer delete(fields, stray)
		r, err := Import(source, []map[string]any{root}, Options{Now: testNow, TimeZone: "UTC"})
		if err != nil {
			t.Fatal(err)
		}
		if path := n.down(stray).path; !r.keeps(path) && (!r.names(path) || r.Complete()) {
			t.Errorf("%s is lost without an entry:\n%s", path, r.lines())
		}
	}
	o := newObject(root, &report{})
	visit(o.field("spec"))
}

const stray = "strayField"

// keeps says whether the field is one of a trigger's metadata that KEDA goes on to read.
func (r *Result) keeps(path string) bool {
	for _, e := range r.Report {
		if strings.Contains(e.Message, "KEDA goes on to measure") && within(path, e.Field+".metadata") {
			return true
		}
	}
	return false
}

// names says whether the report names a field, or leaves out one above it whose value was cut to a line.
func (r *Result) names(path string) bool {
	for _, e := range r.Report {
		if e.Outcome == LeftOut && (strings.Contains(e.Message, path+" ") || e.Field != "" && within(path, e.Field)) {
			return true
		}
	}
	return false
}

func checkFloors(t *testing.T, r *Result) {
	for i := range r.Autoscalers {
		a := &r.Autoscalers[i]
		least := int32(1)
		if a.Spec.MinReplicas != nil {
			least = *a.Spec.MinReplicas
		}
		for j := range r.Windows {
			if w := &r.Windows[j]; w.Spec.Targets[0].Name == a.Metadata.Name && w.Metadata.Namespace == a.Metadata.Namespace && *w.Spec.MinReplicas < least {
				t.Errorf("window %s has a floor of %d, below minReplicas %d", w.Metadata.Name, *w.Spec.MinReplicas, least)
			}
		}
		if a.Spec.MinReplicas == nil {
			continue
		}
		for hour := range 24 {
			if b := r.boundsOf(t, "HorizontalAutoscaler/"+a.Metadata.Name, schedule.Bounds{}, testNow.Add(time.Duration(hour)*time.Hour)); b.Min < least && b.Max >= least {
				t.Errorf("bounds of %s are %v, below minReplicas %d", a.Metadata.Name, b, least)
			}
		}
	}
}

func FuzzHPA(f *testing.F) {
	fuzzImport(f, HPA, saleHPA("AverageValue"), saleHPA("Value"), hpaOfKEDA,
		"apiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, maxReplicas: 3, metrics: [{type: Pods, pods: {metricName: m, targetAverageValue: 1}}]}",
		"apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, maxReplicas: 3, targetCPUUtilizationPercentage: 50}")
}

func FuzzScaledObject(f *testing.F) {
	fuzzImport(f, ScaledObject, strings.Replace(officeObject, "DESIRED", "2", 1), walkedObject, fmt.Sprintf(triggerOfKEDA, "kafka", "topic: t"),
		fmt.Sprintf(triggerOfKEDA, "external", "scalerAddress: a")+"---\n"+hpaOfKEDA)
}

func FuzzCronHPA(f *testing.F) {
	fuzzImport(f, CronHPA, cronOfAnHPA+"---\n"+saleHPA("AverageValue"), cronOfAnHPA)
}

func FuzzScalingSchedule(f *testing.F) {
	fuzzImport(f, ScalingSchedule, saleSchedule+"---\n"+saleHPA("AverageValue"), strings.ReplaceAll(saleSchedule, "kind: ", "kind: Cluster"))
}
