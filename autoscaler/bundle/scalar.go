package bundle

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// writeMilli writes thousandths as a quantity without loss of digits.
func writeMilli(value int64) scalar { return scalar(strconv.FormatInt(value, 10) + "m") }

// milli returns a quantity such as 1500m, 1.5 or 2Gi in thousandths. It returns an error for a quantity that is not a whole number of
// thousandths, because a rounded value could replay to a decision other than the recorded one.
func (s scalar) milli() (int64, error) {
	if digits, found := strings.CutSuffix(string(s), "m"); found {
		if value, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return value, nil
		}
	}
	quantity, err := parseQuantity(string(s))
	if err != nil {
		return 0, err
	}
	if quantity.Cmp(*resource.NewMilliQuantity(math.MaxInt64, resource.DecimalSI)) > 0 ||
		quantity.Cmp(*resource.NewMilliQuantity(math.MinInt64, resource.DecimalSI)) < 0 {
		return 0, errors.New("is beyond what a metric can hold, which is 9223372036854775807m or about 9P")
	}
	value := quantity.MilliValue()
	if quantity.Sign() < 0 { // of a negative number of many digits MilliValue makes another one
		positive := quantity.DeepCopy()
		positive.Neg()
		value = -positive.MilliValue()
	}
	if quantity.Cmp(*resource.NewMilliQuantity(value, resource.DecimalSI)) != 0 {
		return 0, errors.New("has parts smaller than a thousandth")
	}
	return value, nil
}

// maxExponent is more than any quantity of 64 bits has.
const maxExponent = 40

var exponent = regexp.MustCompile(`^[+-]?[0-9.]*[eE]([+-]?[0-9]+)$`)

// checkExponent refuses what Quantity takes minutes and gigabytes to understand: 1e-999999999 is twelve characters.
func checkExponent(text string) error {
	parts := exponent.FindStringSubmatch(text)
	if parts == nil {
		return nil
	}
	if e, err := strconv.Atoi(parts[1]); err != nil || e > maxExponent || e < -maxExponent {
		return fmt.Errorf("has an exponent beyond %d", maxExponent)
	}
	return nil
}

func parseQuantity(text string) (resource.Quantity, error) {
	if err := checkExponent(text); err != nil {
		return resource.Quantity{}, err
	}
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return resource.Quantity{}, errors.New("is not a quantity: write it like 90, 1.5, 250m or 2Gi")
	}
	return quantity, nil
}

// writeTime writes an instant in UTC, with as many decimals as it has; the zero time is left out.
func writeTime(t time.Time) scalar {
	if t.IsZero() {
		return ""
	}
	return scalar(t.UTC().Format(time.RFC3339Nano))
}

func (s scalar) time() (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, string(s))
	if err != nil {
		return time.Time{}, errors.New("is not an instant: write it like 2026-03-02T12:00:00Z, or with decimals of the second")
	}
	// The zero time, of the year 1, means none, and later years than 9999 have no such form.
	if t = t.UTC(); t.Year() < 2 || t.Year() > 9999 {
		return time.Time{}, errors.New("is not in the years 2 to 9999")
	}
	return t, nil
}

// writeDuration leaves 0 out where it means none.
func writeDuration(d time.Duration) scalar {
	if d == 0 {
		return ""
	}
	return scalar(d.String())
}

func (s scalar) duration() (time.Duration, error) {
	d, err := time.ParseDuration(string(s))
	switch {
	case err != nil:
		return 0, errors.New("is not a duration: write it like 90s, 5m or 1h30m")
	case d < 0:
		return 0, errors.New("must not be negative")
	default:
		return d, nil
	}
}

func (s scalar) ratio() (float64, error) {
	x, err := strconv.ParseFloat(string(s), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, errors.New("is not a finite number")
	}
	if x < 0 {
		return 0, errors.New("must not be negative")
	}
	return x, nil
}
