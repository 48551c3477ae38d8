package main

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
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// baseline is what the policies that have a name are asked for.
type baseline struct {
	metric   string // rate or cpu
	target   int32  // percent
	min, max int32
}

// readPolicy gives the policy with a name, or that of the HorizontalAutoscaler in a file.
func readPolicy(name string, b baseline, pods *plant.Config) (*contender, error) {
	if peer, known := peers.Find(name); known {
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
		return nil, fmt.Errorf("a policy is one of %s, or a file: %w", strings.Join(peerNames(), ", "), err)
	}
	if err := checkPolicyKind(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := unmarshalOne(text, ha); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	compiled, err := policy.Compile(ha, policy.StandardDefaults())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(compiled.Spec.Batches) > 0 {
		return nil, fmt.Errorf("%s: spec.windows has a batch, and the simulated pods have none: leave it out; what batches do is "+
			"in docs/batch.md, and make batch-nights simulates them", path)
	}
	return &compiled.Spec, nil
}

// checkPolicyKind refuses another kind before its fields are looked at, so that the error is about the kind.
func checkPolicyKind(text []byte) error {
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal(text, &meta); err != nil {
		return err
	}
	want := v1alpha1.SchemeGroupVersion.String()
	if meta.APIVersion == want && meta.Kind == "HorizontalAutoscaler" {
		return nil
	}
	err := fmt.Errorf("apiVersion is %q and kind %q: they must be %s and HorizontalAutoscaler", meta.APIVersion, meta.Kind, want)
	if source, found := importer.SourceOf(meta.APIVersion, meta.Kind); found {
		return fmt.Errorf("%w; flyball import %s -f FILE makes one of it", err, source)
	}
	return fmt.Errorf("%w; flyball import makes one of objects of other autoscalers", err)
}

func peerNames() []string {
	var names []string
	for _, n := range peers.All() {
		names = append(names, n.Name)
	}
	return names
}

// peer gives a peer's policy, which is asked for what the flags say.
func (b baseline) peer(p peers.Named, pods *plant.Config) (*contender, error) {
	for _, check := range []struct {
		wrong         bool
		flag, problem string
		value         any
	}{
		{!slices.Contains(peers.Metrics(), peers.Metric(b.metric)), "metric", "must be rate or cpu", b.metric},
		{b.target < 1 || b.target > 100, "target", "must be from 1 to 100 percent", b.target},
		{b.min < 1, "min", "must be at least 1", b.min},
		{b.max < b.min, "max", fmt.Sprintf("must be at least --min, which is %d", b.min), b.max},
	} {
		if check.wrong {
			return nil, fmt.Errorf("policy %s: --%s is %v: it %s", p.Name, check.flag, check.value, check.problem)
		}
	}
	goal := peers.Goal{
		Metric: peers.Metric(b.metric), Busy: float64(b.target) / 100, PodRate: pods.Pod.Rate, Min: b.min, Max: b.max,
	}
	c := &contender{name: p.Name, policy: p.New(goal), min: b.min, max: b.max, plant: *pods}
	if own, is := c.policy.(*sim.Engine); is {
		c.spec = own.Spec
	}
	if p.Sees != nil {
		c.period = p.Sees(goal, &c.plant)
	}
	return c, nil
}
