package engine

import (
	"math"
	"math/bits"
)

// numbers is the arithmetic of a decision. It saturates at the nearest number of the type; with wrap, it overflows as upstream's
// conversions do on this processor.
type numbers struct{ wrap bool }

func (e *evaluation) numbers() numbers { return numbers{wrap: !e.spec.corrects(SaturatedNumbers)} }

// add returns a + b.
func (n numbers) add(a, b int64) int64 {
	sum := a + b
	switch {
	case n.wrap:
		return sum
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}

// scale returns a·b/c, truncated, without overflow of the product. b and c are positive.
func (n numbers) scale(a, b, c int64) int64 {
	if n.wrap {
		return a * b / c
	}
	size := uint64(a)
	if a < 0 {
		size = -size
	}
	high, low := bits.Mul64(size, uint64(b))
	if high >= uint64(c) {
		low = math.MaxInt64
	} else {
		low, _ = bits.Div64(high, low, uint64(c))
	}
	result := int64(min(low, math.MaxInt64))
	if a < 0 {
		return -result
	}
	return result
}

// percent returns part in percent of whole, in 32 bits as in autoscaling/v2's status. whole is not 0.
func (n numbers) percent(part, whole int64) int64 {
	if n.wrap {
		return int64(int32(part * 100 / whole))
	}
	return int64(n.narrow(n.scale(part, 100, whole)))
}

// narrow returns a replica count.
func (n numbers) narrow(x int64) int32 {
	if n.wrap {
		return int32(x)
	}
	return int32(max(math.MinInt32, min(math.MaxInt32, x)))
}

// truncate returns a replica count, rounded towards zero.
func (n numbers) truncate(x float64) int32 {
	switch {
	case n.wrap:
		return int32(x)
	case x >= math.MaxInt32:
		return math.MaxInt32
	case x <= math.MinInt32:
		return math.MinInt32
	default:
		return int32(x)
	}
}

// roundUp returns a replica count, rounded up.
func (n numbers) roundUp(x float64) int32 { return n.truncate(math.Ceil(x)) }

// roundUpCapped is roundUp where upstream saturates, too.
func (n numbers) roundUpCapped(x float64) int32 {
	if x > math.MaxInt32 {
		return math.MaxInt32
	}
	return n.roundUp(x)
}

// roundUpLong returns a value in thousandths, rounded up.
func (n numbers) roundUpLong(x float64) int64 {
	switch x = math.Ceil(x); {
	case n.wrap:
		return int64(x)
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	default:
		return int64(x)
	}
}
