package doctor_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/target"
)

var now = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)

// broken is a set-up: the healthy one with changes, and further objects.
type broken struct {
	// change has pairs of a text and its replacement.
	change []string
	add    string
	// want are the findings as "severity ID Kind/name"; says are parts of the report of the first.
	want, says []string
}

// statusOf is the change of the HPA's condition that the controller makes for a failed metric.
func failedMetric(reason, message string) []string {
	return []string{
		`{type: ScalingActive, status: "True", reason: ValidMetricFound, message: the HPA was able to calculate}`,
		`{type: ScalingActive, status: "False", reason: ` + reason + `, message: "` + message + `"}`,
	}
}

const (
	cpuMetric = `{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}`
	upper     = "  maxReplicas: 10\n"
	podsWeb   = `{type: Pods, pods: {metric: {name: htp_requests}, target: {type: AverageValue, averageValue: "10"}}}`
	hpaTwo    = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: zwei, namespace: shop, creationTimestamp: \"2026-11-30T09:59:30Z\"}\n" +
		"spec: {minReplicas: 2, maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
	podB = "metadata: {name: web-1-b, namespace: shop, labels: {app: web}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, controller: true, uid: b}]}\n" +
		"spec: {containers: [{name: app, image: web, resources: {requests: {cpu: 100m}, limits: {cpu: 200m}}}]}\nstatus:\n  phase: Running\n  startTime: \"2026-11-30T08:00:00Z\"\n" +
		"  conditions: [{type: Ready, status: \"True\", lastTransitionTime: \"2026-11-30T08:00:05Z\"}]"
	podBOf = "metadata: {name: web-1-b, namespace: shop, labels: {app: web}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, controller: true, uid: b}]}\n" +
		"spec: {containers: [{name: app, image: web, resources: {requests: {cpu: 100m}, limits: {cpu: 200m}}}]}\nstatus: "
	deployment = "kind: Deployment\nmetadata: {name: web, namespace: shop}"
)

func event(message string, count int) string {
	return "apiVersion: v1\nkind: Event\nmetadata: {name: e" + message[10:11] + ", namespace: shop}\ninvolvedObject: {kind: HorizontalPodAutoscaler, namespace: shop, name: web}\n" +
		"reason: SuccessfulRescale\nmessage: '" + message + "'\ncount: " + string(rune('0'+count)) + "\nfirstTimestamp: \"2026-11-30T09:10:00Z\"\nlastTimestamp: \"2026-11-30T09:50:00Z\"\n"
}

func own(status string) string {
	return "apiVersion: autoscaling.flyball.dev/v1alpha1\nkind: HorizontalAutoscaler\nmetadata: {name: own, namespace: shop, creationTimestamp: \"2026-11-01T00:00:00Z\"}\n" +
		"spec: {minReplicas: 2, maxReplicas: 4, mode: Paused, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\nstatus: {conditions: [" + status + "]}\n"
}

func scaledObject(annotations, conditions string) string {
	return "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: so, namespace: shop, annotations: {" + annotations + "}}\nstatus: {conditions: [" + conditions + "]}\n"
}

