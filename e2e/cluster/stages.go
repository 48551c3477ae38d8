package cluster

import (
	_ "embed"
	"strconv"
	"strings"
	"time"
)

// Annotations of a simulated pod, each a duration such as "20s" but for NeverReady, whose value is ignored.
const (
	// ReadyAfter is how long the pod takes from its scheduling until it is ready.
	ReadyAfter = "flyball.dev/ready-after"
	// NeverReady keeps the pod running and unready: a program that hangs in its start.
	NeverReady = "flyball.dev/never-ready"
	// CompleteAfter is how long a ready pod works until it succeeds.
	CompleteAfter = "flyball.dev/complete-after"
	// Drain is how long a deleted pod stays.
	Drain = "flyball.dev/drain"
)

// simulatedNode is the annotation, key=value, of the nodes that KWOK manages.
const simulatedNode = "kwok.x-k8s.io/node=fake"

// podRange gives simulated pods their addresses, from the range set aside for benchmarks (RFC 2544): no host has them.
const podRange = "198.18.0.0/15"

//go:embed stages.yaml
var stagesTemplate string

// stages is KWOK's configuration for pods that become ready after podStart.
func stages(podStart time.Duration) string {
	return strings.ReplaceAll(stagesTemplate, "POD_START_MILLISECONDS", strconv.FormatInt(podStart.Milliseconds(), 10))
}
