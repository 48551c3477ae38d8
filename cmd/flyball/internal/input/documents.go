package input

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/metricsadapter/manifest"
)

// EachDocument calls use with the JSON of each document of a YAML stream that is not empty.
func EachDocument(text []byte, use func(document []byte) error) error {
	for _, d := range manifest.Split(text) {
		document, err := d.JSON()
		if err == nil && !bytes.Equal(document, []byte("null")) {
			err = use(document)
		}
		if err != nil {
			return fmt.Errorf("document %d: %w", d.Number, err)
		}
	}
	return nil
}

// UnmarshalOne decodes a file of one YAML document. It refuses a second document, unknown fields and duplicate keys. An empty
// file leaves into unchanged.
func UnmarshalOne(text []byte, into any) error {
	document, err := manifest.One(text)
	if err != nil {
		return err
	}
	asJSON, err := document.JSON()
	if err != nil {
		return err
	}
	return UnmarshalStrict(asJSON, into)
}

// UnmarshalStrict decodes the JSON of an object, with the old names of fields too. It refuses unknown fields.
func UnmarshalStrict(document []byte, into any) error {
	document, err := v1alpha1.RenameFieldsJSON(document)
	if err != nil {
		return err
	}
	return yaml.UnmarshalStrict(document, into)
}
