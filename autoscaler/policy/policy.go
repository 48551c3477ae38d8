package policy

import (
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// Policy is a compiled HorizontalAutoscaler.
type Policy struct {
	// Spec is the engine's spec.
	Spec engine.Spec
	// Metrics are the metrics of the API with the same index as in Spec.Metrics: those of the object, or the default.
	Metrics []v1alpha1.MetricSpec

	// batches compiles the batches of ScaleWindows, in With.
	batches batches
}

// Defaults are the values for fields that specs do not set. They are flags of the autoscaler, as upstream's are of its controller.
type Defaults struct {
	// Tolerance is the ratio by which a metric may differ from its target without a change; 0 or more.
	Tolerance float64
	// DownscaleStabilization is the default stabilization window of scale-down; 0 or more.
	DownscaleStabilization time.Duration
	// CPUInitializationPeriod and InitialReadinessDelay are the defaults of spec.startup; 0 or more.
	CPUInitializationPeriod, InitialReadinessDelay time.Duration
	// MaxSampleAge is the age above which a sample of a metric without maxAge is stale. With 0 no sample is stale, as upstream.
	MaxSampleAge time.Duration
	// NamespaceLabel is the label by which queries in specs are restricted to the namespace of the autoscaler. If it is empty,
	// they may read all namespaces. No decision depends on it.
	NamespaceLabel string
	// Namespaces are what the operator allows each namespace; nil for everything. No decision depends on them.
	Namespaces *tenancy.Rules
	// Without is the set of corrections to upstream's decisions that are off.
	Without engine.Correction
}

// StandardDefaults returns the defaults of kube-controller-manager 1.37, a MaxSampleAge of 10 minutes, which it does not have, and
// all corrections.
func StandardDefaults() Defaults {
	return Defaults{
		Tolerance:               0.1,
		DownscaleStabilization:  5 * time.Minute,
		CPUInitializationPeriod: 5 * time.Minute,
		InitialReadinessDelay:   30 * time.Second,
		MaxSampleAge:            10 * time.Minute,
	}
}

// Compile returns the Policy of an autoscaler, which it does not change. An error is an [*Error] with all invalid fields.
func Compile(ha *v1alpha1.HorizontalAutoscaler, defaults Defaults) (*Policy, error) {
	ha = ha.DeepCopy()
	ha.SetDefaults()
	invalid := ha.Validate()
	windows, errs := compileWindows(ha.Spec.Windows, field.NewPath("spec", "windows"))
	invalid = append(invalid, errs...)
	override, err := CompileOverride(&ha.Spec)
	if err != nil && len(invalid) == 0 {
		invalid = append(invalid, fault(err, field.NewPath("spec", "override")))
	}
	windows = append(windows, override...)
	queries := newQueries(defaults.NamespaceLabel, defaults.Namespaces, ha.Namespace)
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
	if c := ha.Spec.Capacity; c != nil && c.MaxPendingPods != nil {
		p.Spec.MaxPendingPods = *c.MaxPendingPods
	}
	if s := ha.Spec.Serving; s != nil {
		p.Spec.Serving = &engine.Serving{Service: s.ServiceName, MaxDrainingPercent: *s.MaxDrainingPercent}
	}
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

// duration returns a duration that Validate has checked, or whenUnset.
func duration(d *v1alpha1.Duration, whenUnset time.Duration) time.Duration {
	parsed, err := d.Parse(whenUnset)
	if err != nil {
		return whenUnset
	}
	return parsed
}
