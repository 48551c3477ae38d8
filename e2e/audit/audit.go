package audit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// policy makes the API server log what the programs request, by their service accounts, and nothing else. Of writes to scales the
// log has the replicas.
const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [update, patch]
  resources: [{group: apps, resources: [deployments/scale, statefulsets/scale]}]
  users: ["system:serviceaccount:flyball-system:flyball-autoscaler", "system:serviceaccount:kube-system:horizontal-pod-autoscaler"]
- level: Metadata
  users: ["system:serviceaccount:flyball-system:flyball-autoscaler", "system:serviceaccount:flyball-system:flyball-metricsadapter"]
- level: None
`

// Autoscaler is the account of Flyball's autoscaler.
const Autoscaler = "system:serviceaccount:flyball-system:flyball-autoscaler"

// Flags returns the flags of an API server that logs to a file.
func Flags(log string) ([]string, error) {
	file := filepath.Join(filepath.Dir(log), "audit-policy.yaml")
	if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
		return nil, err
	}
	return []string{"--audit-policy-file=" + file, "--audit-log-path=" + log, "--audit-log-maxsize=10000"}, nil // in one file
}

// ScaleWrite is a write to the scale of an object, as the API server logged it.
type ScaleWrite struct {
	// Time is when the API server answered, and Code the answer.
	Time time.Time
	Code int
	Name string
	// Replicas and Version are those of the request.
	Replicas int32
	Version  string
	// Writer is the credential, of which each process has its own, and User the account.
	Writer, User string
}

// event has the fields of an event of audit.k8s.io/v1 that ScaleWrites reads.
type event struct {
	User struct {
		Username string
		Extra    map[string][]string
	}
	ObjectRef      *struct{ Subresource, Namespace, Name string }
	ResponseStatus struct{ Code int }
	RequestObject  *struct {
		Metadata struct{ ResourceVersion string }
		Spec     struct{ Replicas int32 }
	}
	StageTimestamp time.Time
}

// ScaleWrites returns the writes to the scales of a namespace, failed ones, too, in the order of their answers.
func ScaleWrites(log, namespace string) (writes []ScaleWrite, err error) {
	file, err := os.Open(log)
	if err != nil {
		return nil, fmt.Errorf("the audit log: %w", err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		// The last line may not be complete yet.
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.RequestObject == nil || e.ObjectRef.Namespace != namespace || e.ObjectRef.Subresource != "scale" {
			continue
		}
		writes = append(writes, ScaleWrite{
			Time: e.StageTimestamp, Code: e.ResponseStatus.Code, Name: e.ObjectRef.Name, Replicas: e.RequestObject.Spec.Replicas,
			Version: e.RequestObject.Metadata.ResourceVersion, User: e.User.Username,
			Writer: strings.Join(e.User.Extra["authentication.kubernetes.io/credential-id"], " "),
		})
	}
	slices.SortStableFunc(writes, func(a, b ScaleWrite) int { return a.Time.Compare(b.Time) })
	return writes, lines.Err()
}