var setups = map[string]broken{
	"a healthy HPA": {},
	"an HPA that no controller reads": {
		change: []string{"status:\n  currentReplicas: 2\n  desiredReplicas: 2", "other: {}\nignored:\n  currentReplicas: 2"},
		want:   []string{"error NotReconciled HorizontalPodAutoscaler/web"}, says: []string{"kube-controller-manager"},
	},
	"a target of a kind without scale": {
		change: []string{"{apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas", "{apiVersion: apps/v1, kind: DaemonSet, name: web}\n  minReplicas"},
		want:   []string{"error TargetNotScalable HorizontalPodAutoscaler/web"}, says: []string{`"kind": "Deployment", "name": "web"`},
	},
	"a target that does not exist": {
		change: []string{"kind: Deployment, name: web}\n  minReplicas", "kind: Deployment, name: wbe}\n  minReplicas"},
		want:   []string{"error TargetNotFound HorizontalPodAutoscaler/web"}, says: []string{"names the Deployment wbe", `"name": "web"`},
	},
	"a target in the wrong group": {
		change: append([]string{"{apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas", "{apiVersion: extensions/v1beta1, kind: Deployment, name: web}\n  minReplicas"},
			`{type: AbleToScale, status: "True", reason: ReadyForNewScale, message: recommended size matches current size}`, `{type: AbleToScale, status: "False", reason: FailedGetScale, message: "no matches for kind"}`),
		want: []string{"error TargetNotFound HorizontalPodAutoscaler/web"}, says: []string{"no matches for kind", `"apiVersion": "apps/v1"`},
	},
	"the ReplicaSet of a Deployment as target": {
		change: []string{"kind: Deployment, name: web}\n  minReplicas", "kind: ReplicaSet, name: web-1}\n  minReplicas"},
		want:   []string{"error TargetControlled HorizontalPodAutoscaler/web"}, says: []string{"controlled by Deployment web"},
	},
	"two HPAs of one target": {add: hpaTwo, want: []string{"error TwoAutoscalers HorizontalPodAutoscaler/zwei"}, says: []string{"is the target of HorizontalPodAutoscaler/web, too", "delete hpa zwei"}},
	"an HPA beside a paused object of Flyball": {
		add:  own(`{type: Accepted, status: "True", reason: Accepted}`),
		want: []string{"info Paused HorizontalAutoscaler/own"},
	},
	"a spec that is refused": {
		add:  own(`{type: Accepted, status: "False", reason: InvalidSpec, message: "spec.x"}`),
		want: []string{"error SpecRejected HorizontalAutoscaler/own", "info Paused HorizontalAutoscaler/own"}, says: []string{"InvalidSpec: spec.x"},
	},
	"stale metrics": {
		add:  own(`{type: MetricsStale, status: "True", reason: NoNewSample, message: "cpu: no new sample for 40s"}`),
		want: []string{"warning MetricsStale HorizontalAutoscaler/own", "info Paused HorizontalAutoscaler/own"},
	},
	"a GitOps tool that sets replicas": {
		change: []string{deployment, "kind: Deployment\nmetadata: {name: web, namespace: shop, managedFields: [{manager: argocd-controller, operation: Apply, time: \"2026-11-30T09:00:00Z\", fieldsType: FieldsV1, fieldsV1: {\"f:spec\": {\"f:replicas\": {}}}}]}"},
		want:   []string{"warning ReplicasInManifest HorizontalPodAutoscaler/web"}, says: []string{"field manager argocd-controller sets spec.replicas of Deployment web to 2"},
	},
	"a GitOps tool that reverts": {
		change: []string{
			deployment, "kind: Deployment\nmetadata: {name: web, namespace: shop, managedFields: [{manager: flux, operation: Apply, time: \"2026-11-30T09:00:00Z\", fieldsType: FieldsV1, fieldsV1: {\"f:spec\": {\"f:replicas\": {}}}}]}",
			"  currentReplicas: 2", "  lastScaleTime: \"2026-11-30T08:00:00Z\"\n  currentReplicas: 2",
		},
		want: []string{"error ReplicasInManifest HorizontalPodAutoscaler/web"}, says: []string{"flux"},
	},
	"a manifest with replicas": {
		change: []string{deployment, "kind: Deployment\nmetadata: {name: web, namespace: shop, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"spec\":{\"replicas\":2}}'}}"},
		want:   []string{"warning ReplicasInManifest HorizontalPodAutoscaler/web"}, says: []string{"apply set-last-applied"},
	},
	"a VPA on CPU": {
		add:  "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: vpa, namespace: shop}\nspec: {targetRef: {kind: Deployment, name: web}}\n",
		want: []string{"error VPAOnSameResource HorizontalPodAutoscaler/web"}, says: []string{"patch vpa vpa"},
	},
	"a VPA on memory": {add: "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: vpa, namespace: shop}\nspec: {targetRef: {kind: Deployment, name: web}, resourcePolicy: {containerPolicies: [{containerName: '*', controlledResources: [memory]}]}}\n"},
	"a target at zero": {
		change: append(failedMetric("ScalingDisabled", "scaling is disabled since the replica count of the target is zero"), "spec:\n  replicas: 2\n  selector", "spec:\n  replicas: 0\n  selector"),
		want:   []string{"error ScalingDisabled HorizontalPodAutoscaler/web"}, says: []string{"scale deployment web --replicas=2"},
	},
	"a metrics API that nobody registers": {
		change: []string{"group: metrics.k8s.io, version", "group: other.k8s.io, version", "status: {conditions: [{type: Available", "was: {conditions: [{type: Available"},
		want:   []string{"error MetricsAPIMissing APIService/v1beta1.metrics.k8s.io"}, says: []string{"HPA shop/web reads its metrics", "apis.resource=true"},
	},
	"a metrics API whose Service is gone": {
		change: []string{`{type: Available, status: "True", reason: Passed}`, `{type: Available, status: "False", reason: ServiceNotFound, message: service is not present}`},
		want:   []string{"error MetricsAPIUnavailable APIService/v1beta1.metrics.k8s.io"}, says: []string{"delete apiservice v1beta1.metrics.k8s.io"},
	},
	"a metrics API that another provider has taken": {
		add: "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata:\n  name: v1beta1.external.metrics.k8s.io\n  annotations: {flyball.dev/metricsadapter: flyball/flyball-metricsadapter}\n" +
			"  managedFields:\n  - {manager: keda-helm, operation: Update, time: \"2026-11-30T09:00:00Z\", fieldsType: FieldsV1, fieldsV1: {\"f:spec\": {\"f:service\": {\"f:name\": {}}}}}\n" +
			"  - {manager: helm, operation: Update, time: \"2026-11-30T08:00:00Z\", fieldsType: FieldsV1, fieldsV1: {\"f:spec\": {\"f:service\": {\"f:port\": {}}}}}\n" +
			"spec: {group: external.metrics.k8s.io, version: v1beta1, service: {namespace: keda, name: keda-operator-metrics-apiserver}}\n",
		want: []string{"warning MetricsAPIConflict APIService/v1beta1.external.metrics.k8s.io"},
		says: []string{"the API led to Flyball's metrics adapter, Service flyball/flyball-metricsadapter, and the field manager keda-helm leads it to Service keda/keda-operator-metrics-apiserver"},
	},
	"versions of a metrics API of two providers": {
		add: "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1beta1.custom.metrics.k8s.io}\nspec: {group: custom.metrics.k8s.io, service: {namespace: monitoring, name: prometheus-adapter}}\n---\n" +
			"apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1beta2.custom.metrics.k8s.io, annotations: {flyball.dev/metricsadapter: flyball/flyball-metricsadapter}}\n" +
			"spec: {group: custom.metrics.k8s.io, service: {namespace: flyball, name: flyball-metricsadapter}}\n",
		want: []string{"warning MetricsAPIConflict APIService/v1beta2.custom.metrics.k8s.io"},
		says: []string{"v1beta2.custom.metrics.k8s.io leads to Service flyball/flyball-metricsadapter, and v1beta1.custom.metrics.k8s.io to Service monitoring/prometheus-adapter"},
	},
	"a container that the pods do not have": {
		change: []string{cpuMetric, `{type: ContainerResource, containerResource: {name: cpu, container: ap, target: {type: Utilization, averageUtilization: 70}}}`},
		want:   []string{"error ContainerNotFound HorizontalPodAutoscaler/web"}, says: []string{`"/spec/metrics/0/containerResource/container", "value": "app"`},
	},
	"a sidecar without a request": {
		change: append(failedMetric("FailedGetResourceMetric", "missing request for cpu in container sidecar"), "      - {name: app, image: web, resources", "      - {name: sidecar, image: proxy}\n      - {name: app, image: web, resources"),
		want:   []string{"error MissingRequests HorizontalPodAutoscaler/web"}, says: []string{"do not have in: sidecar", `{"name": "sidecar", "resources": {"requests": {"cpu": "10m"}}}`},
	},
	"a misspelled metric": {
		change: append(failedMetric("FailedGetPodsMetric", "unable to get metric htp_requests"), cpuMetric, podsWeb, "group: metrics.k8s.io", "group: custom.metrics.k8s.io"),
		want:   []string{"error MetricUnavailable HorizontalPodAutoscaler/web"},
		says:   []string{"GET /apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/htp_requests", `"path": "/spec/metrics/0/pods/metric/name", "value": "http_requests"`},
	},
	"pods without a sample": {
		change: failedMetric("FailedGetResourceMetric", "did not receive metrics for targeted pods (pods might be unready)"),
		want:   []string{"error MetricUnavailable HorizontalPodAutoscaler/web"}, says: []string{"GET /apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"},
	},
	"fresh pods without a sample": {
		change: append(failedMetric("FailedGetResourceMetric", "did not receive metrics for targeted pods (pods might be unready)"),
			`startTime: "2026-11-30T08:00:00Z"`, `startTime: "2026-11-30T09:58:30Z"`),
	},
	"fresh pods, of which a metric has no sample": {
		change: append(failedMetric("FailedGetPodsMetric", "unable to get metric http_requests"), cpuMetric, strings.Replace(podsWeb, "htp", "http", 1), "group: metrics.k8s.io", "group: custom.metrics.k8s.io",
			`startTime: "2026-11-30T08:00:00Z"`, `startTime: "2026-11-30T09:58:30Z"`),
	},
	"fresh pods, and a misspelled metric": {
		change: append(failedMetric("FailedGetPodsMetric", "unable to get metric htp_requests"), cpuMetric, podsWeb, "group: metrics.k8s.io", "group: custom.metrics.k8s.io",
			`startTime: "2026-11-30T08:00:00Z"`, `startTime: "2026-11-30T09:58:30Z"`),
		want: []string{"error MetricUnavailable HorizontalPodAutoscaler/web"},
	},
	"an unknown metric beside another": {
		change: []string{
			"  - " + cpuMetric, "  - " + cpuMetric + "\n  - " + podsWeb,
			"averageValue: 60m}}}", "averageValue: 60m}}}\n  - {type: \"\"}", "group: metrics.k8s.io, version", "group: custom.metrics.k8s.io, version",
		},
		add:  "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1beta1.metrics.k8s.io}\nspec: {group: metrics.k8s.io}\n",
		want: []string{"warning MetricUnavailable HorizontalPodAutoscaler/web"}, says: []string{"spec.metrics[1], Pods metric htp_requests", "does not scale down"},
	},
	"a ScaledObject that is not ready": {
		add:  scaledObject("", `{type: Ready, status: "False", reason: ScaledObjectCheckFailed, message: bad trigger}`),
		want: []string{"error ScaledObjectNotReady ScaledObject/so"},
	},
	"a paused ScaledObject in fallback": {
		add:  scaledObject(`autoscaling.keda.sh/paused: "true"`, `{type: Fallback, status: "True"}`),
		want: []string{"warning ScaledObjectFallback ScaledObject/so", "info ScaledObjectPaused ScaledObject/so"},
	},
	"a quota that refuses pods": {
		change: []string{"{type: Progressing, status: \"True\", reason: NewReplicaSetAvailable}", `{type: ReplicaFailure, status: "True", reason: FailedCreate, message: "pods \"web\" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, limited: pods=2"}`},
		want:   []string{"error FailedCreate HorizontalPodAutoscaler/web"}, says: []string{`patch resourcequota quota --type=merge -p '{"spec": {"hard": {"pods": "12"}}}'`},
	},
	"a pod without a node": {
		change: []string{podB, podBOf + `{phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: "0/3 nodes are available: 3 Insufficient cpu."}]}`},
		want:   []string{"error Unschedulable HorizontalPodAutoscaler/web"}, says: []string{"1 of 2 pods of Deployment web cannot run: 0/3 nodes are available"},
	},
	"a pod without its volume": {
		change: []string{podB, podBOf + `{phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: 'persistentvolumeclaim "data" not found'}]}`},
		want:   []string{"error VolumeUnbound HorizontalPodAutoscaler/web"}, says: []string{`persistentvolumeclaim "data" not found`},
	},
	"a pod without its image": {
		change: []string{podB, podBOf + `{phase: Pending, containerStatuses: [{name: app, state: {waiting: {reason: ImagePullBackOff, message: Back-off}}}]}`},
		want:   []string{"error ImageUnavailable HorizontalPodAutoscaler/web"}, says: []string{"rollout undo deployment/web"},
	},
	"a pod without its ConfigMap": {
		change: []string{podB, podBOf + `{phase: Pending, containerStatuses: [{name: app, state: {waiting: {reason: CreateContainerConfigError, message: 'configmap "c" not found'}}}]}`},
		want:   []string{"error ContainerError HorizontalPodAutoscaler/web"}, says: []string{`configmap "c" not found`},
	},
	"a crash loop": {
		change: []string{podB, podBOf + `{phase: Running, containerStatuses: [{name: app, restartCount: 4, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}`},
		want:   []string{"error CrashLoop HorizontalPodAutoscaler/web"}, says: []string{"exit code 1"},
	},
	"a rollout that is stuck": {
		change: []string{`{type: Progressing, status: "True", reason: NewReplicaSetAvailable}`, `{type: Progressing, status: "False", reason: ProgressDeadlineExceeded, message: timed out}`},
		want:   []string{"warning RolloutStuck HorizontalPodAutoscaler/web"},
	},
	"no ready pod": {change: []string{`{type: Ready, status: "True"`, `{type: Ready, status: "False"`}, want: []string{"error NoReadyPods HorizontalPodAutoscaler/web"}},
	"a stray pod": {
		add:  "apiVersion: v1\nkind: Pod\nmetadata: {name: debug, namespace: shop, labels: {app: web}}\nspec: {containers: [{name: a, image: a}]}\nstatus: {phase: Running}\n",
		want: []string{"error SelectorMatchesOtherPods HorizontalPodAutoscaler/web"}, says: []string{"label pod debug app-"},
	},
	"a maximum below the load": {
		change: []string{
			"maxReplicas: 10", "maxReplicas: 2", "minReplicas: 2", "minReplicas: 1", `{type: ScalingLimited, status: "False", reason: DesiredWithinRange`, `{type: ScalingLimited, status: "True", reason: TooManyReplicas`,
			"cpu: 62m", "cpu: 190m", "cpu: 58m", "cpu: 195m", "minAvailable: 1", "maxUnavailable: 1",
		},
		want: []string{"error MaxReplicasReached HorizontalPodAutoscaler/web"}, says: []string{"all 2 replicas of spec.maxReplicas run, and the load takes at least 6 replicas: the pods are at their limits", `{"spec": {"maxReplicas": 7}}`},
	},
	"a target above the limits":   {change: []string{"averageUtilization: 70", "averageUtilization: 190"}, want: []string{"error TargetAboveLimits HorizontalPodAutoscaler/web"}, says: []string{"at 200% of the requests", `"value": 140`}},
	"an average above the limits": {change: []string{"{type: Utilization, averageUtilization: 70}", "{type: AverageValue, averageValue: 300m}"}, want: []string{"error TargetAboveLimits HorizontalPodAutoscaler/web"}, says: []string{`"value": "140m"`}},
	"scale-up disabled":           {change: []string{upper, upper + "  behavior: {scaleUp: {selectPolicy: Disabled}}\n"}, want: []string{"error ScaleUpDisabled HorizontalPodAutoscaler/web"}},
	"scale-down disabled":         {change: []string{upper, upper + "  behavior: {scaleDown: {selectPolicy: Disabled, stabilizationWindowSeconds: 0}}\n"}, want: []string{"info ScaleDownDisabled HorizontalPodAutoscaler/web"}},
	"a quota below max":           {change: []string{`pods: "20"`, `pods: "6"`}, want: []string{"warning QuotaBelowMax HorizontalPodAutoscaler/web"}, says: []string{"takes 10 of pods, and ResourceQuota quota has 6"}},
	"a CPU quota":                 {change: []string{`requests.cpu: "4"`, `requests.cpu: 500m`}, want: []string{"warning QuotaBelowMax HorizontalPodAutoscaler/web"}, says: []string{"takes 1 of requests.cpu"}},
	"equal bounds":                {change: []string{"minReplicas: 2", "minReplicas: 10"}, want: []string{"warning MinEqualsMax HorizontalPodAutoscaler/web"}},
	"a PDB of all pods":           {change: []string{"minAvailable: 1", "minAvailable: 100%"}, want: []string{"warning PDBBlocksEviction HorizontalPodAutoscaler/web"}, says: []string{"has minAvailable 100%", "patch pdb web"}},
	"a PDB of none":               {change: []string{"minAvailable: 1", "maxUnavailable: 0"}, want: []string{"warning PDBBlocksEviction HorizontalPodAutoscaler/web"}},
	"an infeasible resize":        {change: []string{podB, podBOf + `{phase: Running, startTime: "2026-11-30T08:00:00Z", conditions: [{type: Ready, status: "True"}, {type: PodResizePending, status: "True", reason: Infeasible, message: node has 4}]}`}, want: []string{"warning ResizePending HorizontalPodAutoscaler/web"}},
	"flapping": {
		add:  event("New size: 4; reason: cpu resource utilization (percentage of request) above target", 3) + "---\n" + event("New size: 2; reason: All metrics below target", 4),
		want: []string{"warning Flapping HorizontalPodAutoscaler/web"}, says: []string{"3 scale-ups and 4 scale-downs"},
	},
	"a growing load":       {add: event("New size: 4; reason: cpu resource utilization (percentage of request) above target", 9)},
	"bursting limits":      {change: []string{"limits: {cpu: 200m}", "limits: {cpu: 800m}"}, want: []string{"warning BurstingLimits HorizontalPodAutoscaler/web"}, says: []string{"800%", "11 times the replicas"}},
	"no stabilization":     {change: []string{upper, upper + "  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}\n"}, want: []string{"warning NoStabilization HorizontalPodAutoscaler/web"}},
	"a slow scale-up":      {change: []string{upper, upper + "  behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 600}]}}\n"}, want: []string{"warning SlowScaleUp HorizontalPodAutoscaler/web"}, says: []string{"from 2 to 10 replicas takes 1h20m"}},
	"a long stabilization": {change: []string{upper, upper + "  behavior: {scaleUp: {stabilizationWindowSeconds: 3600}}\n"}, want: []string{"warning SlowScaleUp HorizontalPodAutoscaler/web"}},
	"a high tolerance":     {change: []string{upper, upper + "  behavior: {scaleUp: {tolerance: '0.6'}}\n"}, want: []string{"warning HighTolerance HorizontalPodAutoscaler/web"}, says: []string{"160%"}},
}

