package sim

import (
	"fmt"
	"os"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// baseline has the flags about named policies.
type baseline struct {
	metric   string // rate or cpu
	target   int32  // percent
	min, max int32
}

// readPolicy returns the policy of a name, or of the HorizontalAutoscaler in a file.
func readPolicy(name string, b baseline, pods *plant.Config) (*contender, error) {
	if peer, found := peers.Find(name); found {
		return b.peer(peer, pods)
	}
	spec, err := readSpec(name)
	if err != nil {
		return nil, err
	}
	return &contender{
		name: name, policy: &sim.Engine{Spec: spec}, spec: spec, min: spec.MinReplicas, max: spec.MaxReplicas, plant: *pods,
	}, nil
}

func readSpec(path string) (*engine.Spec, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--policy, --against: Invalid value: %q: must be one of %s, or a file: %w", path, strings.Join(peerNames(), ", "), err)
	}
	if err := checkKind(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := input.UnmarshalOne(text, ha); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	compiled, err := policy.Compile(ha, policy.StandardDefaults())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(compiled.Spec.Batches) > 0 {
		return nil, fmt.Errorf("%s: spec.windows: a window has a batch, which simulated pods do not run: remove it; "+
			"make batch-nights simulates batches (docs/batch.md)", path)
	}
	return &compiled.Spec, nil
}

// checkKind refuses another kind before its fields are decoded, so that the error names the kind.
func checkKind(text []byte) error {
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal(text, &meta); err != nil {
		return err
	}
	want := v1alpha1.SchemeGroupVersion.String()
	if meta.APIVersion == want && meta.Kind == "HorizontalAutoscaler" {
		return nil
	}
	err := fmt.Errorf("apiVersion %q and kind %q: must be %s and HorizontalAutoscaler", meta.APIVersion, meta.Kind, want)
	if source, found := importer.SourceOf(meta.APIVersion, meta.Kind); found {
		return fmt.Errorf("%w; flyball import %s -f FILE converts it", err, source)
	}
	return fmt.Errorf("%w; flyball import converts objects of other autoscalers", err)
}

func peerNames() []string {
	var names []string
	for _, n := range peers.All() {
		names = append(names, n.Name)
	}
	return names
}

// peer returns a named policy with the metric, target and bounds of the flags.
func (b baseline) peer(p peers.Policy, pods *plant.Config) (*contender, error) {
	for _, check := range []struct {
		invalid       bool
		flag, problem string
		value         any
	}{
		{!slices.Contains(peers.Metrics(), peers.Metric(b.metric)), "metric", "must be rate or cpu", b.metric},
		{b.target < 1 || b.target > 100, "target", "must be from 1 to 100 percent", b.target},
		{b.min < 1, "min", "must be at least 1", b.min},
		{b.max < b.min, "max", fmt.Sprintf("must be at least --min (%d)", b.min), b.max},
	} {
		if check.invalid {
			return nil, fmt.Errorf("--%s: Invalid value: %v: policy %s: %s", check.flag, check.value, p.Name, check.problem)
		}
	}
	goal := peers.Goal{
		Metric: peers.Metric(b.metric), Busy: float64(b.target) / 100, PodRate: pods.Pod.Rate, Min: b.min, Max: b.max,
	}
	c := &contender{name: p.Name, policy: p.New(goal), min: b.min, max: b.max, plant: *pods}
	if own, ok := c.policy.(*sim.Engine); ok {
		c.spec = own.Spec
	}
	if p.Measure != nil {
		c.period = p.Measure(goal, &c.plant)
	}
	return c, nil
}
