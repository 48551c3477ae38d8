package trial

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// Change is what a reader changes. The zero Change changes nothing.
type Change struct {
	// Target is the new target of the metric: a quantity, or a percentage without its sign for a utilization. Empty for that of the spec.
	Target string
	// Profile of damping; empty for the damping of the spec.
	Profile v1alpha1.DampingProfile
}

// Profiles are the values of a change.
var Profiles = []v1alpha1.DampingProfile{
	v1alpha1.DampingBalanced, v1alpha1.DampingResponsive, v1alpha1.DampingThrifty, v1alpha1.DampingSteady,
}

// apply returns the changed autoscaler.
func (c *Change) apply(autoscaler *v1alpha1.HorizontalAutoscaler) (*v1alpha1.HorizontalAutoscaler, error) {
	changed := autoscaler.DeepCopy()
	if c.Profile != "" {
		changed.Spec.Damping = &v1alpha1.Damping{Profile: c.Profile}
	}
	if c.Target == "" {
		return changed, nil
	}
	if len(changed.Spec.Metrics) == 0 {
		full := changed.DeepCopy()
		full.SetDefaults()
		changed.Spec.Metrics = full.Spec.Metrics // the default metric has a target, too
	}
	if n := len(changed.Spec.Metrics); n != 1 {
		return nil, fmt.Errorf("target: the autoscaler has %d metrics, and the history has their highest load only; change the profile instead", n)
	}
	return changed, setTarget(changed.Spec.Metrics[0].MetricTarget(), c.Target)
}

func setTarget(t *v1alpha1.MetricTarget, text string) error {
	quantity, err := resource.ParseQuantity(text)
	if err != nil || quantity.Sign() <= 0 {
		return fmt.Errorf("target: Invalid value: %q: must be a quantity above 0, such as 60 or 250m", text)
	}
	switch {
	case t.AverageUtilization != nil:
		percent, whole := quantity.AsInt64()
		if !whole || percent > 1000 {
			return fmt.Errorf("target: Invalid value: %q: must be a whole percentage from 1 to 1000", text)
		}
		*t.AverageUtilization = int32(percent)
	case t.AverageValue != nil:
		t.AverageValue.Quantity = quantity
	case t.Value != nil:
		t.Value.Quantity = quantity
	default:
		return errors.New("target: the metric has none")
	}
	return nil
}

// TargetOf is the target of the only metric of an autoscaler as a reader edits it; empty for several metrics.
func TargetOf(autoscaler *v1alpha1.HorizontalAutoscaler) string {
	full := autoscaler.DeepCopy()
	if len(full.Spec.Metrics) == 0 {
		full.SetDefaults()
	}
	if len(full.Spec.Metrics) != 1 {
		return ""
	}
	switch t := full.Spec.Metrics[0].MetricTarget(); {
	case t.AverageUtilization != nil:
		return fmt.Sprint(*t.AverageUtilization)
	case t.AverageValue != nil:
		return t.AverageValue.String()
	case t.Value != nil:
		return t.Value.String()
	}
	return ""
}
