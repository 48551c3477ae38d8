package survey

import (
	"encoding/json"

	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/survey"
	"flyball.dev/flyball/cmd/flyball/internal/input"
)

// ReadFile reads the objects of a stream of YAML or JSON.
func ReadFile(text []byte) (*doctor.Snapshot, error) {
	s := survey.New()
	err := input.EachDocument(text, func(document []byte) error {
		var object map[string]any
		if err := json.Unmarshal(document, &object); err != nil {
			return err
		}
		return s.Add(object)
	})
	markAbsent(s)
	return s, err
}

// markAbsent names the kinds that the file does not have, so that an object of such a kind does not count as missing in the cluster.
func markAbsent(s *doctor.Snapshot) {
	absent := func(found bool, resources ...string) {
		for _, r := range resources {
			if !found {
				s.NotRead[r] = "the input has none"
			}
		}
	}
	absent(len(s.Deployments)+len(s.StatefulSets)+len(s.ReplicaSets)+len(s.ReplicationControllers) > 0,
		"deployments", "statefulsets", "replicasets", "replicationcontrollers")
	absent(len(s.Pods) > 0, "pods")
	absent(len(s.APIServices) > 0, "apiservices")
}
