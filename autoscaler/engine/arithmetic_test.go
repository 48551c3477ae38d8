package engine

import (
	"math"
	"math/big"
	"testing"
)

func TestRoundUpSaturates(t *testing.T) {
	eleven, five := 11.0, 5.0 // constants would be divided exactly
	for name, tc := range map[string]struct {
		x    float64
		want int32
	}{
		"rounds up":                       {2.0000001, 3},
		"whole stays":                     {3, 3},
		"upstream wraps around at 3e9":    {3e9, math.MaxInt32},
		"and below":                       {-3e9, math.MinInt32},
		"the greatest that fits":          {math.MaxInt32, math.MaxInt32},
		"infinity":                        {math.Inf(1), math.MaxInt32},
		"a float's artefact, as upstream": {eleven / five * 50, 111},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (numbers{}).roundUp(tc.x); got != tc.want {
				t.Errorf("roundUp(%g) = %d, want %d", tc.x, got, tc.want)
			}
		})
	}
}

func TestAddSaturates(t *testing.T) {
	for _, tc := range []struct{ a, b, want int64 }{
		{1, 2, 3},
		{math.MaxInt64, 1, math.MaxInt64},
		{math.MinInt64, -1, math.MinInt64},
		{math.MaxInt64, math.MinInt64, -1},
		{math.MinInt64, 0, math.MinInt64},
	} {
		if got := (numbers{}).add(tc.a, tc.b); got != tc.want {
			t.Errorf("add(%d, %d) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}

// FuzzScale holds scale against big numbers.
func FuzzScale(f *testing.F) {
	f.Add(int64(1000), int64(100), int64(1500))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(1))
	f.Add(int64(math.MinInt64), int64(100), int64(3))
	f.Add(int64(-7), int64(1), int64(2))
	f.Fuzz(func(t *testing.T, a, b, c int64) {
		if b <= 0 || c <= 0 {
			t.Skip("out of scale's range")
		}
		exact := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		exact.Quo(exact, big.NewInt(c))
		want := int64(math.MaxInt64)
		switch {
		case exact.IsInt64() && exact.Int64() != math.MinInt64:
			want = exact.Int64()
		case exact.Sign() < 0:
			want = -math.MaxInt64
		}
		if got := (numbers{}).scale(a, b, c); got != want {
			t.Errorf("scale(%d, %d, %d) = %d, want %d", a, b, c, got, want)
		}
	})
}
