package v1alpha1

import (
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateWindows(windows []InlineWindow, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := map[string]bool{}
	for i := range windows {
		w, windowPath := &windows[i], path.Index(i)
		switch {
		case w.Name == "":
			errs = append(errs, field.Required(windowPath.Child("name"), ""))
		case seen[w.Name]:
			errs = append(errs, field.Duplicate(windowPath.Child("name"), w.Name))
		case strings.Contains(w.Name, "/"):
			errs = append(errs, field.Invalid(windowPath.Child("name"), w.Name, "must not contain '/': ScaleWindow/name is the name of the window of a ScaleWindow object"))
		}
		seen[w.Name] = true
		errs = append(errs, w.validate(windowPath)...)
	}
	return errs
}

// Validate returns an error for each invalid field. It checks what the schema and its CEL rules check, for objects from files.
func (s *ScaleWindow) Validate() field.ErrorList {
	path := field.NewPath("spec")
	var errs field.ErrorList
	if len(s.Spec.Targets) == 0 {
		errs = append(errs, field.Required(path.Child("targets"), "must name at least one object"))
	}
	for i := range s.Spec.Targets {
		t, targetPath := &s.Spec.Targets[i], path.Child("targets").Index(i)
		if t.Kind == "" {
			errs = append(errs, field.Required(targetPath.Child("kind"), "must specify a kind, such as HorizontalAutoscaler"))
		}
		if (t.Name != "") == (t.Selector != nil) {
			errs = append(errs, field.Required(targetPath.Child("name"), "set exactly one of name and selector"))
		}
	}
	return append(errs, s.Spec.validate(path)...)
}

func (w *Window) validate(path *field.Path) field.ErrorList {
	errs := w.validateTimes(path)
	errs = append(errs, validateCount(w.Replicas, path.Child("replicas"))...)
	errs = append(errs, validateCount(w.MinReplicas, path.Child("minReplicas"))...)
	errs = append(errs, validateCount(w.MaxReplicas, path.Child("maxReplicas"))...)
	errs = append(errs, w.Batch.validate(w.Duration, path.Child("batch"))...)
	switch {
	case w.Replicas != nil && (w.MinReplicas != nil || w.MaxReplicas != nil):
		errs = append(errs, field.Forbidden(path.Child("replicas"), "may not be set beside minReplicas or maxReplicas: it sets both"))
	case w.Replicas == nil && w.MinReplicas == nil && w.MaxReplicas == nil && w.Batch == nil:
		errs = append(errs, field.Required(path, "set replicas, or minReplicas and maxReplicas or one of them, or batch"))
	case w.MinReplicas != nil && w.MaxReplicas != nil && *w.MinReplicas > *w.MaxReplicas:
		errs = append(errs, field.Invalid(path.Child("minReplicas"), *w.MinReplicas, "must be less than or equal to maxReplicas"))
	}
	return errs
}

// validateTimes checks the combination of the fields. Package schedule checks cron lines, dates and time zones.
func (w *Window) validateTimes(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case w.Start == nil && w.At == nil:
		errs = append(errs, field.Required(path.Child("start"), "set exactly one of start (recurring) and at (one-off)"))
	case w.Start != nil && w.At != nil:
		errs = append(errs, field.Forbidden(path.Child("at"), "set exactly one of start (recurring) and at (one-off)"))
	case w.At != nil && (w.Duration != nil || w.End != nil):
		errs = append(errs, field.Forbidden(path.Child("at"), "at has its own end: unset duration and end"))
	case w.Start != nil && (w.Duration != nil) == (w.End != nil):
		errs = append(errs, field.Required(path.Child("duration"), "a window with start needs exactly one of duration and end"))
	}
	errs = append(errs, validateSpan(w.Duration, time.Second, path.Child("duration"))...)
	errs = append(errs, validateSpan(w.Lead, 0, path.Child("lead"))...)
	errs = append(errs, validateSpan(w.Ramp, 0, path.Child("ramp"))...)
	if len(w.Except) > 0 && len(w.Only) > 0 {
		errs = append(errs, field.Forbidden(path.Child("only"), "set at most one of except and only"))
	}
	return errs
}

// HasTimes reports whether the combination of the fields for start and end is valid.
func (w *Window) HasTimes() bool { return len(w.validateTimes(nil)) == 0 }

func validateSpan(d *Duration, least time.Duration, path *field.Path) field.ErrorList {
	parsed, err := d.Parse(least)
	switch {
	case err != nil:
		return field.ErrorList{field.Invalid(path, string(*d), err.Error())}
	case parsed < least && least == 0:
		return field.ErrorList{field.Invalid(path, string(*d), "must not be negative")}
	case parsed < least:
		return field.ErrorList{field.Invalid(path, string(*d), "must be at least "+least.String())}
	default:
		return nil
	}
}

func validateCount(count *int32, path *field.Path) field.ErrorList {
	if count == nil || *count >= 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, *count, "must be greater than or equal to 0")}
}
