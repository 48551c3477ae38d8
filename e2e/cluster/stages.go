package cluster

import (
	_ "embed"
	"strconv"
	"strings"
	"time"
)

// Annotations of a simulated pod: durations such as "20s", and those whose comment says otherwise.
const (
	// ReadyAfter is how long the pod takes from its scheduling until it is ready.
	ReadyAfter = "flyball.dev/ready-after"
	// NeverReady keeps the pod running and unready: a program that hangs in its start. Its value is ignored.
	NeverReady = "flyball.dev/never-ready"
	// CompleteAfter is how long a ready pod works until it succeeds.
	CompleteAfter = "flyball.dev/complete-after"
	// FailAfter is how long a ready pod works until it fails.
	FailAfter = "flyball.dev/fail-after"
	// FailsOn is the node on which the pod has the fault of FailsBy: ImagePullBackOff, CrashLoopBackOff, or another word for a program
	// that hangs in its start. It recovers without the annotation.
	FailsOn = "flyball.dev/fails-on"
	FailsBy = "flyball.dev/fails-by"
	// Drain is how long a deleted pod stays.
	Drain = "flyball.dev/drain"
)

// simulatedNode is the annotation, key=value, of the nodes that KWOK manages.
const simulatedNode = "kwok.x-k8s.io/node=fake"

// podRange gives simulated pods their addresses, from the range set aside for benchmarks (RFC 2544): no host has them.
const podRange = "198.18.0.0/15"

// fails is the expression of KWOK for the fault of a pod on its node.
const fails = `select(.metadata.annotations["` + FailsOn + `"] == .spec.nodeName) | .metadata.annotations["` + FailsBy + `"]`

//go:embed stages.yaml
var stagesTemplate string

// stages is KWOK's configuration for pods that become ready after podStart.
func stages(podStart time.Duration) string {
	return strings.NewReplacer("POD_START_MILLISECONDS", strconv.FormatInt(podStart.Milliseconds(), 10), "FAILS", fails).Replace(stagesTemplate)
}
