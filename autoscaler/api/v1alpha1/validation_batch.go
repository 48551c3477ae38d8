package v1alpha1

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// FinishAtWindowEnd is the value of finishBy for the end of the window.
const FinishAtWindowEnd = "WindowEnd"

// maxMarginPercent is the largest marginPercent of a batch.
const maxMarginPercent = 999

// validate checks a batch in a window of this duration, which is nil for a window with another end.
func (b *Batch) validate(window *Duration, path *field.Path) field.ErrorList {
	if b == nil {
		return nil
	}
	errs := b.Backlog.validateWhole(path.Child("backlog"))
	if b.Arrivals != nil {
		errs = append(errs, b.Arrivals.validateWhole(path.Child("arrivals"))...)
	}
	errs = append(errs, b.ThroughputPerReplica.validate(path.Child("throughputPerReplica"))...)
	errs = append(errs, b.validateFinish(window, path.Child("finishBy"))...)
	errs = append(errs, validateUpTo(b.MarginPercent, maxMarginPercent, path.Child("marginPercent"))...)
	errs = append(errs, validateCountable(b.ItemSize, path.Child("itemSize"))...)
	if b.ItemSize != nil && b.ItemSize.Sign() < 0 {
		errs = append(errs, field.Invalid(path.Child("itemSize"), b.ItemSize.String(), "must be greater than or equal to 0"))
	}
	if b.Busy != nil {
		errs = append(errs, b.Busy.Metric.validate(path.Child("busy", "metric"))...)
	}
	return append(errs, validateSpan(b.LongestItem, 0, path.Child("longestItem"))...)
}

// validateWhole requires a metric of one value that does not need pods.
func (m *MetricSpec) validateWhole(path *field.Path) field.ErrorList {
	switch m.Type {
	case ObjectMetric, ExternalMetric, PrometheusMetric:
		return m.validate(path)
	default:
		return field.ErrorList{field.NotSupported(path.Child("type"), m.Type, []MetricSourceType{ObjectMetric, ExternalMetric, PrometheusMetric})}
	}
}

func (t *Throughput) validate(path *field.Path) field.ErrorList {
	set := 0
	var errs field.ErrorList
	if t.Quantity != nil {
		set++
		errs = append(errs, validatePositive(t.Quantity, path.Child("quantity"))...)
	}
	if t.Metric != nil {
		set++
		errs = append(errs, t.Metric.validateWhole(path.Child("metric"))...)
	}
	if t.Learned != nil {
		set++
		errs = append(errs, validatePositive(&t.Learned.Initial, path.Child("learned", "initial"))...)
	}
	if set != 1 {
		errs = append(errs, field.Required(path, "set exactly one of quantity, metric and learned"))
	}
	return errs
}

func (b *Batch) validateFinish(window *Duration, path *field.Path) field.ErrorList {
	after, err := b.FinishAfter()
	if err != nil {
		return field.ErrorList{field.Invalid(path, *b.FinishBy, err.Error())}
	}
	open, err := window.Parse(0)
	if err == nil && open > 0 && after > open {
		return field.ErrorList{field.Invalid(path, *b.FinishBy, fmt.Sprintf("must be less than or equal to the duration of the window (%s)", open))}
	}
	return nil
}

// FinishAfter returns the deadline as the time after the start of the window; 0 is the end of the window.
func (b *Batch) FinishAfter() (time.Duration, error) {
	if b.FinishBy == nil || *b.FinishBy == FinishAtWindowEnd {
		return 0, nil
	}
	after, err := time.ParseDuration(*b.FinishBy)
	if err != nil || after <= 0 {
		return 0, fmt.Errorf("must be %s or a duration after the window's start, such as 6h", FinishAtWindowEnd)
	}
	return after, nil
}
