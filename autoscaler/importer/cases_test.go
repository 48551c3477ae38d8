package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// A floor of a schedule below the object's own minimum does not lower it: KEDA's HPA takes the larger of the two.
func TestCronTriggerNeverLowersMinReplicaCount(t *testing.T) {
	for name, desired := range map[string]string{"below": "2", "zero": "0", "equal": "4"} {
		t.Run(name, func(t *testing.T) {
			r := runImport(t, ScaledObject, strings.Replace(officeObject, "DESIRED", desired, 1))
			r.holds(t, "HorizontalAutoscaler/web", schedule.Bounds{}, moment{"2026-11-28T12:00:00Z", 4, 12}, moment{"2026-11-27T12:00:00Z", 4, 12})
			if !r.Complete() {
				t.Errorf("left out:\n%s", r.lines())
			}
		})
	}
	r := runImport(t, ScaledObject, strings.Replace(officeObject, "DESIRED", "2", 1))
	r.needs(t, `spec.triggers[1].metadata.desiredReplicas: "2": below spec.minReplicaCount (4)`)
	r = runImport(t, ScaledObject, strings.Replace(officeObject, "DESIRED", "30", 1))
	r.holds(t, "HorizontalAutoscaler/web", schedule.Bounds{}, moment{"2026-11-28T12:00:00Z", 12, 12})
	r.needs(t, `spec.triggers[1].metadata.desiredReplicas: "30": above spec.maxReplicaCount (12)`)
}

const officeObject = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: office, namespace: shop}
spec:
  scaleTargetRef: {name: web}
  minReplicaCount: 4
  maxReplicaCount: 12
  triggers:
  - {type: prometheus, metadata: {serverAddress: "http://prometheus:9090", threshold: "50", query: sum(load)}}
  - {type: cron, name: weekend, metadata: {timezone: UTC, start: "0 8 ? * 6", end: "0 20 ? * 6", desiredReplicas: "DESIRED"}}
`

// The same for a schedule whose value is worth fewer pods than the HPA's minimum.
func TestScalingScheduleNeverLowersMinReplicas(t *testing.T) {
	r := runImport(t, ScalingSchedule, saleSchedule+"---\n"+saleHPA("AverageValue"))
	own := schedule.Bounds{Min: 6, Max: 40}
	r.holds(t, "HorizontalPodAutoscaler/cart", own,
		moment{"2026-11-26T19:00:00Z", 25, 40}, // 5000 / 200
		moment{"2026-11-30T08:30:00Z", 6, 40},  // 300 / 200 is 2
		moment{"2026-12-01T19:30:00Z", 40, 40}, // 90000 / 200, above the maximum
		moment{"2026-11-28T12:00:00Z", 6, 40})
	r.needs(t, "schedules[1].value: 300: 2 replicas by averageValue 200, below spec.minReplicas (6) of HorizontalPodAutoscaler shop/cart",
		"schedules[2].value: 90000: 450 replicas by averageValue 200, above spec.maxReplicas (40)")
	if !r.Complete() {
		t.Errorf("left out:\n%s", r.lines())
	}
}

const saleSchedule = `
apiVersion: zalando.org/v1
kind: ScalingSchedule
metadata: {name: sale, namespace: shop}
spec:
  scalingWindowDurationMinutes: 5
  schedules:
  - {type: Repeating, durationMinutes: 60, value: 5000, period: {startTime: "18:30", timezone: UTC, days: [Thu]}}
  - {type: Repeating, durationMinutes: 60, value: 300, period: {startTime: "08:00", timezone: UTC, days: [Mon]}}
  - {type: OneTime, durationMinutes: 60, value: 90000, date: "2026-12-01T19:00:00Z"}
`

func saleHPA(target string) string {
	value := map[string]string{"AverageValue": "averageValue", "Value": "value"}[target]
	return `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: cart, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  minReplicas: 6
  maxReplicas: 40
  metrics:
  - type: Object
    object:
      describedObject: {apiVersion: zalando.org/v1, kind: ScalingSchedule, name: sale}
      metric: {name: sale}
      target: {type: ` + target + `, ` + value + `: "200"}
