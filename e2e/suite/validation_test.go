package suite

import (
	"strings"
	"testing"

	"flyball.dev/flyball/e2e/testcluster"
)

// The API server rejects invalid specs; the error names the field and the valid values.
func TestInvalidSpecsAreRejectedByField(t *testing.T) {
	s := parallelStory(t)
	for name, tc := range map[string]struct{ spec, message string }{
		"no target": {
			`maxReplicas: 3`,
			"spec.scaleTargetRef: Required value",
		},
		"floor above ceiling": {
			`{scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 5, maxReplicas: 3}`,
			"spec.minReplicas: Invalid value: must be less than or equal to maxReplicas",
		},
		"ceiling of nothing": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 0}`,
			"spec.maxReplicas: Invalid value: 0: spec.maxReplicas in body should be greater than or equal to 1",
		},
		"zero without a metric that can wake it": {
			`{scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 0, maxReplicas: 3}`,
			"0 requires a metric of type Object, External or Prometheus, or a batch window",
		},
		"metric without its source": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, metrics: [{type: Pods}]}`,
			"pods is set if, and only if, type is Pods",
		},
		"unknown metric type": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, metrics: [{type: Magic}]}`,
			`spec.metrics[0].type: Unsupported value: "Magic"`,
		},
		"target of nothing": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, metrics: [{type: Prometheus, prometheus: {query: up, target: {type: Value, value: "0"}}}]}`,
			"spec.metrics[0].prometheus.target.value: Invalid value",
		},
		"age that is no duration": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, metrics: [{type: Prometheus, prometheus: {query: up, maxAge: soon, target: {type: Value, value: "1"}}}]}`,
			"spec.metrics[0].prometheus.maxAge",
		},
		"window without bounds": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, windows: [{name: night, start: "0 22 * * *", duration: 8h}]}`,
			"set replicas, or minReplicas and maxReplicas or one of them, or batch",
		},
		"window with two ends": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, windows: [{name: night, start: "0 22 * * *", duration: 8h, end: "0 6 * * *", minReplicas: 2}]}`,
			"needs exactly one of duration and end",
		},
		"stabilisation of two hours": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, behavior: {scaleUp: {stabilizationWindowSeconds: 7200}}}`,
			"spec.behavior.scaleUp.stabilizationWindowSeconds",
		},
		"mode of another world": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, mode: Turbo}`,
			`spec.mode: Unsupported value: "Turbo"`,
		},
		"field that does not exist": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, maxReplica: 4}`,
			`.spec.maxReplica: field not declared in schema`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.tryApply("kind: HorizontalAutoscaler\nmetadata: {name: bad}\nspec: " + inline(tc.spec))
			if err == nil {
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), tc.message) {
				t.Errorf("got an error without %q:\n%v", tc.message, err)
			}
		})
	}
}

