package policy_test

import (
	"math"
	"math/big"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// FuzzTarget writes a quantity into a target and an activation value: it comes out in thousandths, rounded away from zero
// as upstream does, or is refused because it does not fit. It never wraps around.
func FuzzTarget(f *testing.F) {
	for _, text := range []string{
		"1", "100m", "1n", "0.0001", "1.5Gi", "2e3", "1E", "10P", "9223372036854775807m", "9223372036854775808m", "9223372036854775.8071",
		"-1", "-9223372036854775808m", "-9223372036854775.8081", "1e40", "99999999999999999999999", "0.9999999999999999999", "9223372036854775806.5m",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if hugeExponent.MatchString(text) {
			t.Skip()
		}
		quantity, err := resource.ParseQuantity(text)
		if err != nil {
			return
		}
		exact := thousandths(quantity)
		p, err := policy.Compile(measured(quantity), policy.StandardDefaults())
		positive := exact.Sign() > 0
		fits := exact.IsInt64() && exact.Int64() != math.MinInt64 // which Quantity reads as 0
		if (err == nil) != (positive && fits) {
			t.Fatalf("a target of %q is %s thousandths, and the error is %v", text, exact, err)
		}
		if err == nil && p.Spec.Metrics[0].Target != exact.Int64() {
			t.Fatalf("a target of %q is %d thousandths, want %s", text, p.Spec.Metrics[0].Target, exact)
		}
		p, err = policy.Compile(activated(quantity), policy.StandardDefaults())
		if (err == nil) != fits {
			t.Fatalf("an activation value of %q is %s thousandths, and the error is %v", text, exact, err)
		}
		if err == nil && p.Spec.Metrics[0].Activation != exact.Int64() {
			t.Fatalf("an activation value of %q is %d thousandths, want %s", text, p.Spec.Metrics[0].Activation, exact)
		}
	})
}

// thousandths is a quantity by arithmetic of any size, rounded away from zero.
func thousandths(quantity resource.Quantity) *big.Int {
	decimal := quantity.AsDec() // quantity is a copy: AsDec changes it
	value := new(big.Int).Mul(decimal.UnscaledBig(), big.NewInt(1000))
	scale := int64(decimal.Scale())
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(scale, -scale)), nil)
	if scale < 0 {
		return value.Mul(value, power)
	}
	rest := new(big.Int)
	value.QuoRem(value, power, rest)
	return value.Add(value, big.NewInt(int64(rest.Sign())))
}

// measured has the quantity for its target.
func measured(quantity resource.Quantity) *v1alpha1.HorizontalAutoscaler {
	return queried(v1alpha1.PrometheusMetricSource{Target: v1alpha1.MetricTarget{Type: "Value", Value: &v1alpha1.Quantity{Quantity: quantity}}})
}

// activated has it for its activation value.
func activated(quantity resource.Quantity) *v1alpha1.HorizontalAutoscaler {
	return queried(v1alpha1.PrometheusMetricSource{
		Target: v1alpha1.MetricTarget{Type: "Value", Value: &v1alpha1.Quantity{Quantity: *resource.NewQuantity(1, resource.DecimalSI)}}, ActivationValue: &v1alpha1.Quantity{Quantity: quantity},
	})
}

func queried(source v1alpha1.PrometheusMetricSource) *v1alpha1.HorizontalAutoscaler {
	source.Query = "up"
	return &v1alpha1.HorizontalAutoscaler{Spec: v1alpha1.HorizontalAutoscalerSpec{
		ScaleTargetRef: v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
		MaxReplicas:    math.MaxInt32,
		Metrics:        []v1alpha1.MetricSpec{{Type: v1alpha1.PrometheusMetric, Prometheus: &source}},
	}}
}

// TestActivationValuesDoNotWrapAround: 10P was read as -8446744073709551616 thousandths. Found by FuzzTarget.
func TestActivationValuesDoNotWrapAround(t *testing.T) {
	for _, text := range []string{"10P", "-10P", "-9223372036854775808m"} {
		if p, err := policy.Compile(activated(resource.MustParse(text)), policy.StandardDefaults()); err == nil {
			t.Errorf("an activation value of %s is %d thousandths", text, p.Spec.Metrics[0].Activation)
		}
	}
}
