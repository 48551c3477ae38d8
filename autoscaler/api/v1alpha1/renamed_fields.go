package v1alpha1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A rename moves a field within an object. Convert is nil where the value stays the same.
type rename struct {
	from, to string // paths with dots
	convert  func(text string) (any, error)
}

// The renames before the first release.
var (
	dampingRenames = []rename{
		{from: "lead", to: "forecastHorizon"},
		{from: "surgeLimit", to: "advanced.surgeLimit"},
		{from: "headroomPercent", to: "advanced.headroomPercent"},
		{from: "staffing", to: "advanced.staffing"},
		{from: "safety", to: "advanced.safety"},
		{from: "peaksPercent", to: "advanced.peaksPercent"},
		{from: "huntingGuard", to: "advanced.huntingGuard"},
		{from: "deadBand.scaleUp", to: "advanced.deadBand.scaleUpPercent", convert: percentOfShare},
		{from: "deadBand.scaleDown", to: "advanced.deadBand.scaleDownPercent", convert: percentOfShare},
	}
	batchRenames = []rename{{from: "margin", to: "marginPercent", convert: percentOfMargin}}
)

// RenameFieldsJSON is [RenameFields] for the JSON of an object. JSON that is not an object is returned unchanged.
func RenameFieldsJSON(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // float64 would round large integers
	var object map[string]any
	if decoder.Decode(&object) != nil {
		return text, nil //nolint:nilerr // the typed decoder has the better error
	}
	if errs := RenameFields(object, nil); len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	return json.Marshal(object)
}

// RenameFields replaces, in place, the old names of fields in a decoded HorizontalAutoscaler or ScaleWindow at path. Files may
// have the old names; the API server accepts only the current ones. It returns an error for each field that is set by both of
// its names or whose value has no equivalent. It leaves what it does not recognize to the decoder.
func RenameFields(object map[string]any, path *field.Path) field.ErrorList {
	dropOldMetricStatuses(object)
	spec, path := childMap(object, "spec"), path.Child("spec")
	errs := renameAll(childMap(spec, "damping"), dampingRenames, path.Child("damping"))
	dropEmpty(childMap(spec, "damping"), "deadBand")
	errs = append(errs, renameAll(childMap(spec, "batch"), batchRenames, path.Child("batch"))...)
	windows, _ := spec["windows"].([]any)
	for i := range windows {
		window, _ := windows[i].(map[string]any)
		errs = append(errs, renameAll(childMap(window, "batch"), batchRenames, path.Child("windows").Index(i).Child("batch"))...)
	}
	return errs
}

func renameAll(object map[string]any, renames []rename, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range renames {
		if err := renames[i].apply(object, path); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (r *rename) apply(object map[string]any, path *field.Path) *field.Error {
	from, oldName := parentOf(object, r.from, false)
	value, found := from[oldName]
	if !found {
		return nil
	}
	oldPath, newPath := childPath(path, r.from), childPath(path, r.to)
	to, newName := parentOf(object, r.to, true)
	if to == nil {
		return field.Invalid(newPath, field.OmitValueType{}, "must be an object")
	}
	if _, both := to[newName]; both {
		return field.Forbidden(oldPath, fmt.Sprintf("is the old name of %s: set only that field", newPath))
	}
	if r.convert != nil && value != nil {
		converted, err := r.convert(fmt.Sprint(value))
		if err != nil {
			return field.Invalid(oldPath, value, fmt.Sprintf("%v; the field is now %s", err, newPath))
		}
		value = converted
	}
	delete(from, oldName)
	to[newName] = value
	return nil
}

// parentOf returns the map that holds the field of a path, and the name of the field in it. The map is nil where it does not
// exist and create is false, or where something else is in its place.
func parentOf(object map[string]any, path string, create bool) (parent map[string]any, name string) {
	parents := strings.Split(path, ".")
	for _, key := range parents[:len(parents)-1] {
		if _, exists := object[key]; !exists && create && object != nil {
			object[key] = map[string]any{}
		}
		object = childMap(object, key)
	}
	return object, parents[len(parents)-1]
}

func childPath(path *field.Path, names string) *field.Path {
	first, others, _ := strings.Cut(names, ".")
	if others == "" {
		return path.Child(first)
	}
	return path.Child(first, strings.Split(others, ".")...)
}

func childMap(object map[string]any, key string) map[string]any {
	child, _ := object[key].(map[string]any)
	return child
}

func dropEmpty(object map[string]any, key string) {
	if child, isMap := object[key].(map[string]any); isMap && len(child) == 0 {
		delete(object, key)
	}
}

// dropOldMetricStatuses drops status.currentMetrics in the shape before that of autoscaling/v2. No command reads it from a file.
func dropOldMetricStatuses(object map[string]any) {
	status := childMap(object, "status")
	metrics, _ := status["currentMetrics"].([]any)
	for i := range metrics {
		metric, _ := metrics[i].(map[string]any)
		if _, old := metric["name"]; old {
			delete(status, "currentMetrics")
		}
	}
}

// longExponent is in quantities that take minutes to parse.
var longExponent = regexp.MustCompile(`[eE][+-]?0*[1-9][0-9]{3}`)

func percentOfShare(text string) (any, error) {
	quantity, err := resource.ParseQuantity(longExponent.ReplaceAllString(text, "e"))
	share := quantity.AsApproximateFloat64()
	if err != nil || !(share >= 0 && share <= 1) {
		return nil, errors.New("must be from 0 to 1")
	}
	percent := math.Round(100 * share)
	if math.Abs(percent-100*share) > 1e-9 {
		return nil, errors.New("must be a whole percentage, such as 0.12")
	}
	return int64(percent), nil
}

func percentOfMargin(text string) (any, error) {
	digits, found := strings.CutSuffix(text, "%")
	percent, err := strconv.ParseUint(digits, 10, 16)
	if !found || err != nil || percent > maxMarginPercent {
		return nil, errors.New("must be a percentage from 0% to 999%, such as 20%")
	}
	return int64(percent), nil
}