`
}

// A size above an HPA's maximum raises it, as the controller does, and one below its minimum lowers that.
func TestCronHPAMovesBoundsOfAnHPA(t *testing.T) {
	r := runImport(t, CronHPA, cronOfAnHPA+"---\n"+strings.ReplaceAll(saleHPA("AverageValue"), "name: cart", "name: front"))
	r.holds(t, "HorizontalPodAutoscaler/front", schedule.Bounds{Min: 6, Max: 40},
		moment{"2026-11-26T19:00:00Z", 44, 44}, moment{"2026-11-27T03:00:00Z", 2, 44})
	r.needs(t, "spec.jobs[0].targetSize: 44: above spec.maxReplicas (40)", "spec.jobs[1].targetSize: 2: below spec.minReplicas (6)")
	if !r.Complete() {
		t.Errorf("left out:\n%s", r.lines())
	}
	alone := runImport(t, CronHPA, cronOfAnHPA)
	alone.needs(t, "the input has no such HorizontalPodAutoscaler")
}

const cronOfAnHPA = `
apiVersion: autoscaling.alibabacloud.com/v1beta1
kind: CronHorizontalPodAutoscaler
metadata: {name: front, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: front}
  jobs:
  - {name: rush, schedule: "0 0 18 * * *", targetSize: 44}
  - {name: calm, schedule: "0 0 23 * * ?", targetSize: 2}
`

// Nothing of these is imported, and each is named.
func TestLeavesObjectsOut(t *testing.T) {
	const header = "metadata: {name: x, namespace: shop}\nspec:\n"
	for name, tc := range map[string]struct {
		source Source
		text   string
		says   []string
	}{
		"another group with the same kind": {CronHPA, "apiVersion: autoscaling.cce.io/v2alpha1\nkind: CronHorizontalPodAutoscaler\n" + header +
			"  rules: [{ruleName: up, schedule: 30 8 * * 1, targetReplicas: 9}]", []string{`Unsupported value: "autoscaling.cce.io/v2alpha1"`, "spec.rules[0].targetReplicas 9"}},
		"another version": {ScaledObject, "apiVersion: keda.k8s.io/v1alpha1\nkind: ScaledObject\n" + header + "  minReplicaCount: 3", []string{`"keda.k8s.io/v1alpha1"`, "spec.minReplicaCount 3"}},
		"ScaledJob": {ScaledObject, "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\n" + header +
			"  triggers: [{type: cron, metadata: {desiredReplicas: '3'}}]", []string{"ScaledJob shop/x: KEDA starts a Job", `spec.triggers[0].metadata.desiredReplicas "3"`}},
		"a formula": {
			ScaledObject, `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: x, namespace: shop, annotations: {autoscaling.keda.sh/paused-replicas: "5"}}