// TestExamine: each broken set-up is found, named and has a way out, and nothing else is found in it.
func TestExamine(t *testing.T) {
	for name, tc := range setups {
		t.Run(name, func(t *testing.T) {
			report := doctor.Examine(snapshot(t, tc))
			var got []string
			for _, f := range report.Findings {
				got = append(got, string(f.Severity)+" "+f.ID+" "+f.Object.String())
				if f.Seen == "" || f.Harm == "" || f.Fix.Text == "" || f.Fix.Command == "" {
					t.Errorf("%s is incomplete: %+v", f.ID, f)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Fatalf("findings (-want +got):\n%s%+v", diff, report.Findings)
			}
			for _, says := range tc.says {
				f := report.Findings[0]
				if text := strings.Join([]string{f.Seen, f.Harm, f.Fix.Text, f.Fix.Command}, "\n"); !strings.Contains(text, says) {
					t.Errorf("%s does not say %q:\n%s", f.ID, says, text)
				}
			}
		})
	}
}

// TestEveryCheckHasASetup: no check is without a test.
func TestEveryCheckHasASetup(t *testing.T) {
	tested := map[string]bool{}
	for _, tc := range setups {
		for _, w := range tc.want {
			tested[strings.Fields(w)[1]] = true
		}
	}
	for _, check := range doctor.Checks {
		if !tested[check.ID] {
			t.Errorf("no set-up of this test has the finding %s", check.ID)
		}
	}
}

// TestNotRead: a check finds nothing where its input could not be read.
func TestNotRead(t *testing.T) {
	s := snapshot(t, setups["a target that does not exist"])
	s.NotRead = map[string]string{"deployments": "deployments.apps is forbidden"}
	if r := doctor.Examine(s); len(r.Findings) != 0 || r.NotRead["deployments"] == "" {
		t.Errorf("got %+v", r.Findings)
	}
}

// TestWhy: the engine decides over the HPA's own inputs.
func TestWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		change []string
		reason string
	}{
		"within tolerance": {nil, "keep 2: cpu: utilization 60%, target 70%"},
		"high use":         {[]string{"cpu: 62m", "cpu: 140m", "cpu: 58m", "cpu: 140m"}, "scale out from 2 to 4: cpu: utilization 140%, target 70%; 2 ready pods → 4 (api)"},
		"held": {[]string{
			"cpu: 62m", "cpu: 2m", "cpu: 58m", "cpu: 2m", "reason: ReadyForNewScale, message: recommended size matches current size", "reason: ScaleDownStabilized, lastTransitionTime: '2026-11-30T09:58:00Z', message: held",
			"minReplicas: 2", "minReplicas: 1",
		}, "keep 2: "},
	} {
		t.Run(name, func(t *testing.T) {
			r := doctor.Examine(snapshot(t, broken{change: tc.change}))
			if len(r.Autoscalers) != 1 || !strings.HasPrefix(r.Autoscalers[0].Reason, tc.reason) {
				t.Errorf("got %+v, want %q", r.Autoscalers, tc.reason)
			}
		})
	}
}

