package suite

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/bundle"
)

// TestBundleReplaysToTheSameDecision captures decisions on the cluster and replays them without it: while the replicas are
// held, while they are limited, and while a metric is unknown.
func TestBundleReplaysToTheSameDecision(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.apply(autoscaler("web", `
  maxReplicas: 8
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}
  - type: Prometheus
    prometheus: {query: 'sum(rate(http_requests_total{app="web"}[10s]))', target: {type: AverageValue, averageValue: "20"}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 120}}
`))
	s.load("web", requests(57))
	s.scalesTo("web", 6)
	s.replays(6, "")

	s.load("web", requests(500))
	s.scalesTo("web", 8)
	s.conditionIs("ScalingLimited", "TooManyReplicas")
	s.replays(8, "spec.maxReplicas is 8")

	s.load("web", requests(17))
	s.conditionIs("AbleToScale", "ScaleDownStabilized")
	s.replays(8, "stabilization: highest recommendation in the last 2m is")

	s.apply(strings.Replace(query("10"), `http_requests_total`, `no_such_metric`, 1))
	s.conditionIs("ScalingActive", "FailedGetPrometheusMetric")
	s.replays(8, "no series matches it")
}

// replays captures the last decision about web with the command of users, and replays it without the cluster.
func (s *story) replays(want int32, message string) {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "bundle.yaml")
	text := s.flyball("explain", "web", "-o", "bundle", "--autoscaler-url", s.Flyball.Autoscaler.URL)
	captured, err := bundle.Unmarshal([]byte(text))
	if err != nil {
		s.t.Fatalf("the bundle cannot be read: %v\n%s", err, text)
	}
	if captured.Decided == nil || captured.Decided.Desired != want {
		s.t.Errorf("got the decision %+v in the bundle, want %d replicas", captured.Decided, want)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	// The exit code is 0 only where the replay has the same decision.
	page := s.flyball("decide", "-f", path)
	if !strings.Contains(page, fmt.Sprintf("%d desired", want)) || !strings.Contains(page, message) {
		s.t.Errorf("got a replay without %d replicas and %q:\n%s", want, message, page)
	}
	if top := s.flyball("top", "-o", "json", "--autoscaler-url", s.Flyball.Autoscaler.URL); !strings.Contains(top, fmt.Sprintf(`"desired": %d,`, want)) ||
		!strings.Contains(top, `"source": "autoscaler"`) || !strings.Contains(top, `"max": `) {
		s.t.Errorf("got an output of flyball top without %d replicas, or from the status:\n%s", want, top)
	}
	// From memory, and from the status: no pod has the autoscaler of a story.
	for _, from := range [][]string{{"--autoscaler-url", s.Flyball.Autoscaler.URL}, nil} {
		live := s.flyball(append([]string{"explain", "web"}, from...)...)
		if !strings.Contains(live, fmt.Sprintf("%d desired", want)) || !strings.Contains(live, "AbleToScale") || strings.Contains(live, ", min ") != (from != nil) {
			s.t.Errorf("got an output of flyball explain %s without %d replicas, or from another source:\n%s", from, want, live)
		}
	}
}

// flyball runs the command line in the namespace of the story, and fails unless it exits with 0.
func (s *story) flyball(arguments ...string) string {
	s.t.Helper()
	if arguments[0] == "explain" || arguments[0] == "top" {
		arguments = append(arguments, "--kubeconfig="+s.Kubeconfig, "--namespace="+s.namespace)
	}
	var out, errOut bytes.Buffer
	command := exec.CommandContext(context.WithoutCancel(s.t.Context()), s.Binary("flyball"), arguments...)
	command.Stdout, command.Stderr = &out, &errOut
	if err := command.Run(); err != nil {
		s.t.Fatalf("flyball %s: %v: %s", strings.Join(arguments, " "), err, errOut.String())
	}
	return out.String()
}
