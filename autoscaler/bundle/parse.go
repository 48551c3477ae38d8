package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// parse reads the form of a bundle, before anything in it is understood.
func parse(text []byte) (*document, error) {
	if err := checkTree(text); err != nil {
		return nil, err
	}
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, fmt.Errorf("the bundle is not YAML: %w", err)
	}
	if err := checkVersion(asJSON); err != nil {
		return nil, err
	}
	if asJSON, err = renameFields(asJSON); err != nil {
		return nil, err
	}
	var d document
	unknown, err := kjson.UnmarshalStrict(asJSON, &d)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		err = fmt.Errorf("%s: must be of type %s, and is a %s", wrong.Field, wrong.Type, wrong.Value)
	}
	if err := errors.Join(append(unknown, err)...); err != nil {
		return nil, err
	}
	return &d, nil
}

// renameFields replaces the old names of fields in the bundle's objects, because bundles outlive releases.
func renameFields(asJSON []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(asJSON))
	decoder.UseNumber() // float64 would round large integers
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	own, _ := tree["autoscaler"].(map[string]any)
	errs := v1alpha1.RenameFields(own, field.NewPath("autoscaler"))
	windows, _ := tree["scaleWindows"].([]any)
	for i := range windows {
		window, _ := windows[i].(map[string]any)
		errs = append(errs, v1alpha1.RenameFields(window, field.NewPath("scaleWindows").Index(i))...)
	}
	if len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	return json.Marshal(tree)
}

// checkVersion comes before the fields, which another version may have named otherwise.
func checkVersion(asJSON []byte) error {
	var header struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := json.Unmarshal(asJSON, &header); err != nil {
		return fmt.Errorf("the bundle needs an apiVersion and a kind: %w", err)
	}
	if header.APIVersion != apiVersion || header.Kind != kind {
		return fmt.Errorf("apiVersion is %q and kind is %q: this program reads bundles of apiVersion %q and kind %q only",
			header.APIVersion, header.Kind, apiVersion, kind)
	}
	return nil
}

// checkTree refuses what the way to JSON would lose, stumble over without a name for it, or never come back from.
func checkTree(text []byte) error {
	decoder := yamlv2.NewDecoder(bytes.NewReader(text))
	var tree any
	if err := decoder.Decode(&tree); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the bundle is not YAML: %w", err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("the file has more than one YAML document: a bundle is one document")
	}
	return errors.Join(checkNode(tree, nil, "")...)
}

// quantityFields are the fields of a spec that are quantities. The decoder refuses a bad one without its name.
var quantityFields = []string{"value", "averageValue", "activationValue", "tolerance", "quantity", "initial"}

// otherFields are quantities in one place of a spec, and something else in another.
var otherFields = []string{"scaleUp", "scaleDown"}

func checkNode(node any, path *field.Path, key string) []error {
	var faults []error
	switch node := node.(type) {
	case map[any]any:
		for key, child := range node {
			name := fmt.Sprint(key)
			if name == "matchLabels" { // whose keys are anybody's
				continue
			}
			faults = append(faults, checkNode(child, path.Child(name), name)...)
		}
		slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	case []any:
		for i, child := range node {
			faults = append(faults, checkNode(child, index(path, i), key)...)
		}
	case float64:
		faults = append(faults, checkNumber(node, path)...)
	case string:
		if path != nil && hasSpec(path.Root().String()) {
			faults = append(faults, checkQuantity(node, path, key)...)
		}
	}
	return faults
}

// hasSpec says whether a part of a bundle holds objects of the API.
func hasSpec(part string) bool { return part == "autoscaler" || part == "scaleWindows" }

func checkQuantity(text string, path *field.Path, key string) []error {
	var err error
	switch {
	case slices.Contains(quantityFields, key):
		_, err = parseQuantity(text)
	case slices.Contains(otherFields, key):
		err = checkExponent(text)
	}
	if err != nil {
		return []error{field.Invalid(path, text, err.Error())}
	}
	return nil
}

// checkNumber refuses a number without quotes that YAML, which makes a float64 of it, may have rounded.
func checkNumber(x float64, path *field.Path) []error {
	const integers, thousandths = 1 << 53, 1 << 43 // from which on float64 skips some
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return []error{field.Invalid(path, fmt.Sprint(x), "is not a finite number")}
	case math.Abs(x) >= integers, math.Abs(x) >= thousandths && x != math.Trunc(x):
		return []error{field.Invalid(path, fmt.Sprint(x), "may have lost digits: write a number of this size in quotes")}
	default:
		return nil
	}
}

// index is for a list that is the whole document, too.
func index(path *field.Path, i int) *field.Path {
	if path == nil {
		return field.NewPath(fmt.Sprintf("[%d]", i))
	}
	return path.Index(i)
}
