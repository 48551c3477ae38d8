package importer

import (
	"fmt"
	"strings"
)

// metadata reads a key of a trigger's metadata; empty where it is absent.
type metadata func(key string) string

// scaler is how KEDA 2.20 derives an External metric from a trigger, by its GetMetricSpecForScaling.
type scaler struct {
	// keys are those that name the metric and its target.
	keys string
	// name is the metric's name without its index; empty where the metadata lacks what it is made of.
	name func(read metadata) string
	// target is that of the metric; empty where the metadata lacks it.
	target func(read metadata) string
}

// scalers are those whose metrics need no more than the metadata. Others, such as external, name their metrics themselves.
var scalers = map[string]scaler{
	"kafka":                  {"topic or consumerGroup", kafkaName, target("lagThreshold", "10")},
	"apache-kafka":           {"topic or consumerGroup", kafkaName, target("lagThreshold", "10")},
	"rabbitmq":               {"queueName and value", rabbitName, rabbitTarget},
	"aws-sqs-queue":          {"queueURL", queueOfURL, target("queueLength", "5")},
	"aws-cloudwatch":         {"targetMetricValue", constant("aws-cloudwatch"), target("targetMetricValue", "")},
	"aws-kinesis-stream":     {"streamName", named("aws-kinesis-", "streamName"), target("shardCount", "2")},
	"azure-servicebus":       {"queueName or topicName", serviceBus, target("messageCount", "5")},
	"azure-queue":            {"queueName", named("azure-queue-", "queueName"), target("queueLength", "5")},
	"gcp-pubsub":             {"subscriptionName or topicName", named("gcp-ps-", "subscriptionName", "topicName"), target("value", "10")},
	"redis":                  {"listName", named("redis-", "listName"), target("listLength", "5")},
	"redis-cluster":          {"listName", named("redis-", "listName"), target("listLength", "5")},
	"redis-sentinel":         {"listName", named("redis-", "listName"), target("listLength", "5")},
	"redis-streams":          {"stream", named("redis-streams-", "stream"), streamTarget},
	"redis-cluster-streams":  {"stream", named("redis-streams-", "stream"), streamTarget},
	"redis-sentinel-streams": {"stream", named("redis-streams-", "stream"), streamTarget},
	"nats-jetstream":         {"stream", named("nats-jetstream-", "stream"), target("lagThreshold", "10")},
	"postgresql":             {"targetQueryValue", constant("postgresql"), target("targetQueryValue", "")},
	"mysql":                  {"dbName and queryValue", named("mysql-", "dbName"), target("queryValue", "")},
	"mssql":                  {"targetValue", constant("mssql"), target("targetValue", "")},
	"mongodb":                {"collection and queryValue", named("mongodb-", "collection"), target("queryValue", "")},
	"loki":                   {"threshold", constant("loki"), target("threshold", "")},
	"metrics-api":            {"valueLocation and targetValue", named("metric-api-", "valueLocation"), target("targetValue", "")},
}

func constant(name string) func(metadata) string {
	return func(metadata) string { return name }
}

// named is the prefix and the first key that is set.
func named(prefix string, keys ...string) func(metadata) string {
	return func(read metadata) string {
		for _, key := range keys {
			if value := read(key); value != "" {
				return prefix + value
			}
		}
		return ""
	}
}

// target is a key, or KEDA's default; an empty default means that the key is required.
func target(key, otherwise string) func(metadata) string {
	return func(read metadata) string { return firstOf(read(key), otherwise) }
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func kafkaName(read metadata) string {
	if read("topic") == "" && read("consumerGroup") != "" {
		return "kafka-" + read("consumerGroup") + "-topics"
	}
	return named("kafka-", "topic")(read)
}

func rabbitName(read metadata) string {
	if read("queueName") == "" {
		return ""
	}
	var escaped strings.Builder // as in a query of a URL
	for _, c := range []byte(read("queueName")) {
		switch {
		case c == ' ':
			escaped.WriteByte('+')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			escaped.WriteByte(c)
		default:
			fmt.Fprintf(&escaped, "%%%02X", c)
		}
	}
	return "rabbitmq-" + escaped.String()
}

// rabbitTarget is KEDA's default of a queue's length where no mode and no value is written.
func rabbitTarget(read metadata) string {
	otherwise := "20"
	if read("mode") != "" {
		otherwise = ""
	}
	return firstOf(read("queueLength"), read("value"), otherwise)
}

// streamTarget is of the consumer group's lag or pending entries, or without a group of the stream's length.
func streamTarget(read metadata) string {
	if read("consumerGroup") == "" {
		return firstOf(read("streamLength"), "5")
	}
	return firstOf(read("lagCount"), read("pendingEntriesCount"), "5")
}

// queueOfURL is the queue of https://HOST/ACCOUNT/QUEUE, or of a name alone.
func queueOfURL(read metadata) string {
	queue := read("queueURL")
	if _, address, isURL := strings.Cut(queue, "://"); isURL {
		parts := strings.Split(address, "/")
		if len(parts) != 3 {
			return ""
		}
		queue = parts[2]
	}
	if queue == "" {
		return ""
	}
	return "aws-sqs-" + queue
}

func serviceBus(read metadata) string {
	kind := "queue"
	if read("queueName") == "" {
		kind = "topic"
	}
	if read("useRegex") == "true" {
		return "azure-servicebus-" + kind + "-regex"
	}
	return named("azure-servicebus-", "queueName", "topicName")(read)
}
