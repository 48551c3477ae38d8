package v1alpha1

import (
	"fmt"
	"time"
)

// Duration is a length of time in Go's notation, such as 90s, 5m or 1h30m. It is a string, because one malformed
// metav1.Duration in one object would fail the decoding of a whole list.
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule=`self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$')`,message="must be a duration that is not negative, such as 90s, 5m or 1h30m"
type Duration string

// Parse returns the duration, or whenUnset if d is nil.
func (d *Duration) Parse(whenUnset time.Duration) (time.Duration, error) {
	if d == nil {
		return whenUnset, nil
	}
	parsed, err := time.ParseDuration(string(*d))
	if err != nil {
		return 0, fmt.Errorf("must be a duration, such as 90s, 5m or 1h30m")
	}
	return parsed, nil
}
