package engine

import (
	"math"
	"math/bits"
)

// A percentage fits in 32 bits in autoscaling/v2's status.
const (
	maxPercent = math.MaxInt32
	minPercent = math.MinInt32
)

// add saturates.
func add(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}

// scale is a·b/c, truncated, without overflow on the way; it saturates. b and c are greater than 0.
func scale(a, b, c int64) int64 {
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

// narrow saturates.
func narrow(x int64) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, x)))
}
