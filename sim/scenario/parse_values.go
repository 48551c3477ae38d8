package scenario

import (
	"math"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// number reads an integer from least to most.
func (l *line) number(what string, least, most int32) int32 {
	word := l.word(what)
	n, err := strconv.ParseInt(word, 10, 32)
	if err != nil || int32(n) < least || int32(n) > most {
		l.fail(word, "is not a valid %s: use an integer from %d to %d", what, least, most)
		return 0
	}
	return int32(n)
}

func (l *line) duration(what string, least time.Duration) time.Duration {
	word := l.word(what)
	d, err := time.ParseDuration(word)
	if err != nil || d < least || d > longest {
		l.fail(word, "is not a valid %s: use a duration such as 90s or 5m, from %s to %s", what, least, longest)
		return 0
	}
	return d
}

// longest duration in a story. It keeps the story's clock in the range of time.Time.
const longest = 10_000 * time.Hour

// ratio reads a number such as 0.1.
func (l *line) ratio(what string) float64 {
	word := l.word(what)
	x, err := strconv.ParseFloat(word, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		l.fail(word, "is not a valid %s: use a number such as 0.1, not below 0", what)
		return 0
	}
	return x
}

func (l *line) quantity(what string) resource.Quantity {
	word := l.word(what)
	q, err := resource.ParseQuantity(word)
	if err != nil {
		l.fail(word, "is not a valid %s: use a quantity such as 80, 0.5, 500m or 2Gi", what)
	}
	return q
}

// thousandths reads a quantity greater than 0 that fits into thousandths.
func (l *line) thousandths(what string) int64 {
	word, _ := l.peek()
	q := l.quantity(what)
	if l.err == nil && (q.Sign() <= 0 || beyond(q)) {
		l.fail(word, "is not a valid %s: it must be greater than 0 and less than 9P", what)
	}
	return q.MilliValue()
}

// beyond reports whether a quantity in thousandths overflows an int64.
func beyond(q resource.Quantity) bool {
	return math.Abs(q.AsApproximateFloat64()) >= math.MaxInt64/1000
}
