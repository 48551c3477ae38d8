package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/sim/load"
)

const (
	exampleLoad       = "../../docs/examples/load.csv"
	exampleAutoscaler = "../../docs/examples/autoscaler.yaml"
	examplePlant      = "../../docs/examples/plant.yaml"
)

// TestSameFlagsPrintTheSameBytes, with the keys that programs read.
func TestSameFlagsPrintTheSameBytes(t *testing.T) {
	const line = "sim --trace " + exampleLoad + " --policy hpa --policy " + exampleAutoscaler + " --plant " + examplePlant + " --scale x1.5 -o json"
	code, once, errOut := shell(t, "", line)
	if code != 0 || errOut != "" {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	if _, again, _ := shell(t, "", line); again != once {
		t.Error("the same flags print other bytes")
	}
	if _, other, _ := shell(t, "", line+" --seed 2"); other == once {
		t.Error("another seed prints the same bytes")
	}
	var report struct {
		Trace   string
		Results []map[string]any
	}
	if err := json.Unmarshal([]byte(once), &report); err != nil {
		t.Fatal(err)
	}
	if report.Trace != exampleLoad || len(report.Results) != 2 || report.Results[0]["policy"] != "hpa" || report.Results[1]["policy"] != exampleAutoscaler {
		t.Errorf("the report is %s", once)
	}
	for _, result := range report.Results {
		for _, key := range []string{
			"sloViolationSeconds", "lateShare", "podHours", "optimalPodHours", "changes", "reversals", "churn", "thetaU", "thetaO", "tauU", "tauO",
		} {
			if _, ok := result[key].(float64); !ok {
				t.Errorf("%v has no number %s", result["policy"], key)
			}
		}
		// The trace is a day long, and half an hour of it is not known, to within a step.
		if seconds := result["seconds"].(float64); seconds != 86400-1800 {
			t.Errorf("%g seconds are scored", seconds)
		}
	}
}

// TestStartScoresAreAdded: the flag adds an object to each result, and changes nothing else.
func TestStartScoresAreAdded(t *testing.T) {
	const line = "sim --trace ../../docs/examples/step.csv --scale x1 --plant ../../docs/examples/slow-starts.yaml --policy hpa"
	type report struct{ Results []map[string]any }
	read := func(flags string) (r report) {
		code, out, errOut := shell(t, "", line+flags)
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatalf("exit code %d: %v %s", code, err, errOut)
		}
		return r
	}
	without, with := read(" -o json"), read(" -o json --starts")
	starts, ok := with.Results[0]["starts"].(map[string]any)
	for _, key := range []string{
		"timeToServeSeconds", "peakReplicas", "peakDemand", "runaway", "startingPodHours", "blockedPodHours", "wastedPodHours",
	} {
		if _, found := starts[key].(float64); !ok || !found {
			t.Errorf("the scores of starts have no number %s: %v", key, starts)
		}
	}
	delete(with.Results[0], "starts")
	if diff := cmp.Diff(without, with); diff != "" {
		t.Errorf("--starts changes other scores (-without +with):\n%s", diff)
	}
	if _, page, _ := shell(t, "", line+" --starts -o html"); !strings.Contains(page, "<h2>Starts</h2>") {
		t.Error("the page has no scores of starts")
	}
}

// TestSimPrintsOneHTMLPage with the policies of the flags.
func TestSimPrintsOneHTMLPage(t *testing.T) {
	code, out, errOut := shell(t, "", "sim --trace "+exampleLoad+" --policy "+exampleAutoscaler+" --against hpa,azure -o html")
	if code != 0 || errOut != "" || !strings.HasPrefix(out, "<!DOCTYPE html>") || !strings.HasSuffix(out, "</html>\n") {
		t.Fatalf("exit code %d, %s, and a page that begins with %.40s", code, errOut, out)
	}
	for _, part := range []string{"Policies over load.csv", "<h2>" + exampleAutoscaler + "</h2>", "<h2>hpa</h2>", "<h2>azure</h2>", "The seed is 1."} {
		if !strings.Contains(out, part) {
			t.Errorf("there is no %s in the page", part)
		}
	}
}

