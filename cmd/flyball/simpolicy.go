package main

import (
	"fmt"
	"os"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/sim/plant"
)

// baseline is what hpa is.
type baseline struct {
	metric   string // rate or cpu
	target   int32  // percent
	min, max int32
}

// readPolicy gives what the engine decides by: of hpa, or of the HorizontalAutoscaler in a file.
func readPolicy(name string, b baseline, pods *plant.Config) (*engine.Spec, error) {
	if name == "hpa" {
		compiled, err := b.compile(pods)
		if err != nil {
			return nil, fmt.Errorf("policy hpa: %w", err)
		}
		return &compiled.Spec, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("a policy is hpa or a file: %w", err)
	}
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := yaml.UnmarshalStrict(text, ha); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if want := v1alpha1.SchemeGroupVersion.String(); ha.APIVersion != want || ha.Kind != "HorizontalAutoscaler" {
		return nil, fmt.Errorf("%s: apiVersion is %q and kind %q: they must be %s and HorizontalAutoscaler; the spec of a "+
			"HorizontalPodAutoscaler can be left as it is", name, ha.APIVersion, ha.Kind, want)
	}
	compiled, err := policy.Compile(ha, policy.StandardDefaults())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &compiled.Spec, nil
}

// compile makes upstream's controller: without any of our corrections, and with a spec that says nothing of its behavior.
func (b baseline) compile(pods *plant.Config) (*policy.Policy, error) {
	ha := &v1alpha1.HorizontalAutoscaler{Spec: v1alpha1.HorizontalAutoscalerSpec{
		ScaleTargetRef: v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "simulated"},
		MinReplicas:    &b.min, MaxReplicas: b.max,
	}}
	switch b.metric {
	case "rate":
		average := resource.NewMilliQuantity(int64(pods.Pod.Rate*float64(b.target)*10), resource.DecimalSI)
		ha.Spec.Metrics = []v1alpha1.MetricSpec{{
			Type: v1alpha1.ExternalMetric,
			External: &v1alpha1.ExternalMetricSource{
				Metric: v1alpha1.MetricIdentifier{Name: "rate"},
				Target: v1alpha1.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: average},
			},
		}}
	case "cpu":
		ha.Spec.Metrics = []v1alpha1.MetricSpec{{
			Type: v1alpha1.ResourceMetric,
			Resource: &v1alpha1.ResourceMetricSource{
				Name:   "cpu",
				Target: v1alpha1.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &b.target},
			},
		}}
	default:
		return nil, fmt.Errorf("--metric is %q: it must be rate or cpu", b.metric)
	}
	defaults := policy.StandardDefaults()
	defaults.MaxSampleAge, defaults.Without = 0, engine.AllCorrections
	return policy.Compile(ha, defaults)
}
