package backtest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// setting is a change of a policy that --tune tries.
type setting struct {
	// Profile of damping; empty for the policy's own damping.
	Profile v1alpha1.DampingProfile `json:"profile,omitempty"`
	// TargetPercent is the target in percent of the policy's own.
	TargetPercent int `json:"targetPercent"`
	// Hold of damping; empty for that of the profile.
	Hold string `json:"hold,omitempty"`
	// Window is a further window; nil for none.
	Window *v1alpha1.Window `json:"window,omitempty"`
}

// String is the setting as people write it.
func (s *setting) String() string {
	var parts []string
	if s.TargetPercent != 100 {
		parts = append(parts, fmt.Sprintf("target ×%.2f", float64(s.TargetPercent)/100))
	}
	if s.Profile != "" {
		parts = append(parts, strings.ToLower(string(s.Profile)))
	}
	if s.Hold != "" {
		parts = append(parts, "hold "+s.Hold)
	}
	if s.Window != nil {
		parts = append(parts, fmt.Sprintf("window %s for %s: minReplicas %d", *s.Window.Start, *s.Window.Duration, *s.Window.MinReplicas))
	}
	if len(parts) == 0 {
		return unchanged
	}
	return strings.Join(parts, ", ")
}

// apply returns the candidate with the setting.
func (s *setting) apply(c *candidate) *candidate {
	changed := &candidate{name: s.String(), autoscaler: c.autoscaler.DeepCopy()}
	spec := &changed.autoscaler.Spec
	if s.TargetPercent != 100 {
		// The default metric has a target, too.
		changed.autoscaler.SetDefaults()
		for i := range spec.Metrics {
			s.scaleTarget(spec.Metrics[i].MetricTarget())
		}
	}
	if s.Profile != "" {
		spec.Damping = &v1alpha1.Damping{Profile: s.Profile}
	}
	if s.Hold != "" {
		hold := v1alpha1.Duration(s.Hold)
		if spec.Damping == nil {
			spec.Damping = &v1alpha1.Damping{}
		}
		spec.Damping.Hold = &hold
	}
	if s.Window != nil {
		spec.Windows = append(spec.Windows, v1alpha1.InlineWindow{Name: tunedWindow, Window: *s.Window})
	}
	return changed
}

// tunedWindow is the name of a window of --tune.
const tunedWindow = "tuned"

// highestUtilization that --tune tries, in percent.
const highestUtilization = 95

func (s *setting) scaleTarget(t *v1alpha1.MetricTarget) {
	factor := float64(s.TargetPercent) / 100
	if t.AverageUtilization != nil {
		own := *t.AverageUtilization
		*t.AverageUtilization = min(max(1, int32(math.Round(float64(own)*factor))), max(own, highestUtilization))
	}
	for _, quantity := range []*v1alpha1.Quantity{t.Value, t.AverageValue} {
		if quantity != nil {
			quantity.Quantity = *resource.NewMilliQuantity(max(1, int64(math.Round(float64(quantity.MilliValue())*factor))), resource.DecimalSI)
		}
	}
}

// windowAt is a daily window in UTC around an hour.
func windowAt(hour time.Time, replicas int32) *v1alpha1.Window {
	start := v1alpha1.CronLine(fmt.Sprintf("45 %d * * *", hour.UTC().Add(-time.Hour).Hour()))
	length := v1alpha1.Duration("75m")
	return &v1alpha1.Window{Start: &start, Duration: &length, TimeZone: "UTC", MinReplicas: &replicas}
}
