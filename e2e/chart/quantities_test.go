package chart

import (
	"strings"
	"testing"
	"time"
)

// quantityFields are all fields of specs that hold a quantity: a spec with a place for it, and the field.
var quantityFields = map[string]struct{ kind, spec string }{
	"spec.behavior.scaleUp.tolerance":  {"HorizontalAutoscaler", smallestSpec + "behavior: {scaleUp: {tolerance: QUANTITY}}"},
	"spec.damping.advanced.surgeLimit": {"HorizontalAutoscaler", smallestSpec + "damping: {advanced: {surgeLimit: QUANTITY}}"},
	"spec.damping.advanced.staffing":   {"HorizontalAutoscaler", smallestSpec + "damping: {advanced: {staffing: QUANTITY}}"},
	"spec.damping.advanced.safety":     {"HorizontalAutoscaler", smallestSpec + "damping: {advanced: {safety: QUANTITY}}"},
	"spec.metrics[0].external.target.value": {
		"HorizontalAutoscaler", smallestSpec + "metrics: [{type: External, external: {metric: {name: m}, target: {type: Value, value: QUANTITY}}}]",
	},
	"spec.metrics[0].pods.target.averageValue": {
		"HorizontalAutoscaler", smallestSpec + "metrics: [{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: QUANTITY}}}]",
	},
	"spec.metrics[0].prometheus.activationValue": {
		"HorizontalAutoscaler", smallestSpec + "metrics: [{type: Prometheus, prometheus: {query: up, activationValue: QUANTITY, target: {type: Value, value: 1}}}]",
	},
	"spec.batch.throughputPerReplica.quantity": {"ScaleWindow", `targets: [{kind: HorizontalAutoscaler, name: web}]
start: 0 22 * * *
duration: 8h
batch: {backlog: {type: Prometheus, prometheus: {query: up, target: {type: Value, value: 1}}}, throughputPerReplica: {quantity: QUANTITY}}`},
	"spec.batch.throughputPerReplica.learned.initial": {"ScaleWindow", `targets: [{kind: HorizontalAutoscaler, name: web}]
start: 0 22 * * *
duration: 8h
batch: {backlog: {type: Prometheus, prometheus: {query: up, target: {type: Value, value: 1}}}, throughputPerReplica: {learned: {initial: QUANTITY}}}`},
}

// Whatever autoscaling/v2 takes as a number of sense is taken in every place.
func TestQuantitiesAreAccepted(t *testing.T) {
	schemas := loadCRDs(t)
	for name, field := range quantityFields {
		for _, quantity := range []string{
			"1", "'1'", "'0.05'", "+5", "'.5'", "'5.'", "100n", "100u", "50m", "1k", "1M", "1G", "1T", "1P", "1E", "500Ki", "500Mi", "1Gi", "1Ti", "1Pi", "1Ei",
			"'1e3'", "'1E3'", "'1e+3'", "'1e-3'", "'1e0003'", "'1.5e-9'", "'1e-0000000009'", "'1e999'", "'1e-999'", "'9223372036854775807'",
		} {
			spec := strings.ReplaceAll(field.spec, "QUANTITY", quantity)
			if _, dropped, errs := schemas[field.kind].admit(t, manifest(field.kind, spec)); len(dropped) > 0 || len(errs) > 0 {
				t.Errorf("%s: %s: dropped %q, errors %v", name, quantity, dropped, errs.ToAggregate())
			}
		}
	}
}

// A number such as 1e-30000000 takes Kubernetes' own decoder, and the rules of the API server that compare quantities,
// many seconds. It must not come as far as either.
func TestNumbersThatTakeLongToReadAreRefused(t *testing.T) {
	schemas := loadCRDs(t)
	begin := time.Now()
	for name, field := range quantityFields {
		for _, quantity := range []string{"1e-30000000", "1E30000000", "-1e+1000", "1e-0001000", "1e2147483647", "0.5e-99999999"} {
			spec := strings.ReplaceAll(field.spec, "QUANTITY", "'"+quantity+"'")
			_, _, errs := schemas[field.kind].admit(t, manifest(field.kind, spec))
			reported := false
			for _, err := range errs {
				reported = reported || err.Field == name && strings.Contains(err.Detail, "must not have an exponent of more than three digits")
			}
			if !reported {
				t.Errorf("%s: %s: errors %v", name, quantity, errs.ToAggregate())
			}
		}
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("refusing took %s, so something has read the numbers", took)
	}
}