spec:
  scaleTargetRef: {name: x}
  minReplicaCount: 4
  advanced: {scalingModifiers: {formula: "night + load", target: "2"}}
  triggers:
  - {type: cron, name: night, metadata: {timezone: UTC, start: 0 22 * * *, end: 0 5 * * *, desiredReplicas: "9"}}
  - {type: prometheus, name: load, metadata: {query: load, threshold: "5"}}`,
			[]string{"spec.advanced.scalingModifiers: ", "spec.minReplicaCount 4", `spec.triggers[0].metadata.desiredReplicas "9"`, `metadata.annotations[autoscaling.keda.sh/paused-replicas] "5"`},
		},
		"a job of five fields": {
			CronHPA, "apiVersion: autoscaling.alibabacloud.com/v1beta1\nkind: CronHorizontalPodAutoscaler\n" + header + `  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}
  jobs:
  - {name: up, schedule: "0 0 8 * * *", targetSize: 9}
  - {name: lunch, schedule: "0 11 * * *", targetSize: 4}
  - {name: down, schedule: "0 0 20 * * *", targetSize: 1}`,
			[]string{`spec.jobs[1].schedule: "0 11 * * *": must have six fields`, "none of its jobs is imported"},
		},
		"an HPA of type Value":      {ScalingSchedule, saleSchedule + "---\n" + saleHPA("Value"), []string{"spec.metrics[0]: ", "target of type Value multiplies"}},
		"a schedule without an HPA": {ScalingSchedule, saleSchedule, []string{"no HorizontalPodAutoscaler of the input uses it"}},
		"a schedule of another namespace": {
			ScalingSchedule, saleSchedule + "---\n" + strings.ReplaceAll(saleHPA("AverageValue"), "namespace: shop", "namespace: other"),
			[]string{"no HorizontalPodAutoscaler of the input uses it"},
		},
		"a trigger alone that is not read": {
			ScaledObject, "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\n" + header + "  scaleTargetRef: {name: x}\n  triggers: [{type: external, metadata: {scalerAddress: a}}]",
			[]string{"spec.triggers[0]: ", "of type external", "no HorizontalAutoscaler is printed"},
		},
		"a job beside an HPA of its target": {
			CronHPA, strings.Replace(cronOfAnHPA, "autoscaling/v2, kind: HorizontalPodAutoscaler, name: front", "apps/v1, kind: Deployment, name: cart", 1) + "---\n" + saleHPA("AverageValue"),
			[]string{"spec.scaleTargetRef: ", "HorizontalPodAutoscaler shop/cart scales the same target", "spec.jobs[0].targetSize 44"},
		},
		"no kind": {HPA, header + "  maxReplicas: 3", []string{"kind: Required value"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := runImport(t, tc.source, tc.text)
			if !r.Empty() || r.Complete() {
				t.Errorf("%d autoscalers and %d windows, want none and an entry:\n%s", len(r.Autoscalers), len(r.Windows), r.lines())
			}
			r.needs(t, tc.says...)
		})
	}
}

// What is not carried over of a ScaledObject is named, and counts as left out where it changes replica counts.
func TestScaledObjectFieldsThatAreLost(t *testing.T) {
	base := strings.Replace(officeObject, "DESIRED", "8", 1)
	for name, tc := range map[string]struct{ from, to, says string }{
		"idle":            {"maxReplicaCount: 12", "maxReplicaCount: 12\n  idleReplicaCount: 0", "Left out: ScaledObject shop/office: spec.idleReplicaCount: 0: "},
		"misspelt":        {"maxReplicaCount: 12", "maxReplicaCount: 12\n  colldownPeriod: 30", "Left out: ScaledObject shop/office: spec.colldownPeriod: 30: not a field"},
		"paused-replicas": {"namespace: shop", `namespace: shop, annotations: {autoscaling.keda.sh/paused-replicas: "7"}`, `paused-replicas]: "7": KEDA scales to this count`},
		"new annotation":  {"namespace: shop", `namespace: shop, annotations: {autoscaling.keda.sh/paused-replica: "7"}`, `Left out: ScaledObject shop/office: metadata.annotations[autoscaling.keda.sh/paused-replica]`},
		"header":          {"threshold: \"50\"", "threshold: \"50\", customHeaders: X-Scope-OrgID=a", "metadata.customHeaders"},
		"new metadata":    {"threshold: \"50\"", "threshold: \"50\", treshold: \"5\"", "spec.triggers[0].metadata.treshold"},
		"cron metadata":   {"timezone: UTC", "timezone: UTC, weekday: \"1\"", "spec.triggers[1].metadata.weekday"},
		"external":        {"  - {type: cron", "  - {type: external, metadata: {scalerAddress: a}}\n  - {type: cron", "spec.triggers[1]: "},
		"cooldown, short": {"minReplicaCount: 4", "cooldownPeriod: 30", "spec.cooldownPeriod: 30: KEDA goes to zero 30s after"},
		"cooldown, both":  {"minReplicaCount: 4", "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}}", "behavior.scaleDown.stabilizationWindowSeconds is the longer, 300"},
		"cooldown, long":  {"minReplicaCount: 4", "cooldownPeriod: 7200", "for 3600s at most"},
		"behavior":        {"maxReplicaCount: 12", "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilisationWindowSeconds: 1}}}}", "behavior.scaleDown.stabilisationWindowSeconds"},
		"fallback":        {"maxReplicaCount: 12", "fallback: {failureThreshold: 3, replicas: 5, behavior: other}", "Left out: ScaledObject shop/office: spec.fallback"},
		"a number":        {`desiredReplicas: "8"`, "desiredReplicas: 8", "must be a string"},
		"cron of a Value": {"type: cron", "metricType: Value, type: cron", "metricType Value multiplies"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(base, tc.from) {
				t.Fatalf("no %q to replace", tc.from)
			}
			r := runImport(t, ScaledObject, strings.Replace(base, tc.from, tc.to, 1))
			if r.Complete() || r.Empty() {
				t.Errorf("complete %v, empty %v; want an incomplete import of the rest:\n%s", r.Complete(), r.Empty(), r.lines())
			}
			r.needs(t, tc.says)
		})
	}
}

// What has a counterpart is carried over, and nothing is left out.
func TestScaledObjectFieldsThatAreCarriedOver(t *testing.T) {
	r := runImport(t, ScaledObject, `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: pay, namespace: shop, annotations: {autoscaling.keda.sh/paused: "true", autoscaling.keda.sh/paused-scale-in: "true"}, labels: {a: b}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: pay}
  pollingInterval: 10
  cooldownPeriod: 600
  maxReplicaCount: 20
  fallback: {failureThreshold: 4, replicas: 6, behavior: currentReplicasIfHigher}
  advanced:
    restoreToOriginalReplicaCount: true
    horizontalPodAutoscalerConfig: {name: x, behavior: {scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 60}]}}}
  triggers:
  - {type: prometheus, metricType: Value, useCachedMetrics: true, authenticationRef: {name: a}, metadata: {serverAddress: http://p, query: q, threshold: "0.5", activationThreshold: "2.5", namespace: shop, ignoreNullValues: "false", unsafeSsl: "true"}}
`)
	if !r.Complete() || len(r.Autoscalers) != 1 {
		t.Fatalf("%d autoscalers, want one and nothing left out:\n%s", len(r.Autoscalers), r.lines())
	}
	spec := &r.Autoscalers[0].Spec
	source := spec.Metrics[0].Prometheus
	for name, ok := range map[string]bool{
		"bounds":    *spec.MinReplicas == 0 && spec.MaxReplicas == 20,
		"target":    spec.ScaleTargetRef.Kind == "StatefulSet" && r.Autoscalers[0].Metadata == Metadata{"pay", "shop"},
		"metric":    source.Query == "q" && source.Target.Value.String() == "500m" && source.ActivationValue.String() == "2500m",
		"fallback":  *spec.Fallback == v1alpha1.Fallback{After: "40s", Replicas: 6, Behavior: v1alpha1.FallbackCurrentReplicasIfHigher},
		"mode":      spec.Mode == v1alpha1.ModePaused,
		"scale-in":  *spec.Behavior.ScaleDown.SelectPolicy == "Disabled",
		"policies":  spec.Behavior.ScaleUp.Policies[0].Value == 2,
		"cooldown":  *spec.Behavior.ScaleDown.StabilizationWindowSeconds == 600,
		"unchanged": spec.Behavior.ScaleUp.SelectPolicy == nil,
	} {
		if !ok {
			t.Errorf("%s: not carried over: %+v", name, *spec)
		}
	}
	cpu := runImport(t, ScaledObject, `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: pay}
spec:
  scaleTargetRef: {name: pay}
  triggers:
  - {type: cpu, metricType: Utilization, metadata: {value: "60"}}
  - {type: memory, metricType: AverageValue, metadata: {value: 200Mi, containerName: app}}
`)
	if !cpu.Complete() || *cpu.Autoscalers[0].Spec.MinReplicas != 1 || len(cpu.Autoscalers[0].Spec.Metrics) != 2 ||
		*cpu.Autoscalers[0].Spec.Metrics[0].Resource.Target.AverageUtilization != 60 || cpu.Autoscalers[0].Spec.Metrics[1].ContainerResource.Container != "app" {
		t.Errorf("cpu and memory: %+v\n%s", cpu.Autoscalers, cpu.lines())
	}
}

// A workload or a Service beside the objects is named, and nothing of it is lost; another autoscaler beside them is.
func TestOtherKinds(t *testing.T) {
	base := strings.Replace(officeObject, "DESIRED", "8", 1)
	for name, tc := range map[string]struct {
		text     string
		complete bool
		says     string
	}{
		"Deployment":            {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}", true, "Note: Deployment web: "},
		"Service":               {"apiVersion: v1\nkind: Service\nmetadata: {name: web}", true, "Note: Service web: "},
		"TriggerAuthentication": {"apiVersion: keda.sh/v1alpha1\nkind: TriggerAuthentication\nmetadata: {name: a}", true, "Note: TriggerAuthentication a: "},
		"ours":                  {"apiVersion: autoscaling.flyball.dev/v1alpha1\nkind: ScaleWindow\nmetadata: {name: w}", true, "Note: ScaleWindow w: "},
		"HPA":                   {"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}", false, "run flyball import hpa on it"},
		"another autoscaler":    {"apiVersion: datadoghq.com/v1alpha1\nkind: WatermarkPodAutoscaler\nmetadata: {name: h}", false, "Left out: WatermarkPodAutoscaler h: "},
		"a list":                {"apiVersion: v1\nkind: List\nextra: 1\nitems: [{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}]", false, "Left out: List: extra: 1: "},
		"a list of nothing":     {"apiVersion: v1\nkind: List\nitems: [3]", false, "items[0] is no object"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runImport(t, ScaledObject, base+"---\n"+tc.text)
			if r.Complete() != tc.complete {
				t.Errorf("complete is %v, want %v:\n%s", r.Complete(), tc.complete, r.lines())
			}
			r.needs(t, tc.says)
		})
	}
}

// TestCasesOfTheField runs inputs that were collected outside of this repository, where they are there.
func TestCasesOfTheField(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "cases", "import")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("the collected cases are not beside the repository: %v", err)
	}
	read := func(t *testing.T, name string, source Source) *Result {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return runImport(t, source, string(text))
	}
	t.Run("cronhpa-above-max", func(t *testing.T) {
		read(t, "cronhpa-above-max.yaml", CronHPA).holds(t, "HorizontalPodAutoscaler/shopfront", schedule.Bounds{Min: 5, Max: 10}, moment{"2026-11-26T19:00:00Z", 11, 11}, moment{"2026-11-26T12:00:00Z", 2, 11})
	})
	t.Run("scaledobject-lowers-floor", func(t *testing.T) {
		read(t, "scaledobject-lowers-floor.yaml", ScaledObject).holds(t, "HorizontalAutoscaler/quotes", schedule.Bounds{}, moment{"2026-11-28T15:00:00Z", 3, 10})
	})
	t.Run("scalingschedule-lowers-floor", func(t *testing.T) {
		read(t, "scalingschedule-lowers-floor.yaml", ScalingSchedule).holds(t, "HorizontalPodAutoscaler/cart", schedule.Bounds{Min: 5, Max: 60},
			moment{"2026-11-30T08:30:00Z", 5, 60}, moment{"2026-11-26T18:00:00Z", 31, 60})
	})
	t.Run("scaledjob-dropped", func(t *testing.T) {
		r := read(t, "scaledjob-dropped.yaml", ScaledObject)
		r.needs(t, "Left out: ScaledJob billing/invoices")
		r.holds(t, "HorizontalAutoscaler/front", schedule.Bounds{}, moment{"2026-11-26T12:00:00Z", 6, 100}, moment{"2026-11-26T23:00:00Z", 0, 100})
	})
	for name, source := range map[string]Source{"other-group-same-kind": CronHPA, "scaledobject-modifiers": ScaledObject} {
		t.Run(name, func(t *testing.T) {
			if r := read(t, name+".yaml", source); !r.Empty() || r.Complete() {
				t.Errorf("imported, want nothing and an entry:\n%s", r.lines())
			}
		})
	}
}
