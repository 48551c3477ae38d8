package source

import (
	"math"
	"math/big"
	"regexp"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"flyball.dev/flyball/autoscaler/engine"
)

// hugeExponent is what Quantity takes minutes to read, which nothing behind the decoder can help.
var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)

// FuzzSample reads two quantities as the metrics APIs answer them, as the use of two containers and as two series: each
// sum is exact in thousandths, or unknown because it does not fit. It never wraps around.
func FuzzSample(f *testing.F) {
	for _, pair := range [][2]string{
		{"1", "2"},
		{"100m", "1n"},
		{"10P", "0"},
		{"9P", "9P"},
		{"9223372036854775", "1"},
		{"-9P", "-9P"},
		{"-1n", "1n"},
		{"9223372036854774807m", "9223372036854774807m"},
		{"1e40", "1"},
		{"-1000000000000000000m", "0"},
		{"1.5Gi", "2Ei"},
		{"0", "-0.0001"},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		if hugeExponent.MatchString(first + " " + second) {
			t.Skip()
		}
		a, err := resource.ParseQuantity(first)
		if err != nil {
			return
		}
		b, err := resource.ParseQuantity(second)
		if err != nil {
			return
		}
		c := conversion{}
		sum := new(big.Int).Add(thousandths(a), thousandths(b))
		if nearLimit(thousandths(a)) || nearLimit(thousandths(b)) {
			t.Skip()
		}
		known := thousandths(a).IsInt64() && thousandths(b).IsInt64() && sum.IsInt64()

		use, err := c.podValue(&engine.Metric{Type: engine.Resource, Name: "cpu"}, &apiSample{containers: []v1beta1.ContainerMetrics{
			{Name: "a", Usage: corev1.ResourceList{"cpu": a}}, {Name: "b", Usage: corev1.ResourceList{"cpu": b}},
		}})
		if (err == nil) != known || (known && use != sum.Int64()) {
			t.Errorf("containers that use %s and %s: %d thousandths, %v; want %s, known %t", first, second, use, err, sum, known)
		}
		series := c.apiReading(&Request{Metric: &engine.Metric{Type: engine.External, Name: "queue"}}, []apiSample{{value: a}, {value: b}})
		if (series.Problem == "") != known || (known && series.Value != sum.Int64()) {
			t.Errorf("series of %s and %s: %+v; want %s, known %t", first, second, series, sum, known)
		}
	})
}

// nearLimit reports whether a value is so near the limit of 64 bits that both results are right: the limit is a float64.
func nearLimit(value *big.Int) bool {
	distance := new(big.Int).Sub(new(big.Int).Abs(value), big.NewInt(math.MaxInt64))
	return distance.CmpAbs(big.NewInt(3000)) < 0
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

// TestSumsOfContainersBeyondTheLimitAreUnknown: their sum must not come out negative. Found by FuzzSample.
func TestSumsOfContainersBeyondTheLimitAreUnknown(t *testing.T) {
	nine := corev1.ResourceList{"memory": resource.MustParse("9P")}
	pod := &apiSample{containers: []v1beta1.ContainerMetrics{{Name: "a", Usage: nine}, {Name: "b", Usage: nine}}}
	memory := &engine.Metric{Type: engine.Resource, Name: "memory"}
	if use, err := (conversion{}).podValue(memory, pod); err == nil {
		t.Errorf("twice 9P is %d thousandths", use)
	}
	if use, err := (conversion{wraps: true}).podValue(memory, pod); err != nil || use != -446744073709551616 {
		t.Errorf("with the correction off, upstream's number should be had: %d, %v", use, err)
	}
}
