package suite

import (
	"strings"
	"testing"
)

// The API server refuses what can never be right, and says which field it is and what would be right.
func TestBadSpecsAreRefusedByNameOfTheField(t *testing.T) {
	s := newStory(t)
	for name, tc := range map[string]struct{ spec, says string }{
		"no target": {
			`maxReplicas: 3`,
			"spec.scaleTargetRef: Required value",
		},
		"floor above ceiling": {
			`{scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 5, maxReplicas: 3}`,
			"spec.minReplicas: Invalid value: minReplicas must not be greater than maxReplicas",
		},
		"ceiling of nothing": {
			`{scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 0}`,
			"spec.maxReplicas: Invalid value: 0: spec.maxReplicas in body should be greater than or equal to 1",
		},
		"zero without a metric that can wake it": {
			`{scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 0, maxReplicas: 3}`,
			"add one of type Object, External or Prometheus",
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
				t.Fatal("it was accepted")
			}
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("the refusal does not say %q:\n%v", tc.says, err)
			}
		})
	}
}

// What only the autoscaler can see is refused by a condition and an event, and nothing scales.
func TestASpecThatCannotBeDoneIsRefusedByCondition(t *testing.T) {
	for name, tc := range map[string]struct{ fields, reason, says string }{
		"cron line of six fields": {
			`windows: [{name: night, start: "0 0 22 * * *", duration: 8h, minReplicas: 2}]`,
			"InvalidSpec", "spec.windows[0].start",
		},
		"time zone that is none": {
			`windows: [{name: night, start: "0 22 * * *", duration: 8h, minReplicas: 2, timeZone: Mars/Base}]`,
			"InvalidSpec", "spec.windows[0].timeZone",
		},
		"damping, which is still to come": {
			`damping: {costBound: {overHPAPercent: 15}}`,
			"NotSupported", "spec.damping",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
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
			s.tells(tc.reason, tc.says)
			s.staysAt(3, 3*second)
		})
	}
}