// Invalid times of windows have the same errors in a HorizontalAutoscaler and in a ScaleWindow.
func TestInvalidWindowsAreRejectedByField(t *testing.T) {
	s := parallelStory(t)
	for name, tc := range map[string]struct{ window, field, message string }{
		"cron line of six fields": {`start: "0 0 22 * * *", duration: 8h`, "start", "must be a cron line of the five fields minute, hour, day of month, month, day of week"},
		"cron line that is none":  {`start: "0 22 L * *", duration: 8h`, "start", "must be a cron line of the five fields"},
		"no place on the clock":   {`start: "@every 5m", duration: 8h`, "start", "must not be a short form such as @daily or @every: write the five fields"},
		"zone in the line":        {`start: "CRON_TZ=UTC 0 22 * * *", duration: 8h`, "start", "must not contain a time zone: set timeZone"},
		"end that is none":        {`start: "0 22 * * *", end: tomorrow`, "end", "must be a cron line of the five fields"},
		"zone of this machine":    {`start: "0 22 * * *", duration: 8h, timeZone: Local`, "timeZone", "must be a name of the IANA time zone database, such as Europe/Berlin"},
		"offset as a zone":        {`start: "0 22 * * *", duration: 8h, timeZone: "+02:00"`, "timeZone", "must be a name of the IANA time zone database"},
		"date that is none":       {`start: "0 22 * * *", duration: 8h, except: ["2026-12-25", "2026-04-31"]`, "except[1]", "must be a date that exists, such as 2026-12-25, or a range of them"},
		"range that runs back":    {`start: "0 22 * * *", duration: 8h, only: ["2027-01-02/2026-12-31"]`, "only[0]", "must have the earlier date first"},
		"first day of no month":   {`start: "0 22 * * *", duration: 8h, notBefore: "2100-02-29"`, "notBefore", "must be a date that exists, such as 2026-12-25"},
		"hour 24":                 {`at: {from: "2026-12-24T18:00", to: "2026-12-24T24:00"}`, "at.to", "must be a local date and time that exists, such as 2026-12-24T18:00"},
		"end before its start":    {`at: {from: "2026-12-24T18:00", to: "2026-12-24T17:00"}`, "at.to", "must be after from"},
		"negative duration":       {`start: "0 22 * * *", duration: -8h`, "duration", "must be a duration that is not negative, such as 90s, 5m or 1h30m"},
		"duration of nothing":     {`start: "0 22 * * *", duration: 0s`, "duration", "must be at least 1s and at most 8784h"},
		"negative lead":           {`start: "0 22 * * *", duration: 8h, lead: -10m`, "lead", "must be a duration that is not negative"},
		"negative deadline":       {`start: "0 22 * * *", duration: 8h, ` + batchOf(`finishBy: -6h`), "batch.finishBy", "must be WindowEnd or a duration"},
		"margin beyond sense":     {`start: "0 22 * * *", duration: 8h, ` + batchOf(`marginPercent: 1000`), "batch.marginPercent", "should be less than or equal to 999"},
		"busy without a name":     {`start: "0 22 * * *", duration: 8h, ` + batchOf(`busy: {metric: {name: ""}}`), "batch.busy.metric.name", "should be at least 1 chars long"},
		"ramp of two days":        {`start: "0 22 * * *", duration: 8h, ramp: 48h`, "ramp", "must not be negative and at most 24h"},
	} {
		t.Run(name, func(t *testing.T) {
			for path, manifest := range map[string]string{
				"spec.windows[0].": `kind: HorizontalAutoscaler
metadata: {name: bad}
spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, windows: [{name: night, minReplicas: 2, ` + tc.window + "}]}",
				"spec.": `kind: ScaleWindow
metadata: {name: bad}
spec: {targets: [{kind: HorizontalAutoscaler, name: web}], minReplicas: 2, ` + tc.window + "}",
			} {
				err := s.tryApply(manifest)
				if err == nil {
					t.Fatalf("got no error for\n%s", manifest)
				}
				if !strings.Contains(err.Error(), path+tc.field+": Invalid value") || !strings.Contains(err.Error(), tc.message) {
					t.Errorf("got an error without %s and %q:\n%v", path+tc.field, tc.message, err)
				}
			}
		})
	}
}

func batchOf(field string) string {
	return `batch: {backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: "1"}}}, throughputPerReplica: {quantity: "2"}, ` + field + "}"
}

// A spec that only the autoscaler can reject gets a condition and an event, and does not scale.
func TestUnsupportedSpecsGetACondition(t *testing.T) {
	testcluster.Parallel(t)
	for name, tc := range map[string]struct{ fields, reason, message string }{
		"cron line that runs backwards": {
			`windows: [{name: night, start: "0 22-2 * * *", duration: 8h, minReplicas: 2}]`,
			"InvalidSpec", `spec.windows[0].start: Invalid value: "0 22-2 * * *"`,
		},
		"day that no month has": {
			`windows: [{name: night, start: "0 22 31 2 *", duration: 8h, minReplicas: 2}]`,
			"InvalidSpec", `spec.windows[0].start: Invalid value: "0 22 31 2 *"`,
		},
		"time zone that is none": {
			`windows: [{name: night, start: "0 22 * * *", duration: 8h, minReplicas: 2, timeZone: Mars/Base}]`,
			"InvalidSpec", "spec.windows[0].timeZone",
		},
		"a safety beyond sense": {
			`damping: {advanced: {safety: 11}}`,
			"InvalidSpec", `spec.damping.advanced.safety: Invalid value: "11": must be from 0 to 10`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := parallelStory(t)
			s.deploy("web", 3)
			s.apply(`
kind: HorizontalAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 5
  maxReplicas: 10
  ` + tc.fields)
			s.conditionIs("Accepted", tc.reason)
			s.hasEvent(tc.reason, tc.message)
			s.staysAt(3, 3*second)
		})
	}
}