// TestRank: errors come first.
func TestRank(t *testing.T) {
	r := doctor.Examine(snapshot(t, broken{change: []string{"minReplicas: 2", "minReplicas: 10"}, add: hpaTwo}))
	if len(r.Findings) != 2 || r.Worst() != doctor.Error || r.Findings[1].ID != "MinEqualsMax" {
		t.Errorf("got %+v", r.Findings)
	}
}

func snapshot(t *testing.T, b broken) *doctor.Snapshot {
	t.Helper()
	text, err := os.ReadFile("testdata/healthy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifest := string(text)
	for pair := range slices.Chunk(b.change, 2) {
		if !strings.Contains(manifest, pair[0]) {
			t.Fatalf("the healthy set-up does not have %q", pair[0])
		}
		manifest = strings.ReplaceAll(manifest, pair[0], pair[1])
	}
	s := &doctor.Snapshot{Now: now, Observe: observe, CustomMetrics: []string{"pods/http_requests", "pods/other"}}
	for document := range strings.SplitSeq(manifest+"---\n"+b.add, "---\n") {
		var object map[string]any
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatalf("%v:\n%s", err, document)
		}
		if err := s.Add(object); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func observe(pods []*corev1.Pod) doctor.Observation {
	kept := make([]*target.Pod, len(pods))
	for i, pod := range pods {
		kept[i] = target.NewPod(pod)
	}
	seen := target.Observe(kept)
	return doctor.Observation{Pods: seen, BlockedBy: target.BlockedBy(kept, seen), Requests: func(resource corev1.ResourceName, container string) ([]int64, string) {
		return target.Requests(kept, resource, container, true)
	}}
}
