package v1alpha1

import (
	"fmt"
	"time"
)

// Duration is a length of time as Go writes it, such as 90s, 5m or 1h30m. It is a string, so that one malformed
// value in one object never keeps a whole list from being decoded.
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule=`self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$')`,message="must be a duration that is not negative, such as 90s, 5m or 1h30m"
type Duration string

// Parse gives the duration, or whenUnset where d is nil.
func (d *Duration) Parse(whenUnset time.Duration) (time.Duration, error) {
	if d == nil {
		return whenUnset, nil
	}
	parsed, err := time.ParseDuration(string(*d))
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration: write it like 90s, 5m or 1h30m", string(*d))
	}
	return parsed, nil
}
