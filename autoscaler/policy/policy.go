package policy

import (
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// Policy is a compiled autoscaler.
type Policy struct {
	// Spec is what the engine decides by.
	Spec engine.Spec
	// Metrics are the API's, by the same index as Spec.Metrics: those of the object, or the default one.
	Metrics []v1alpha1.MetricSpec

	// batches is for those of ScaleWindows, which come later.
	batches batches
}

// Defaults are what a controller takes where specs say nothing. They are flags of the controller, as upstream's are.
type Defaults struct {
	// Tolerance is the relative distance from a target that causes no change. Not negative.
	Tolerance float64
	// DownscaleStabilisation is the time of which scale-down takes the highest wish. Not negative.
	DownscaleStabilisation time.Duration
	// CPUInitializationPeriod and InitialReadinessDelay say when a new pod's CPU is not to be trusted. Not negative.
	CPUInitializationPeriod, InitialReadinessDelay time.Duration
	// MaxSampleAge is the age from which a sample of a metric without maxAge is unknown; 0 to believe any, as upstream does.
	MaxSampleAge time.Duration
	// NamespaceLabel is the label that keeps queries in specs to the autoscaler's own namespace; empty to let them read every
	// one. No decision depends on it.
	NamespaceLabel string
	// Without is the set of corrections to upstream's decisions that are switched off.
	Without engine.Correction
}

// StandardDefaults are those of kube-controller-manager 1.37, which knows no age of samples, and every correction.
func StandardDefaults() Defaults {
	return Defaults{
		Tolerance:               0.1,
		DownscaleStabilisation:  5 * time.Minute,
		CPUInitializationPeriod: 5 * time.Minute,
		InitialReadinessDelay:   30 * time.Second,
		MaxSampleAge:            10 * time.Minute,
	}
}

// Compile makes the Policy of an autoscaler, which it leaves unchanged. An error is an [*Error] that names every field at
// fault.
func Compile(ha *v1alpha1.HorizontalAutoscaler, defaults Defaults) (*Policy, error) {
	ha = ha.DeepCopy()
	ha.SetDefaults()
	invalid := ha.Validate()
	windows, errs := compileWindows(ha.Spec.Windows, field.NewPath("spec", "windows"))
	invalid = append(invalid, errs...)
	queries := newQueries(defaults.NamespaceLabel, ha.Namespace)
	if len(invalid) == 0 {
		invalid = queries.addSpec(&ha.Spec, field.NewPath("spec"))
	}
	if len(invalid) > 0 {
		return nil, &Error{Reason: v1alpha1.ReasonInvalidSpec, Fields: invalid}
	}
	p := &Policy{
		Metrics: ha.Spec.Metrics, batches: batches{maxAge: defaults.MaxSampleAge, target: kindOf(&ha.Spec.ScaleTargetRef)},
		Spec: engine.Spec{
			MinReplicas: *ha.Spec.MinReplicas,
			MaxReplicas: ha.Spec.MaxReplicas,
			Metrics:     make([]engine.Metric, len(ha.Spec.Metrics)),
			Windows:     windows,
			Fallback:    compileFallback(ha.Spec.Fallback),
			Without:     defaults.Without,
		},
	}
	for i := range ha.Spec.Metrics {
		p.Spec.Metrics[i] = compileMetric(&ha.Spec.Metrics[i], defaults.MaxSampleAge, queries)
	}
	p.addBatches(ha.Spec.Windows, queries)
	compileBehavior(&p.Spec, ha.Spec.Behavior, defaults)
	compileDamping(&p.Spec, ha.Spec.Damping, ha.Spec.Behavior)
	compileStartup(&p.Spec, ha.Spec.Startup, defaults)
	return p, nil
}

func compileStartup(spec *engine.Spec, startup *v1alpha1.Startup, defaults Defaults) {
	if startup == nil {
		startup = &v1alpha1.Startup{}
	}
	spec.CPUInitializationPeriod = duration(startup.CPUInitializationPeriod, defaults.CPUInitializationPeriod)
	spec.InitialReadinessDelay = duration(startup.InitialReadinessDelay, defaults.InitialReadinessDelay)
}

func compileFallback(fallback *v1alpha1.Fallback) *engine.Fallback {
	if fallback == nil {
		return nil
	}
	return &engine.Fallback{
		After:    duration(&fallback.After, 0),
		Replicas: fallback.Replicas,
		Behavior: fallbackBehaviors[fallback.Behavior],
	}
}

var fallbackBehaviors = map[v1alpha1.FallbackBehavior]engine.FallbackBehavior{
	"":                                       engine.FallbackStatic,
	v1alpha1.FallbackStatic:                  engine.FallbackStatic,
	v1alpha1.FallbackCurrentReplicas:         engine.FallbackCurrent,
	v1alpha1.FallbackCurrentReplicasIfHigher: engine.FallbackCurrentIfHigher,
	v1alpha1.FallbackCurrentReplicasIfLower:  engine.FallbackCurrentIfLower,
}

// duration is for what Validate has seen already, so that it cannot fail.
func duration(d *v1alpha1.Duration, whenUnset time.Duration) time.Duration {
	parsed, err := d.Parse(whenUnset)
	if err != nil {
		return whenUnset
	}
	return parsed
}
