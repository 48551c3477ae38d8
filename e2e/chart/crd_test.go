package chart

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
)

// The API server refuses a definition whose schema is not structural, or whose CEL rules could cost too much on the
// largest object that the schema allows.
func TestAPIServerTakesTheCRDs(t *testing.T) {
	for kind, s := range loadCRDs(t) {
		t.Run(kind, func(t *testing.T) {
			for _, err := range validation.ValidateCustomResourceDefinition(t.Context(), s.definition) {
				t.Error(err)
			}
		})
	}
}

// A HorizontalPodAutoscaler's spec, word for word, is a HorizontalAutoscaler's: nothing of it is dropped or refused.
func TestHPASpecIsAccepted(t *testing.T) {
	autoscaler := loadCRDs(t)["HorizontalAutoscaler"]
	for name, spec := range hpaSpecs {
		t.Run(name, func(t *testing.T) {
			_, dropped, errs := autoscaler.admit(t, manifest("HorizontalAutoscaler", spec))
			if len(dropped) > 0 {
				t.Errorf("these fields would be lost: %q", dropped)
			}
			for _, err := range errs {
				t.Error(err)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	stored, _, errs := loadCRDs(t)["HorizontalAutoscaler"].admit(t, manifest("HorizontalAutoscaler", smallestSpec))
	if len(errs) > 0 {
		t.Fatal(errs.ToAggregate())
	}
	want := map[string]any{
		"scaleTargetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
		"minReplicas":    int64(1),
		"maxReplicas":    int64(10),
		"mode":           "Enforce",
	}
	if diff := cmp.Diff(want, stored["spec"]); diff != "" {
		t.Errorf("a spec with only what is required is stored as (-want +got):\n%s", diff)
	}
}

// Whoever writes a bad spec learns at once which field is wrong, and what would be right.
func TestBadSpecsAreRefusedByField(t *testing.T) {
	schemas := loadCRDs(t)
	for name, test := range refusals {
		t.Run(name, func(t *testing.T) {
			_, _, errs := schemas[test.kind].admit(t, manifest(test.kind, test.spec))
			if len(errs) == 0 {
				t.Fatal("accepted")
			}
			for _, err := range errs {
				if strings.HasPrefix(err.Field, test.field) && strings.Contains(err.ErrorBody(), test.message) {
					return
				}
			}
			t.Errorf("no error is about %s and says %q: %v", test.field, test.message, errs.ToAggregate())
		})
	}
}

func TestWindowsAreAccepted(t *testing.T) {
	schemas := loadCRDs(t)
	for name, window := range windows {
		t.Run(name, func(t *testing.T) {
			inline := smallestSpec + "windows:\n- name: w\n" + indent(window)
			shared := "targets: [{kind: HorizontalAutoscaler, selector: {matchLabels: {tier: batch}}}]\n" + window
			for kind, spec := range map[string]string{"HorizontalAutoscaler": inline, "ScaleWindow": shared} {
				_, dropped, errs := schemas[kind].admit(t, manifest(kind, spec))
				if len(dropped) > 0 || len(errs) > 0 {
					t.Errorf("%s: dropped %q, errors %v", kind, dropped, errs.ToAggregate())
				}
			}
		})
	}
}

func manifest(kind, spec string) string {
	return "apiVersion: autoscaling.flyball.dev/v1alpha1\nkind: " + kind + "\nmetadata: {name: web, namespace: shop}\nspec:\n" + indent(spec)
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}
