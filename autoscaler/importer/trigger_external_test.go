package importer

import (
	"fmt"
	"strings"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

const triggerOfKEDA = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: jobs, namespace: shop}
spec:
  scaleTargetRef: {name: worker}
  minReplicaCount: 0
  maxReplicaCount: 20
  triggers:
  - {type: cpu, metricType: Utilization, metadata: {value: "50"}}
  - {type: %s, metadata: {%s}}
`

// externalOf returns the External metrics of an import with one HorizontalAutoscaler.
func externalOf(t *testing.T, r *Result) []*v1alpha1.ExternalMetricSource {
	t.Helper()
	if len(r.Autoscalers) != 1 {
		t.Fatalf("%d autoscalers, want one:\n%s", len(r.Autoscalers), r.lines())
	}
	var found []*v1alpha1.ExternalMetricSource
	for i := range r.Autoscalers[0].Spec.Metrics {
		if source := r.Autoscalers[0].Spec.Metrics[i].External; source != nil {
			found = append(found, source)
		}
	}
	return found
}

// Names and targets are those of KEDA 2.20's GetMetricSpecForScaling.
func TestTriggersThatKEDAMeasures(t *testing.T) {
	for _, tc := range []struct{ kind, metadata, name, target string }{
		{"kafka", `topic: orders.new, lagThreshold: "50"`, "s1-kafka-orders-new", "50"},
		{"kafka", "consumerGroup: billing", "s1-kafka-billing-topics", "10"},
		{"apache-kafka", `topic: "a,b"`, "s1-kafka-a,b", "10"},
		{"rabbitmq", `queueName: "work/high"`, "s1-rabbitmq-work-2Fhigh", "20"},
		{"rabbitmq", `queueName: "a b_c~d.é", queueLength: "1"`, "s1-rabbitmq-a+b_c~d--C3-A9", "1"},
		{"rabbitmq", `queueName: mail, mode: MessageRate, value: "1.5"`, "s1-rabbitmq-mail", "1500m"},
		{"rabbitmq", `queueName: mail, queueLength: "7"`, "s1-rabbitmq-mail", "7"},
		{"aws-sqs-queue", `queueURL: "https://sqs.eu-west-1.amazonaws.com/123456789012/mail"`, "s1-aws-sqs-mail", "5"},
		{"aws-sqs-queue", `queueURL: mail.fifo, queueLength: "30"`, "s1-aws-sqs-mail-fifo", "30"},
		{"aws-cloudwatch", `targetMetricValue: "2.5"`, "s1-aws-cloudwatch", "2500m"},
		{"aws-kinesis-stream", "streamName: clicks", "s1-aws-kinesis-clicks", "2"},
		{"azure-servicebus", "topicName: t, subscriptionName: s", "s1-azure-servicebus-t", "5"},
		{"azure-servicebus", `queueName: "q.*", useRegex: "true", messageCount: "9"`, "s1-azure-servicebus-queue-regex", "9"},
		{"azure-queue", "queueName: q", "s1-azure-queue-q", "5"},
		{"gcp-pubsub", `subscriptionName: projects/p/subscriptions/s, value: "100"`, "s1-gcp-ps-projects-p-subscriptions-s", "100"},
		{"redis", `listName: "a:b"`, "s1-redis-a-b", "5"},
		{"redis-sentinel-streams", `stream: st, consumerGroup: g, lagCount: "4"`, "s1-redis-streams-st", "4"},
		{"redis-streams", `stream: st, streamLength: "50"`, "s1-redis-streams-st", "50"},
		{"nats-jetstream", "stream: st, account: $G, consumer: c", "s1-nats-jetstream-st", "10"},
		{"postgresql", `query: "SELECT 1", targetQueryValue: "3"`, "s1-postgresql", "3"},
		{"mysql", `dbName: d, queryValue: "3"`, "s1-mysql-d", "3"},
		{"mssql", `targetValue: "3"`, "s1-mssql", "3"},
		{"mongodb", `collection: c, queryValue: "3"`, "s1-mongodb-c", "3"},
		{"loki", `threshold: "0.5"`, "s1-loki", "500m"},
		{"metrics-api", `valueLocation: a.b, targetValue: "8"`, "s1-metric-api-a-b", "8"},
	} {
		t.Run(tc.kind, func(t *testing.T) {
			r := runImport(t, ScaledObject, fmt.Sprintf(triggerOfKEDA, tc.kind, tc.metadata))
			found := externalOf(t, r)
			if len(found) != 1 || found[0].Metric.Name != tc.name || found[0].Target.Type != autoscalingv2.AverageValueMetricType ||
				found[0].Target.AverageValue.String() != tc.target || found[0].Metric.Selector.MatchLabels[ownerLabel] != "jobs" {
				t.Fatalf("got %+v, want %s with averageValue %s:\n%s", found, tc.name, tc.target, r.lines())
			}
			r.needs(t, "Changed: ScaledObject shop/jobs: spec.triggers[1]: ", "which KEDA goes on to measure: keep KEDA, and keep the ScaledObject", ": pause the ScaledObject before it enforces")
		})
	}
}

// A trigger whose metric cannot be derived is left out.
func TestTriggersWithoutAName(t *testing.T) {
	for kind, metadata := range map[string]string{
		"external": "scalerAddress: a", "datadog": "query: q", "kafka": "topicFromEnv: TOPIC", "rabbitmq": "queueName: q, mode: MessageRate", "aws-sqs-queue": "queueURL: https://sqs/queue",
		"mongodb": `queryValue: "3"`, "loki": "query: q", "azure-servicebus": "namespace: n",
	} {
		t.Run(kind, func(t *testing.T) {
			r := runImport(t, ScaledObject, fmt.Sprintf(triggerOfKEDA, kind, metadata))
			if found := externalOf(t, r); len(found) > 0 || r.Complete() {
				t.Errorf("%v, want none and an entry:\n%s", found, r.lines())
			}
			r.needs(t, "Left out: ScaledObject shop/jobs: spec.triggers[1]: ", "import the object from the cluster (flyball import scaledobject NAME -n NAMESPACE)")
		})
	}
}

const hpaOfKEDA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: any, namespace: shop, ownerReferences: [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: jobs, uid: u}]}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
  maxReplicas: 20
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: External, external: {metric: {name: s1-mine, selector: {matchLabels: {scaledobject.keda.sh/name: jobs}}}, target: {type: Value, value: "9"}}}
  - {type: External, external: {metric: {name: s1-second, selector: {matchLabels: {scaledobject.keda.sh/name: jobs}}}, target: {type: AverageValue, averageValue: 250m}}}
  - {type: External, external: {metric: {name: s10-other}, target: {type: Value, value: "1"}}}
`