// TestSimComparesPolicies in the order of the flags, by either metric.
func TestSimComparesPolicies(t *testing.T) {
	for _, metric := range []string{"rate", "cpu"} {
		line := "sim --trace " + exampleLoad + " --policy " + exampleAutoscaler + " --against hpa,keda --against knative,wpa,azure,target-tracking -o json --metric " + metric
		code, out, errOut := shell(t, "", line)
		var r simJSON
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatalf("exit code %d: %v %s", code, err, errOut)
		}
		var names []string
		for _, result := range r.Results {
			if names = append(names, result.Policy); result.PodHours < result.OptimalPodHours || result.Changes == 0 {
				t.Errorf("by %s, %s has the scores %+v", metric, result.Policy, result)
			}
		}
		if want := []string{exampleAutoscaler, "hpa", "keda", "knative", "wpa", "azure", "target-tracking"}; !cmp.Equal(want, names) {
			t.Errorf("the results are of %v", names)
		}
	}
}

// TestScaleIsPodsOrAFactor: the load is scaled to a number of pods, or by a factor.
func TestScaleIsPodsOrAFactor(t *testing.T) {
	factor := func(flags string) float64 {
		code, out, errOut := shell(t, "", "sim --trace "+exampleLoad+" --policy hpa -o json "+flags)
		var r simJSON
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatalf("exit code %d: %v %s", code, err, errOut)
		}
		return r.Factor
	}
	text, err := os.ReadFile(exampleLoad)
	if err != nil {
		t.Fatal(err)
	}
	trace, err := load.ParseTrace(string(text))
	if err != nil {
		t.Fatal(err)
	}
	high := trace.Quantile(0.999)
	for flags, want := range map[string]float64{
		"":                                   60 * 7 / high,
		"--scale 20":                         20 * 7 / high,
		"--scale 20 --target 50":             20 * 5 / high,
		"--scale 20 --counts":                20 * 7 / high * 600,
		"--scale x2.5":                       2.5,
		"--scale x1 --plant " + examplePlant: 1,
	} {
		if got := factor(flags); got != want {
			t.Errorf("%s: the factor is %g, want %g", flags, got, want)
		}
	}
}

