package v1alpha1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// TestFilesMayHaveOldFieldNames has each rename, and each reason to refuse one.
func TestFilesMayHaveOldFieldNames(t *testing.T) {
	for name, tc := range map[string]struct{ old, want string }{
		"all of damping": {
			`spec: {damping: {profile: Steady, lead: 90s, hold: 5m, surgeLimit: "2", headroomPercent: 20, staffing: 500m, safety: 1, peaksPercent: 90,
			  deadBand: {scaleUp: 0.12, scaleDown: 130m}, huntingGuard: {maxSteps: 2}, costBound: {overHPAPercent: 10}}}`,
			`spec: {damping: {profile: Steady, forecastHorizon: 90s, hold: 5m, costBound: {overHPAPercent: 10}, advanced: {surgeLimit: "2", headroomPercent: 20,
			  staffing: 500m, safety: 1, peaksPercent: 90, deadBand: {scaleUpPercent: 12, scaleDownPercent: 13}, huntingGuard: {maxSteps: 2}}}}`,
		},
		"half of a dead band": {"spec: {damping: {deadBand: {scaleUp: '1'}}}", "spec: {damping: {advanced: {deadBand: {scaleUpPercent: 100}}}}"},
		"old beside new": {
			"spec: {damping: {safety: 2, advanced: {staffing: 1, deadBand: {scaleUpPercent: 5}}, deadBand: {scaleDown: 0}}}",
			"spec: {damping: {advanced: {safety: 2, staffing: 1, deadBand: {scaleUpPercent: 5, scaleDownPercent: 0}}}}",
		},
		"an empty dead band":      {"spec: {damping: {deadBand: {}}}", "spec: {damping: {}}"},
		"a null":                  {"spec: {damping: {lead: null}}", "spec: {damping: {forecastHorizon: null}}"},
		"margins of windows":      {"spec: {windows: [{lead: 10m, batch: {margin: 20%}}, {name: b}, {batch: {marginPercent: 5}}]}", "spec: {windows: [{lead: 10m, batch: {marginPercent: 20}}, {name: b}, {batch: {marginPercent: 5}}]}"},
		"that of a ScaleWindow":   {"spec: {lead: 10m, batch: {margin: 0%}}", "spec: {lead: 10m, batch: {marginPercent: 0}}"},
		"large integers":          {"metadata: {generation: 9007199254740993}", "metadata: {generation: 9007199254740993}"},
		"a status":                {"status: {currentMetrics: [{type: External, name: q, unknown: no answer}]}", "status: {}"},
		"a current status":        {"status: {currentMetrics: [{type: External, external: {metric: {name: q}}}]}", "status: {currentMetrics: [{type: External, external: {metric: {name: q}}}]}"},
		"what is not an object":   {"spec: {damping: 1, windows: {}, batch: []}", "spec: {damping: 1, windows: {}, batch: []}"},
		"an unknown field":        {"spec: {damping: {deadBand: {sideways: 1}}}", "spec: {damping: {deadBand: {sideways: 1}}}"},
		"no object":               {"[1]", "[1]"},
		"both names":              {"spec: {damping: {lead: 1m, forecastHorizon: 1m}}", "spec.damping.lead: Forbidden: is the old name of spec.damping.forecastHorizon: set only that field"},
		"both names, elsewhere":   {"spec: {damping: {deadBand: {scaleUp: 0}, advanced: {deadBand: {scaleUpPercent: 0}}}}", "spec.damping.deadBand.scaleUp: Forbidden: is the old name of spec.damping.advanced.deadBand.scaleUpPercent: set only that field"},
		"both names, in a window": {"spec: {windows: [{batch: {margin: 1%, marginPercent: 1}}]}", "spec.windows[0].batch.margin: Forbidden: is the old name of spec.windows[0].batch.marginPercent: set only that field"},
		"a part of a percent":     {"spec: {damping: {deadBand: {scaleUp: 0.125}}}", "spec.damping.deadBand.scaleUp: Invalid value: 0.125: must be a whole percentage, such as 0.12; the field is now spec.damping.advanced.deadBand.scaleUpPercent"},
		"too wide a band":         {"spec: {damping: {deadBand: {scaleDown: '1.5'}}}", `spec.damping.deadBand.scaleDown: Invalid value: "1.5": must be from 0 to 1; the field is now spec.damping.advanced.deadBand.scaleDownPercent`},
		"a long exponent":         {"spec: {damping: {deadBand: {scaleUp: '1e-999999999'}}}", `spec.damping.deadBand.scaleUp: Invalid value: "1e-999999999": must be from 0 to 1; the field is now spec.damping.advanced.deadBand.scaleUpPercent`},
		"a margin without a %":    {"spec: {batch: {margin: 20}}", "spec.batch.margin: Invalid value: 20: must be a percentage from 0% to 999%, such as 20%; the field is now spec.batch.marginPercent"},
		"no place for it":         {"spec: {damping: {safety: 1, advanced: 2}}", "spec.damping.advanced.safety: Invalid value: must be an object"},
	} {
		t.Run(name, func(t *testing.T) {
			old, err := yaml.YAMLToJSONStrict([]byte(tc.old))
			if err != nil {
				t.Fatal(err)
			}
			got, err := v1alpha1.RenameFieldsJSON(old)
			if err != nil {
				if err.Error() != tc.want {
					t.Errorf("got the error %q, want %q", err, tc.want)
				}
				return
			}
			want, err := yaml.YAMLToJSONStrict([]byte(tc.want))
			if err != nil {
				t.Fatalf("got no error, want %q", tc.want)
			}
			var gotTree, wantTree any
			if err := yaml.Unmarshal(got, &gotTree); err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(want, &wantTree); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantTree, gotTree); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}