// KEDA's HPA has the metrics of any trigger, in the file or beside the object in the cluster.
func TestMetricsOfKEDAsHPA(t *testing.T) {
	object := fmt.Sprintf(triggerOfKEDA, "external", "scalerAddress: a")
	beside, err := Import(ScaledObject, decodeAll(t, object), Options{Now: testNow, TimeZone: "UTC", Beside: decodeAll(t, hpaOfKEDA)})
	if err != nil {
		t.Fatal(err)
	}
	inFile := runImport(t, ScaledObject, hpaOfKEDA+"---\n"+object)
	for name, r := range map[string]*Result{"beside": beside, "in the file": inFile} {
		found := externalOf(t, r)
		if len(found) != 2 || found[0].Metric.Name != "s1-mine" || found[0].Target.Value.String() != "9" || found[1].Metric.Name != "s1-second" || found[1].Target.AverageValue.String() != "250m" {
			t.Errorf("%s: got %+v:\n%s", name, found, r.lines())
		}
		r.needs(t, "metric s1-mine with value 9, s1-second with averageValue 250m of type External (as in KEDA's HPA)")
	}
	inFile.needs(t, "Note: HorizontalPodAutoscaler shop/any: KEDA makes it of ScaledObject jobs")
	if strings.Contains(beside.lines(), "HorizontalPodAutoscaler shop/any") {
		t.Errorf("an object beside the imported ones is in the report:\n%s", beside.lines())
	}
	alone := runImport(t, HPA, hpaOfKEDA)
	alone.needs(t, "Left out: HorizontalPodAutoscaler shop/any: KEDA makes it of ScaledObject jobs", "run flyball import scaledobject")
	if !alone.Empty() || alone.Found != 1 {
		t.Errorf("an HPA of KEDA is imported by itself:\n%s", alone.lines())
	}
}

// An External metric is active above zero, and has no other activation value.
func TestActivationOfTriggersThatKEDAMeasures(t *testing.T) {
	object := strings.Replace(triggerOfKEDA, "  - {type: cpu, metricType: Utilization, metadata: {value: \"50\"}}\n", "", 1)
	zero := runImport(t, ScaledObject, fmt.Sprintf(object, "kafka", `topic: t, activationLagThreshold: "0"`))
	if !zero.Complete() || *zero.Autoscalers[0].Spec.MinReplicas != 0 {
		t.Errorf("left out:\n%s", zero.lines())
	}
	five := runImport(t, ScaledObject, fmt.Sprintf(object, "kafka", `topic: t, activationLagThreshold: "5"`))
	five.needs(t, `Left out: ScaledObject shop/jobs: spec.triggers[0].metadata.activationLagThreshold: "5": KEDA leaves zero replicas only above it`)
	above := runImport(t, ScaledObject, fmt.Sprintf(strings.Replace(object, "minReplicaCount: 0", "minReplicaCount: 1", 1), "kafka", `topic: t, activationLagThreshold: "5"`))
	if !above.Complete() {
		t.Errorf("left out:\n%s", above.lines())
	}
}
