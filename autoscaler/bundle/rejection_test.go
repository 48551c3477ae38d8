package bundle_test

import (
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/bundle"
)

// TestRefusals: what cannot be replayed is refused, by its field's name.
func TestRefusals(t *testing.T) {
	const cpu = `apiVersion: autoscaling.flyball.dev/v1alpha1
kind: DecisionBundle
time: 2026-03-02T12:00:00Z
autoscaler: {spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 20}}
observation:
  specReplicas: 2
  pods: [{name: a}, {name: b}]
`
	whole := small(`{value: 200}`)
	edit := func(old, changed string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("the bundle has no %q", old)
		}
		return strings.Replace(whole, old, changed, 1)
	}
	for name, tc := range map[string]struct{ bundle, want string }{
		"nothing":               {"", `apiVersion is "" and kind is ""`},
		"a list":                {"[1]", "the bundle needs an apiVersion and a kind"},
		"no YAML":               {"a: [", "the bundle is not YAML"},
		"a field twice":         {whole + "kind: DecisionBundle\n", `key "kind" already set`},
		"two bundles":           {whole + "---\n" + whole, "the file has more than one YAML document: a bundle is one document"},
		"a later version":       {edit("v1alpha1", "v2"), `apiVersion is "autoscaling.flyball.dev/v2" and kind is "DecisionBundle": this program reads bundles of apiVersion "autoscaling.flyball.dev/v1alpha1"`},
		"an autoscaler":         {edit("DecisionBundle", "HorizontalAutoscaler"), `kind is "HorizontalAutoscaler"`},
		"an unknown field":      {edit("specReplicas: 4", "specReplicas: 4\n  replicas: 4"), `unknown field "observation.replicas"`},
		"one of the spec":       {edit("maxReplicas: 20", "maxReplica: 20"), `unknown field "autoscaler.spec.maxReplica"`},
		"no time":               {edit("time: 2026-03-02T12:00:00Z", ""), "time: Required value: write an instant"},
		"a time of day":         {edit("2026-03-02T12:00:00Z", "noon"), `time: Invalid value: "noon": is not an instant`},
		"the beginning":         {edit("2026-03-02T12:00:00Z", "0001-01-01T00:00:00Z"), "is not in the years 2 to 9999"},
		"no autoscaler":         {"apiVersion: autoscaling.flyball.dev/v1alpha1\nkind: DecisionBundle\ntime: 2026-03-02T12:00:00Z\nobservation: {specReplicas: 1}", "autoscaler.spec: Required value"},
		"no spec":               {"apiVersion: autoscaling.flyball.dev/v1alpha1\nkind: DecisionBundle\ntime: 2026-03-02T12:00:00Z\nautoscaler: {}\nobservation: {specReplicas: 1}", "autoscaler.spec: Required value"},
		"a spec that is none":   {edit("maxReplicas: 20", "maxReplicas: 0"), "autoscaler.spec.maxReplicas: Invalid value: 0: must be greater than 0"},
		"a window of no name":   {edit("observation:", "scaleWindows: [{spec: {targets: [{kind: HorizontalAutoscaler, name: web}], start: 0 1 * * *, duration: 1h, replicas: 2}}]\nobservation:"), "scaleWindows[0].metadata.name: Required value"},
		"a window of no spec":   {edit("observation:", "scaleWindows: [{metadata: {name: w}}]\nobservation:"), "scaleWindows[0].spec: Required value"},
		"a window that is none": {edit("observation:", "scaleWindows: [{metadata: {name: w}, spec: {targets: [{kind: HorizontalAutoscaler, name: web}], start: 0 25 * * *, duration: 1h, replicas: 2}}]\nobservation:"), "scaleWindows[0].spec.start: Invalid value"},
		"a bad backlog":         {edit("observation:", "scaleWindows: [{metadata: {name: w}, spec: {batch: {throughputPerReplica: {quantity: lots}}}}]\nobservation:"), `scaleWindows[0].spec.batch.throughputPerReplica.quantity: Invalid value: "lots": is not a quantity`},
		"a text for a number":   {edit("maxReplicas: 20", "maxReplicas: many"), "autoscaler.spec.maxReplicas: must be of type int32, and is a string"},
		"a bad target":          {edit("averageValue: 25", "averageValue: lots"), `autoscaler.spec.metrics[0].external.target.averageValue: Invalid value: "lots": is not a quantity`},
		"a huge exponent":       {edit("averageValue: 25", "averageValue: 1e-999999999"), "autoscaler.spec.metrics[0].external.target.averageValue: Invalid value"},
		"NaN":                   {edit("specReplicas: 4", "specReplicas: .nan"), `observation.specReplicas: Invalid value: "NaN": is not a finite number`},
		"NaN in words":          {small("{value: NaN}"), `observation.readings[0].value: Invalid value: "NaN": is not a quantity`},
		"infinity":              {small("{value: -.inf}"), `observation.readings[0].value: Invalid value: "-Inf": is not a finite number`},
		"no value":              {small("{}"), "observation.readings[0].value: Required value: write the value, or a problem"},
		"value and problem":     {small("{value: 1, problem: gone}"), "observation.readings[0].value: Forbidden: a reading with a problem has no value"},
		"too small a part":      {small(`{value: "0.0001"}`), "has parts smaller than a thousandth"},
		"too large":             {small("{value: 10P}"), `observation.readings[0].value: Invalid value: "10P": is beyond what a metric can hold`},
		"too large by one":      {small("{value: 9223372036854775808m}"), "is beyond what a metric can hold"},
		"too large to print":    {small(`{value: "1e999999999"}`), "has an exponent beyond 40"},
		"a rounded number":      {small("{value: 123456789012345.678}"), "observation.readings[0].value: Invalid value: \"1.2345678901234567e+14\": may have lost digits: write a number of this size in quotes"},
		"a map":                 {small("{value: {a: 1}}"), `observation.readings[0].value: Invalid value: "{\"a\":1}": is not a quantity`},
		"samples of a whole":    {small("{value: 1, samples: [{value: 1}]}"), "observation.readings[0].samples: Forbidden: the metric is one value"},
		"no readings":           {strings.Split(whole, "  readings:")[0], "observation.readings: Invalid value: 0: must be one for each metric of the spec, in the same order: 1"},
		"a reading too many":    {whole + "  - {value: 1}\n", "observation.readings: Invalid value: 2"},
		"negative replicas":     {edit("specReplicas: 4", "specReplicas: -4"), "observation.specReplicas: Invalid value: -4: must not be negative"},
		"no replicas":           {edit("specReplicas: 4", "statusReplicas: 4"), "observation.specReplicas: Required value"},
		"no observation":        {strings.Split(whole, "observation:")[0], "observation: Required value"},
		"a correction":          {whole + "defaults: {withoutCorrections: [Everything]}\n", `defaults.withoutCorrections: Invalid value: ["Everything"]: unknown correction "Everything"`},
		"a tolerance":           {whole + "defaults: {tolerance: -1}\n", `defaults.tolerance: Invalid value: "-1": must not be negative`},
		"a tolerance of NaN":    {whole + "defaults: {tolerance: nan}\n", `defaults.tolerance: Invalid value: "nan": is not a finite number`},
		"a negative duration":   {whole + "defaults: {maxSampleAge: -1s}\n", `defaults.maxSampleAge: Invalid value: "-1s": must not be negative`},
		"an outage of none":     {whole + "state: {outages: [{metric: 1, since: 2026-03-02T11:00:00Z}]}\n", "state.outages[0].metric: Invalid value: 1: is no place in spec.metrics"},
		"an event of no time":   {whole + "state: {scaleUps: [{change: 1}]}\n", "state.scaleUps[0].time: Required value"},
		"a negative wish":       {whole + "state: {recommendations: [{replicas: -1, time: 2026-03-02T11:00:00Z}]}\n", "state.recommendations[0].replicas: Invalid value: -1"},

		"a short list":         {cpu + "  readings: [{samples: [{value: 1}], requests: [1, 1]}]", "observation.readings[0].samples: Invalid value: 1: must be one for each of the 2 pods"},
		"few requests":         {cpu + "  readings: [{samples: [{value: 1}, {value: 1}], requests: [1]}]", "observation.readings[0].requests: Invalid value: 1: must be one for each of the 2 pods"},
		"slipped by one":       {cpu + "  readings: [{samples: [{pod: b, value: 1}, {pod: a, value: 1}], requests: [1, 1]}]", `observation.readings[0].samples[0].pod: Invalid value: "b": must be "a", the name of pod 0`},
		"a value of pods":      {cpu + "  readings: [{value: 1}]", "observation.readings[0].value: Forbidden: each pod has its own sample"},
		"a sample of no value": {cpu + "  readings: [{samples: [{time: 2026-03-02T11:00:00Z}, {}], requests: [1, 1]}]", "observation.readings[0].samples[0].value: Required value"},
		"an impossible phase":  {strings.Replace(cpu, "name: a", "phase: Dreaming", 1) + "  readings: [{problem: x}]", `observation.pods[0].phase: Unsupported value: "Dreaming": supported values: "Pending", "Running", "Succeeded", "Failed", "Unknown"`},
		"a readiness":          {strings.Replace(cpu, "name: a", "readiness: \"True\"", 1) + "  readings: [{problem: x}]", `observation.pods[0].readiness: Unsupported value: "True": supported values: "None", "Ready", "NotReady", "Unknown"`},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := bundle.Unmarshal([]byte(tc.bundle))
			if err == nil {
				t.Fatalf("read as %+v", b)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %q, want it to say %q", err, tc.want)
			}
		})
	}
}

