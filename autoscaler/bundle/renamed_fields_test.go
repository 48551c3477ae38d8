package bundle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestBundlesMayHaveOldFieldNames: a bundle whose specs have the old names of fields is the same bundle.
func TestBundlesMayHaveOldFieldNames(t *testing.T) {
	const window = `
scaleWindows:
- metadata: {name: night}
  spec: {targets: [{kind: HorizontalAutoscaler, name: sorter}], start: 0 22 * * *, duration: 8h, lead: 10m, batch: {%s,
    backlog: {type: External, external: {metric: {name: left}, target: {type: Value, value: 1}}}, throughputPerReplica: {quantity: 1}}}
`
	with := func(damping, margin string) string {
		metric := `{type: External, external: {metric: {name: parcels}, target: {type: AverageValue, averageValue: "20"}}}`
		text := fmt.Sprintf(dampedBundle, 1, metric, damping, "", `{value: "200", time: 2026-06-01T08:59:55Z}`)
		return strings.Replace(text, "\nstate:", fmt.Sprintf(window, margin)+"state:", 1)
	}
	read := func(text string) *bundle.Bundle {
		b, err := bundle.Unmarshal([]byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return b
	}
	old := read(with(`lead: 90s, deadBand: {scaleUp: "0.05"}, surgeLimit: "2"`, "margin: 35%"))
	current := read(with(`forecastHorizon: 90s, advanced: {deadBand: {scaleUpPercent: 5}, surgeLimit: "2"}`, "marginPercent: 35"))
	if diff := cmp.Diff(current, old, cmp.AllowUnexported(policy.Policy{})); diff != "" {
		t.Errorf("with old names (+) it is another bundle:\n%s", diff)
	}
	for text, want := range map[string]string{
		with("lead: 1m, forecastHorizon: 1m", "marginPercent: 1"): "autoscaler.spec.damping.lead: Forbidden: is the old name of autoscaler.spec.damping.forecastHorizon",
		with("", "margin: 20"): "scaleWindows[0].spec.batch.margin: Invalid value: 20: must be a percentage from 0% to 999%, such as 20%",
	} {
		if _, err := bundle.Unmarshal([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got the error %v, want %s", err, want)
		}
	}
}
