package chart

const smallestSpec = `
scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
maxReplicas: 10
`

// hpaSpecs are specs of autoscaling/v2 HorizontalPodAutoscalers that use all of its fields.
var hpaSpecs = map[string]string{
	"the smallest": smallestSpec,
	"resource metrics": `
scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
minReplicas: 2
maxReplicas: 60
metrics:
- type: Resource
  resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}
- type: Resource
  resource: {name: memory, target: {type: AverageValue, averageValue: 500Mi}}
- type: ContainerResource
  containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 150}}
`,
	"custom and external metrics": `
scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: queue}
minReplicas: 0
maxReplicas: 20
metrics:
- type: Pods
  pods: {metric: {name: packets-per-second}, target: {type: AverageValue, averageValue: 1k}}
- type: Object
  object:
    metric: {name: requests-per-second, selector: {matchLabels: {verb: GET}}}
    describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: main-route}
    target: {type: Value, value: 2k}
- type: External
  external:
    metric: {name: queue_messages_ready, selector: {matchExpressions: [{key: queue, operator: In, values: [a, b]}]}}
    target: {type: AverageValue, averageValue: 30}
`,
	"behaviour": `
scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
maxReplicas: 60
behavior:
  scaleUp:
    stabilizationWindowSeconds: 0
    selectPolicy: Max
    tolerance: 0.05m
    policies: [{type: Pods, value: 4, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]
  scaleDown:
    stabilizationWindowSeconds: 3600
    selectPolicy: Disabled
    tolerance: 0
    policies: [{type: Percent, value: 10, periodSeconds: 1800}]
`,
}

// windows are the forms of a window.
var windows = map[string]string{
	"cron and duration": "start: 0 22 * * 1-5\nduration: 8h\ntimeZone: Europe/Berlin\nminReplicas: 10",
	"cron and end":      "start: 0 22 * * 1-5\nend: 0 6 * * *\nmaxReplicas: 3",
	"one-off":           "at: {from: '2026-12-24T18:00', to: '2026-12-24T23:00'}\nreplicas: 0",
	"every refinement": `start: 0 22 * * *
duration: 8h
minReplicas: 2
maxReplicas: 4
lead: 10m
ramp: 15m
except: ["2026-12-25", "2026-12-31/2027-01-02"]
notBefore: "2026-01-01"
notAfter: "2027-06-30"
priority: 10
suspend: true`,
	"batch": `start: 0 22 * * *
duration: 8h
batch:
  backlog: {type: Prometheus, prometheus: {query: sum(backlog), target: {type: Value, value: 1}}}
  throughputPerReplica: {learned: {initial: 250m}}
  finishBy: 7h30m
  marginPercent: 20`,
}

// refusals are specs with one mistake: the field it is found at, and words of the message.
var refusals = map[string]struct{ kind, spec, field, message string }{
	"no target": {
		"HorizontalAutoscaler", "maxReplicas: 3",
		"spec.scaleTargetRef", "Required",
	},
	"a target without its group": {
		"HorizontalAutoscaler", "scaleTargetRef: {kind: Deployment, name: web}\nmaxReplicas: 3",
		"spec.scaleTargetRef.apiVersion", "for example apps/v1",
	},
	"bounds crossed": {
		"HorizontalAutoscaler", smallestSpec + "minReplicas: 11",
		"spec.minReplicas", "must be less than or equal to maxReplicas",
	},
	"zero without a metric that lasts": {
		"HorizontalAutoscaler", smallestSpec + "minReplicas: 0",
		"spec.minReplicas", "type Object, External or Prometheus",
	},
	"a metric under the wrong type": {
		"HorizontalAutoscaler", smallestSpec + "metrics: [{type: Pods, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]",
		"spec.metrics[0].resource", "if, and only if, type is Resource",
	},
	"an unknown metric type": {
		"HorizontalAutoscaler", smallestSpec + "metrics: [{type: Cron}]",
		"spec.metrics[0].type", "supported values",
	},
	"two targets for one metric": {
		"HorizontalAutoscaler", smallestSpec + "metrics: [{type: External, external: {metric: {name: m}, target: {type: Value, value: 1, averageValue: 1}}}]",
		"spec.metrics[0].external.target", "exactly one of value and averageValue",
	},
	"a target of zero": {
		"HorizontalAutoscaler", smallestSpec + "metrics: [{type: Prometheus, prometheus: {query: up, target: {type: Value, value: '0'}}}]",
		"spec.metrics[0].prometheus.target.value", "greater than 0",
	},
	"a negative tolerance": {
		"HorizontalAutoscaler", smallestSpec + "behavior: {scaleUp: {tolerance: '-0.1'}}",
		"spec.behavior.scaleUp.tolerance", "must not be negative",
	},
	"a duration without unit": {
		"HorizontalAutoscaler", smallestSpec + "startup: {initialReadinessDelay: '30'}",
		"spec.startup.initialReadinessDelay", "must be a duration that is not negative, such as 90s",
	},
	"an unknown mode": {
		"HorizontalAutoscaler", smallestSpec + "mode: Observe",
		"spec.mode", "supported values",
	},
	"two windows of one name": {
		"HorizontalAutoscaler", smallestSpec + `windows:
- {name: night, start: 0 22 * * *, duration: 8h, minReplicas: 2}
- {name: night, start: 0 23 * * *, duration: 8h, minReplicas: 3}`,
		"spec.windows[1]", "night",
	},
	"a window that starts twice over": {
		"HorizontalAutoscaler", smallestSpec + "windows: [{name: w, start: 0 22 * * *, at: {from: '2026-12-24T18:00', to: '2026-12-24T23:00'}, minReplicas: 2}]",
		"spec.windows[0]", "exactly one of start (recurring) and at (one-off)",
	},
	"a window without bounds": {
		"ScaleWindow", "targets: [{kind: HorizontalAutoscaler, name: web}]\nstart: 0 22 * * *\nduration: 8h",
		"spec", "set replicas, or minReplicas and maxReplicas",
	},
	"a window without end": {
		"ScaleWindow", "targets: [{kind: HorizontalAutoscaler, name: web}]\nstart: 0 22 * * *\nreplicas: 2",
		"spec", "exactly one of duration and end",
	},
	"a target both named and selected": {
		"ScaleWindow", "targets: [{kind: HorizontalAutoscaler, name: web, selector: {}}]\nstart: 0 22 * * *\nduration: 8h\nreplicas: 2",
		"spec.targets[0]", "exactly one of name and selector",
	},
	"a deadline that is no time": {
		"ScaleWindow", `targets: [{kind: HorizontalAutoscaler, name: web}]
start: 0 22 * * *
duration: 8h
batch:
  backlog: {type: External, external: {metric: {name: backlog}, target: {type: Value, value: 1}}}
  throughputPerReplica: {quantity: 2}
  finishBy: tomorrow`,
		"spec.batch.finishBy", "WindowEnd or a duration",
	},
}