// TestEveryFaultIsNamedAtOnce, so that a file need not be tried once for each.
func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	text := strings.Replace(small("{value: a lot}"), "2026-03-02T12:00:00Z", "noon", 1) + "defaults: {tolerance: -1}\n"
	_, err := bundle.Unmarshal([]byte(text))
	if err == nil {
		t.Fatal("read")
	}
	for _, want := range []string{"time: ", "defaults.tolerance: ", "observation.readings[0].value: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %s", err, want)
		}
	}
}

// TestQuantitiesAreExact: each is thousandths to the last digit, however it is written.
func TestQuantitiesAreExact(t *testing.T) {
	for written, want := range map[string]int64{
		"0": 0, "1.5": 1500, `"1.5"`: 1500, "1500m": 1500, "2Ki": 2_048_000, "-1": -1000, "1e3": 1_000_000, "5E-3": 5,
		"9223372036854775807m": 9223372036854775807, "-9223372036854775808m": -9223372036854775808,
		`"9223372036854775.807"`: 9223372036854775807, "-1000000000000000000.00m": -1_000_000_000_000_000_000, "9P": 9_000_000_000_000_000_000,
	} {
		b, err := bundle.Unmarshal([]byte(small("{value: " + written + "}")))
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if got := b.Observation.Readings[0].Value; got != want {
			t.Errorf("%s is %d thousandths, want %d", written, got, want)
		}
	}
}
