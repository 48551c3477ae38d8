package backtest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/sim/history"
)

// candidate is a policy of a backtest.
type candidate struct {
	name       string
	autoscaler *v1alpha1.HorizontalAutoscaler
	// upstream reports that the HPA controller decides, without corrections.
	upstream bool
	spec     *engine.Spec
}

// profiles are the names of --against for the policy with a profile of damping.
var profiles = map[string]v1alpha1.DampingProfile{
	"recommended": v1alpha1.DampingBalanced, "balanced": v1alpha1.DampingBalanced, "responsive": v1alpha1.DampingResponsive,
	"thrifty": v1alpha1.DampingThrifty, "steady": v1alpha1.DampingSteady,
}

// hpaName is the name of --against for the HPA controller with the same metrics and bounds, and the default behavior.
const hpaName = "hpa"

// compile returns the candidate with its spec. Metrics that cannot be reconstructed must have been removed.
func (c *candidate) compile(namespaceLabel string) error {
	defaults := policy.StandardDefaults()
	if defaults.NamespaceLabel = namespaceLabel; c.upstream {
		defaults.NamespaceLabel, defaults.Without = "", engine.AllCorrections
	}
	compiled, err := policy.Compile(c.autoscaler, defaults)
	if err != nil {
		return fmt.Errorf("policy %s: %w", c.name, err)
	}
	if len(compiled.Spec.Batches) > 0 {
		return fmt.Errorf("policy %s: spec.windows: a window has a batch, whose backlog no load shows: remove it", c.name)
	}
	c.spec = &compiled.Spec
	return nil
}

// asHPA is the candidate as the HPA controller runs it.
func (c *candidate) asHPA(name string) *candidate {
	hpa := &candidate{name: name, autoscaler: c.autoscaler.DeepCopy(), upstream: true}
	s := &hpa.autoscaler.Spec
	s.Damping, s.Windows, s.Fallback, s.Capacity, s.Behavior = nil, nil, nil, nil, nil
	return hpa
}

// withProfile is the candidate with a profile of damping.
func (c *candidate) withProfile(name string, profile v1alpha1.DampingProfile) *candidate {
	damped := &candidate{name: name, autoscaler: c.autoscaler.DeepCopy()}
	damped.autoscaler.Spec.Damping = &v1alpha1.Damping{Profile: profile}
	return damped
}

// versus returns the policy of a value of --against or --actual.
func (c *candidate) versus(name string, now time.Time) (*candidate, error) {
	lower := strings.ToLower(name)
	if lower == hpaName {
		return c.asHPA(hpaName), nil
	}
	if profile, found := profiles[lower]; found {
		return c.withProfile(lower, profile), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%q: must be hpa, balanced, responsive, thrifty, steady, or a file: %w", name, err)
	}
	other, err := readSubject(text, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &candidate{name: name, autoscaler: other.autoscaler, upstream: other.upstream}, nil
}

// refused is a metric that a backtest leaves out, and why.
type refused struct {
	Metric string `json:"metric"`
	Reason string `json:"reason"`
}

// dropRefused compiles the candidate without the metrics from which no load can be reconstructed. An error says that none is left.
func (c *candidate) dropRefused(kinds *kinds, namespaceLabel string) ([]refused, error) {
	if err := c.compile(namespaceLabel); err != nil {
		return nil, err
	}
	var dropped []refused
	var kept []v1alpha1.MetricSpec
	full := c.autoscaler.DeepCopy()
	full.SetDefaults()
	for i := range c.spec.Metrics {
		m := &c.spec.Metrics[i]
		if _, err := kinds.of(m); err != nil {
			dropped = append(dropped, refused{history.Title(m), reasonOf(err)})
			continue
		}
		kept = append(kept, full.Spec.Metrics[i])
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("policy %s: no metric shows the load: metric %s: %s; --metric-kind NAME=sum|mean overrides it", c.name, dropped[0].Metric, dropped[0].Reason)
	}
	if len(dropped) == 0 {
		return nil, nil
	}
	c.autoscaler = c.autoscaler.DeepCopy()
	c.autoscaler.Spec.Metrics = kept
	return dropped, c.compile(namespaceLabel)
}

// reasonOf is the reason of a refusal without the name of the metric.
func reasonOf(err error) string {
	if refusal, ok := errors.AsType[*history.RefusedError](err); ok {
		return refusal.Reason
	}
	return err.Error()
}
