package suite

import "strings"

// setup is a broken namespace. Its autoscaler is named web.
type setup struct {
	// id is the check that finds it; empty for a healthy one.
	id string
	// seen is a part of what the check has seen; empty where the id is enough.
	seen string
	// objects are manifests in which NODE is the name of a node. then are applied once the pods of objects are ready.
	objects, then string
	// do is a command that breaks something, and fix is what the finding says in words, where its command only shows the cause.
	do, fix string
	// brief set-ups are part of the short form.
	brief bool
}

// on is the set-up on a node.
func (each setup) on(node string) setup {
	each.objects, each.then = strings.ReplaceAll(each.objects, "NODE", node), strings.ReplaceAll(each.then, "NODE", node)
	return each
}

const healthyDeployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {flyball.dev/ready-after: 1s}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 16Mi}, limits: {cpu: 200m}}}
`

const healthyHPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 4
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
`

const podsMetric = `{type: Pods, pods: {metric: {name: NAME}, target: {type: AverageValue, averageValue: "10"}}}`

// changed is the healthy Deployment and its HPA with replacements.
func changed(pairs ...string) string {
	text := healthyDeployment + "---" + healthyHPA
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("the healthy set-up does not have " + pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// behaves is the HPA with a behavior.
func behaves(behavior string) string {
	return changed("  maxReplicas: 4\n", "  maxReplicas: 40\n  behavior: "+behavior+"\n")
}

// faulty is the Deployment whose pods have a fault: see cluster.FailsBy.
func faulty(fault string) string {
	return strings.NewReplacer("ready-after: 1s}", "ready-after: 1s, flyball.dev/fails-on: NODE, flyball.dev/fails-by: "+fault+"}",
		"    spec:\n", "    spec:\n      nodeName: NODE\n").Replace(healthyDeployment)
}

func unready(deadline string) string {
	return strings.NewReplacer("ready-after: 1s", "ready-after: 1h", "spec:\n  selector", "spec:\n  progressDeadlineSeconds: "+deadline+"\n  selector").Replace(healthyDeployment)
}

const resizePending = `kubectl patch pod $(kubectl get pods -l app=web -o name | cut -d/ -f2) --subresource=status -p ` +
	`'{"status": {"conditions": [{"type": "PodResizePending", "status": "True", "reason": "Infeasible", "message": "Node did not have enough capacity"}]}}'`

// rescales writes the events of replicas that flap, as the HPA controller does.
const rescales = `for i in 1 2 3; do for reason in 'cpu resource utilization (percentage of request) above target' 'All metrics below target'; do
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
kubectl create --validate=false -f - <<END
apiVersion: v1
kind: Event
metadata: {generateName: flap-}
involvedObject: {kind: HorizontalPodAutoscaler, apiVersion: autoscaling/v2, name: web, namespace: $NAMESPACE}
reason: SuccessfulRescale
type: Normal
message: 'New size: 2; reason: $reason'
count: 1
firstTimestamp: "$now"
lastTimestamp: "$now"
END
done; done`

const removeSelector = `kubectl patch deployment web --type=json -p '[{"op": "remove", "path": "/spec/template/spec/nodeSelector"}]'`

// doctorSetups are the broken set-ups by name.
var doctorSetups = map[string]setup{
	"healthy":           {brief: true, objects: changed() + "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}\n"},
	"misspelled-target": {id: "TargetNotFound", brief: true, objects: changed("kind: Deployment, name: web}", "kind: Deployment, name: wbe}")},
	"daemonset":         {id: "TargetNotScalable", objects: changed("kind: Deployment, name: web}", "kind: DaemonSet, name: web}")},
	"replicaset": {id: "TargetControlled", objects: healthyDeployment, do: `until set=$(kubectl get replicasets -o name | grep .); do :; done; ` +
		`kubectl autoscale $set --name web --min 1 --max 4 --cpu 50%`},
	"two-hpas":     {id: "TwoAutoscalers", brief: true, objects: changed() + "---" + strings.Replace(healthyHPA, "{name: web}\nspec", "{name: web-2}\nspec", 1)},
	"hpa-and-ours": {id: "TwoAutoscalers", objects: changed() + "---\napiVersion: autoscaling.flyball.dev/v1alpha1\n" + strings.Replace(autoscaler("web", "  maxReplicas: 4\n  metrics: ["+halfTheCPU+"]"), "metadata: {name: web}", "metadata: {name: zweb}", 1)},
	"gitops": {id: "ReplicasInManifest", objects: healthyHPA, do: `echo '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, ` +
		`template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: simulated, resources: {requests: {cpu: 100m}}}]}}}}' | kubectl apply --server-side --field-manager=argocd-controller -f -`},
	"kubectl-apply": {
		id: "ReplicasInManifest", objects: healthyHPA,
		do: `echo '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, ` +
			`template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: simulated, resources: {requests: {cpu: 100m}}}]}}}}' | kubectl apply -f -`,
		fix: `kubectl get deployment web -o json | sed '/"replicas":/d' >$NAMESPACE.json; kubectl annotate deployment web kubectl.kubernetes.io/last-applied-configuration-; ` +
			`kubectl apply set-last-applied --create-annotation -f $NAMESPACE.json; rm $NAMESPACE.json`,
	},
	"at-zero":   {id: "ScalingDisabled", brief: true, objects: changed("spec:\n  selector", "spec:\n  replicas: 0\n  selector")},
	"container": {id: "ContainerNotFound", objects: changed("{type: Resource, resource: {name: cpu,", "{type: ContainerResource, containerResource: {name: cpu, container: ap,")},
	"sidecar":   {id: "MissingRequests", brief: true, objects: changed("      containers:\n", "      containers:\n      - {name: proxy, image: simulated}\n")},
	"ours-without-requests": {id: "MissingRequests", objects: strings.Replace(healthyDeployment, "{requests: {cpu: 100m, memory: 16Mi}, limits: {cpu: 200m}}", "{}", 1) +
		"---\napiVersion: autoscaling.flyball.dev/v1alpha1" + autoscaler("web", "  maxReplicas: 4\n  metrics: ["+halfTheCPU+"]")},
	"misspelled-metric": {id: "MetricUnavailable", brief: true, objects: changed("{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}",
		strings.Replace(podsMetric, "NAME", "htp_requests_per_second", 1))},
	"unknown-external": {
		id: "MetricUnavailable", seen: "no_such_metric", objects: changed("averageUtilization: 50}}}\n", "averageUtilization: 50}}}\n  - {type: External, external: {metric: {name: no_such_metric}, target: {type: Value, value: 1}}}\n"),
		fix: `kubectl patch hpa web --type=json -p '[{"op": "remove", "path": "/spec/metrics/1"}]'`,
	},
	"quota":     {id: "FailedCreate", objects: "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pods}\nspec: {hard: {pods: 1}}\n---" + changed("minReplicas: 1", "minReplicas: 3")},
	"low-quota": {id: "QuotaBelowMax", brief: true, objects: "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: cpu}\nspec: {hard: {requests.cpu: 300m}}\n---" + changed()},
	"no-node":   {id: "Unschedulable", objects: changed("    spec:\n", "    spec:\n      nodeSelector: {disk: none}\n"), fix: removeSelector},
	"no-claim": {
		id: "VolumeUnbound", objects: changed("    spec:\n", "    spec:\n      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n"),
		fix: `kubectl patch deployment web --type=json -p '[{"op": "remove", "path": "/spec/template/spec/volumes"}]'`,
	},
	"no-image":      {id: "ImageUnavailable", objects: changed(), then: faulty("ImagePullBackOff")},
	"crash-loop":    {id: "CrashLoop", objects: changed(), then: faulty("CrashLoopBackOff")},
	"rollout":       {id: "RolloutStuck", objects: changed(), then: unready("1")},
	"stray-pod":     {id: "SelectorMatchesOtherPods", brief: true, objects: changed() + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: debug, labels: {app: web}}\nspec: {containers: [{name: app, image: simulated}]}\n"},
	"max":           {id: "MaxReplicasReached", objects: changed("maxReplicas: 4", "maxReplicas: 2"), do: "load 0.17"},
	"limits":        {id: "TargetAboveLimits", objects: changed("averageUtilization: 50", "averageUtilization: 190")},
	"no-scale-up":   {id: "ScaleUpDisabled", objects: behaves("{scaleUp: {selectPolicy: Disabled}}")},
	"no-scale-down": {id: "ScaleDownDisabled", objects: behaves("{scaleDown: {selectPolicy: Disabled}}")},
	"equal-bounds":  {id: "MinEqualsMax", objects: changed("minReplicas: 1", "minReplicas: 4")},
	"pdb":           {id: "PDBBlocksEviction", brief: true, objects: changed() + "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n"},
	"burst":         {id: "BurstingLimits", objects: changed("limits: {cpu: 200m}", `limits: {cpu: "1"}`)},
	"unstable":      {id: "NoStabilization", objects: behaves("{scaleDown: {stabilizationWindowSeconds: 0}}")},
	"slow":          {id: "SlowScaleUp", objects: behaves("{scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 300}]}}")},
	"tolerance":     {id: "HighTolerance", objects: behaves(`{scaleUp: {tolerance: "0.8"}}`)},
	"flapping":      {id: "Flapping", objects: changed(), do: rescales, fix: "kubectl delete events --all"},
	"resize":        {id: "ResizePending", objects: changed(), do: "kubectl rollout status deployment web && " + resizePending},
	"paused":        {id: "Paused", objects: healthyDeployment + "---\napiVersion: autoscaling.flyball.dev/v1alpha1" + autoscaler("web", "  mode: Paused\n  maxReplicas: 4\n  metrics: ["+halfTheCPU+"]")},
}