// TestSimRejectsInvalidInput with an error that names the file or the flag.
func TestSimRejectsInvalidInput(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	autoscaler := read(exampleAutoscaler)
	for name, tc := range map[string]struct{ flags, says string }{
		"no flags":         {"", `required flag(s) "policy", "trace" not set`},
		"no such trace":    {"--policy hpa --trace none.csv", "open none.csv: no such file"},
		"a bad trace":      {"--policy hpa --trace " + file("bad.csv", "timestamp,value\nnow,1\n"), `bad.csv: line 2: "now" is not a timestamp: use RFC 3339`},
		"a short trace":    {"--policy hpa --trace " + file("short.csv", "timestamp,value\n2026-03-02T12:00:00Z,1\n2026-03-02T12:00:10Z,1\n"), "short.csv: the trace is 20s long: must be at least 2m0s"},
		"a trace of zeros": {"--policy hpa --trace " + file("zero.csv", "timestamp,value\n2026-03-02T12:00:00Z,0\n2026-03-02T12:10:00Z,0\n"), "zero.csv: the 99.9th percentile of the trace is 0, so it cannot be scaled to pods: use --scale x1"},
		"no such policy":   {"--policy kpa --trace " + exampleLoad, `--policy, --against: Invalid value: "kpa": must be one of hpa, hpa-calm, recommended, responsive, thrifty, steady, keda, wpa, knative, azure, target-tracking, or a file: open kpa: no such file`},
		"a ScaledObject": {
			"--policy " + file("so.yaml", "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {triggers: []}\n") + " --trace " + exampleLoad,
			`so.yaml: apiVersion "keda.sh/v1alpha1" and kind "ScaledObject": must be autoscaling.flyball.dev/v1alpha1 and HorizontalAutoscaler; flyball import scaledobject -f FILE converts it`,
		},
		"another kind":      {"--policy " + file("hpa.yaml", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n") + " --trace " + exampleLoad, `hpa.yaml: apiVersion "autoscaling/v2" and kind "HorizontalPodAutoscaler": must be`},
		"a field":           {"--policy " + file("field.yaml", strings.Replace(autoscaler, "minReplicas", "minPods", 1)) + " --trace " + exampleLoad, `field.yaml: error unmarshaling JSON: while decoding JSON: json: unknown field "minPods"`},
		"a field twice":     {"--policy " + file("twice.yaml", strings.Replace(autoscaler, "maxReplicas", "damping: {lead: 1m, forecastHorizon: 1m}\n  maxReplicas", 1)) + " --trace " + exampleLoad, "twice.yaml: spec.damping.lead: Forbidden: is the old name of spec.damping.forecastHorizon"},
		"a wrong spec":      {"--policy " + file("wrong.yaml", strings.Replace(autoscaler, "maxReplicas: 200", "maxReplicas: 1", 1)) + " --trace " + exampleLoad, "wrong.yaml: spec.maxReplicas"},
		"a batch":           {"--policy " + file("batch.yaml", batchWindow) + " --trace " + exampleLoad, "batch.yaml: spec.windows: a window has a batch, which simulated pods do not run: remove it"},
		"a metric":          {"--policy " + file("metric.yaml", memory) + " --trace " + exampleLoad, `metric.yaml: metric "memory": the only resource of simulated pods is cpu: remove the metric`},
		"a metric of hpa":   {"--policy hpa --metric memory --trace " + exampleLoad, "--metric: Invalid value: memory: policy hpa: must be rate or cpu"},
		"bounds of hpa":     {"--policy hpa --min 5 --max 3 --trace " + exampleLoad, "--max: Invalid value: 3: policy hpa: must be at least --min (5)"},
		"a target of hpa":   {"--policy hpa --target 0 --trace " + exampleLoad, "--target: Invalid value: 0: policy hpa: must be from 1 to 100 percent"},
		"no replicas":       {"--policy hpa --min 0 --trace " + exampleLoad, "--min: Invalid value: 0: policy hpa: must be at least 1"},
		"a scale":           {"--policy hpa --scale 0 --trace " + exampleLoad, "must be a number of pods, greater than 0 and at most 10000, or a factor such as x2.5"},
		"a field of plant":  {"--policy hpa --trace " + exampleLoad + " --plant " + file("plant.yaml", "pods: 3\n"), `plant.yaml: error unmarshaling JSON: while decoding JSON: json: unknown field "pods"`},
		"a time of plant":   {"--policy hpa --trace " + exampleLoad + " --plant " + file("time.yaml", "pod: {start: {median: 30}}\n"), `time.yaml:`},
		"a word of plant":   {"--policy hpa --trace " + exampleLoad + " --plant " + file("word.yaml", "pod: {start: {median: soon}}\n"), `word.yaml: pod.start.median: Invalid value: "soon": must be a duration such as 90s or 5m`},
		"a value of plant":  {"--policy hpa --trace " + exampleLoad + " --plant " + file("value.yaml", "pod: {rate: -1}\n"), "value.yaml: pod.rate is -1: it must be greater than 0"},
		"a time of nodes":   {"--policy hpa --trace " + exampleLoad + " --plant " + file("added.yaml", "nodes: {added: [{at: noon, count: 1}]}\n"), `added.yaml: nodes.added[0].at: Invalid value: "noon": must be a duration such as 90s or 5m`},
		"a share of plant":  {"--policy hpa --trace " + exampleLoad + " --plant " + file("share.yaml", "pod: {crashLoops: 2}\n"), "share.yaml: pod.crashLoops is 2: it must be from 0 to 1"},
		"a signal of plant": {"--policy hpa --trace " + exampleLoad + " --plant " + file("signal.yaml", "metrics: {signals: {rate: speed}}\n"), `signal.yaml: metrics.signals[rate]: "speed" is not a signal: use one of arrived, served, backlog, wait, cpu`},
		"a format":          {"--policy hpa --trace " + exampleLoad + " -o pdf", "must be one of [table json yaml html]"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := shell(t, "", "sim "+tc.flags)
			if code != exit.Unusable || out != "" || !strings.Contains(errOut, tc.says) {
				t.Errorf("exit code %d, output %q, error %q; want one that says %q", code, out, errOut, tc.says)
			}
		})
	}
}

const batchWindow = `apiVersion: autoscaling.flyball.dev/v1alpha1
kind: HorizontalAutoscaler
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 5
  windows:
  - name: night
    start: "0 22 * * *"
    duration: 8h
    batch:
      backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}
      throughputPerReplica: {quantity: 1}
`

const memory = `apiVersion: autoscaling.flyball.dev/v1alpha1
kind: HorizontalAutoscaler
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 5
  metrics:
    - {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}}
`
