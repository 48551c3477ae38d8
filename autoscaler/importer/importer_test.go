package importer

import (
	"strings"
	"testing"
	"time"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// testNow is when the imports of tests run.
var testNow = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// decodeAll decodes YAML documents, which --- separates.
func decodeAll(t testing.TB, text string) []map[string]any {
	t.Helper()
	var objects []map[string]any
	for document := range strings.SplitSeq(text, "\n---\n") {
		asJSON, err := yaml.YAMLToJSONStrict([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := kjson.UnmarshalCaseSensitivePreserveInts(asJSON, &object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	return objects
}

func runImport(t testing.TB, source Source, text string) *Result {
	t.Helper()
	result, err := Import(source, decodeAll(t, text), Options{Now: testNow, TimeZone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// boundsOf are the bounds in force for a target at a time, between its own.
func (r *Result) boundsOf(t testing.TB, target string, own schedule.Bounds, instant time.Time) schedule.Bounds {
	t.Helper()
	for i := range r.Autoscalers {
		if a := &r.Autoscalers[i]; "HorizontalAutoscaler/"+a.Metadata.Name == target {
			own = schedule.Bounds{Min: *a.Spec.MinReplicas, Max: a.Spec.MaxReplicas}
		}
	}
	var windows []schedule.Window
	for i := range r.Windows {
		w := &r.Windows[i]
		if to := w.Spec.Targets[0]; to.Kind+"/"+to.Name != target {
			continue
		}
		compiled, err := policy.CompileWindow(w.Metadata.Name, &w.Spec.Window)
		if err != nil {
			t.Fatalf("window %s: %v", w.Metadata.Name, err)
		}
		windows = append(windows, compiled)
	}
	in, _ := schedule.Merge(windows, own, instant, nil)
	return in.Bounds
}

// lines of the report.
func (r *Result) lines() string {
	var all []string
	for _, e := range r.Report {
		all = append(all, e.String())
	}
	return strings.Join(all, "\n")
}

// needs fails where the report lacks one of the texts.
func (r *Result) needs(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.lines(), text) {
			t.Errorf("the report lacks %q:\n%s", text, r.lines())
		}
	}
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// moment is a time and the bounds that must be in force then.
type moment struct {
	instant  string
	min, max int32
}

func (r *Result) holds(t *testing.T, target string, own schedule.Bounds, moments ...moment) {
	t.Helper()
	for _, m := range moments {
		want := schedule.Bounds{Min: m.min, Max: m.max}
		if got := r.boundsOf(t, target, own, instant(t, m.instant)); got != want {
			t.Errorf("%s at %s: bounds are %d to %d, want %d to %d", target, m.instant, got.Min, got.Max, want.Min, want.Max)
		}
	}
}
