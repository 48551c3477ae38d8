package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJSONKeysStay pins the keys that programs read. The keys of a list's items follow [].
func TestJSONKeysStay(t *testing.T) {
	const decision = `autoscaler conditions[].message conditions[].reason conditions[].status conditions[].type current decided desired max min ` +
		`reason same steps[].detail steps[].from steps[].step steps[].to targets time`
	const adapter = " -f testdata/rules/adapter.yaml "
	examples := "../../docs/examples/"
	prometheus := prometheus(t)
	for args, want := range map[string]string{
		"decide -f " + example:  decision,
		"explain -f " + example: decision,
		"explain web -n shop --kubeconfig " + apiServer(t): `autoscaler conditions[].message conditions[].reason conditions[].status conditions[].type current desired ` +
			`openWindows[] reason source steps[].detail steps[].from steps[].step steps[].to targets time`,
		"top -n shop --token ann --kubeconfig " + apiServer(t): "items[].current items[].desired items[].lastScaleTime items[].limit items[].max items[].min items[].mode items[].name items[].namespace items[].reference " +
			"items[].sampleTime items[].targets items[].time source",
		"windows --from 2026-03-27 --to 2026-03-30 -f " + examples + "windows.yaml":                     "occurrences[].end occurrences[].start occurrences[].target occurrences[].window",
		"windows --at 2026-03-27T21:55:00+01:00 -f " + examples + "windows.yaml":                        "at bounds.maxReplicas bounds.minReplicas open[]",
		"rules check" + adapter + "--series testdata/rules/series.json":                                 "findings[].message findings[].rule findings[].severity metrics[].api metrics[].name metrics[].namespaced metrics[].query metrics[].resource",
		"rules explain http_requests_per_second pod/web-1 -n shop --prometheus " + prometheus + adapter: "metric object stages[].result stages[].step value",
		"sim --policy hpa --trace " + exampleLoad: "factor results[].changes results[].churn results[].flaps results[].instability results[].lateShare results[].optimalPodHours results[].podHours results[].policy " +
			"results[].reversals results[].seconds results[].sloViolationSeconds results[].tauO results[].tauU results[].thetaO results[].thetaU seed trace",
	} {
		_, out, errOut := shell(t, "", args+" -o json")
		var answer any
		if err := json.Unmarshal([]byte(out), &answer); err != nil {
			t.Errorf("%s: %v: %s", args, err, errOut)
			continue
		}
		keys := map[string]bool{}
		collectKeys(keys, "", answer)
		if diff := cmp.Diff(strings.Fields(want), slices.Sorted(maps.Keys(keys))); diff != "" {
			t.Errorf("%s: keys (-want +got):\n%s", args, diff)
		}
	}
}

// collectKeys adds the paths of all leaves of a JSON value.
func collectKeys(keys map[string]bool, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			collectKeys(keys, strings.TrimPrefix(path+"."+key, "."), below)
		}
	case []any:
		if len(v) == 0 {
			keys[path+"[]"] = true
		}
		for _, below := range v {
			collectKeys(keys, path+"[]", below)
		}
	default:
		keys[path] = true
	}
}

// decisionJSON is what the tests read of the JSON of decide and explain.
type decisionJSON struct {
	Autoscaler, Source, Reason, Targets string
	Current, Desired                    int32
	Min, Max, Decided                   *int32
	Same                                *bool
	Steps                               []struct{ Detail string }
	Conditions                          []any
}

// windowsJSON is the JSON of windows.
type windowsJSON struct {
	Occurrences []occurrence
	Warnings    []string
}

type occurrence struct{ Window, Target, Start, End string }

// windowsAtJSON is the JSON of windows --at: Open and Bounds for one target, Targets for several.
type windowsAtJSON struct {
	At       string
	Open     []string
	Bounds   bounds
	Targets  []targetJSON
	Warnings []string
}

type targetJSON struct {
	Target string
	Open   []string
	Bounds bounds
}

type bounds struct{ MinReplicas, MaxReplicas *int32 }

// simJSON is what the tests read of the JSON of sim.
type simJSON struct {
	Factor  float64
	Results []struct {
		Policy                    string
		PodHours, OptimalPodHours float64
		Changes                   int
	}
}
