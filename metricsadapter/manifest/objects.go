package manifest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Object is one document of a stream, or one item of a List in it.
type Object struct {
	// Place of the object, such as "document 2" or "document 2 items[0]".
	Place string
	// APIVersion, Kind, Namespace and Name as written; empty where the document is not a Kubernetes object.
	APIVersion, Kind, Namespace, Name string
	// JSON of the object.
	JSON []byte
}

// maxNesting bounds Lists within Lists.
const maxNesting = 8

// Expand returns the object in a document's JSON, or the items of a List; none for null. place is that of the document.
func Expand(place string, text []byte) ([]Object, error) { return expand(nil, place, text, 0) }

// expand adds an object, or the items of a List.
func expand(all []Object, place string, text []byte, depth int) ([]Object, error) {
	if string(text) == "null" {
		return all, nil
	}
	var header struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"metadata"`
		Items []json.RawMessage `json:"items"`
	}
	// A document of another form is not a Kubernetes object; the caller decides what to do with it.
	if isObject := json.Unmarshal(text, &header) == nil; !isObject {
		return append(all, Object{Place: place, JSON: text}), nil
	}
	if !strings.HasSuffix(header.Kind, "List") || header.Items == nil {
		return append(all, Object{
			Place: place, APIVersion: header.APIVersion, Kind: header.Kind,
			Namespace: header.Metadata.Namespace, Name: header.Metadata.Name, JSON: text,
		}), nil
	}
	if depth == maxNesting {
		return nil, fmt.Errorf("%s: kind %s: lists are nested more than %d levels deep", place, header.Kind, maxNesting)
	}
	for i, item := range header.Items {
		var err error
		if all, err = expand(all, fmt.Sprintf("%s items[%d]", place, i), withKind(item, header.APIVersion, header.Kind), depth+1); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// withKind adds the kind to an item of a typed list, such as a ConfigMapList, which may omit it.
func withKind(item json.RawMessage, apiVersion, listKind string) []byte {
	var fields map[string]json.RawMessage
	kind := strings.TrimSuffix(listKind, "List")
	if kind == "" || json.Unmarshal(item, &fields) != nil || fields == nil || len(fields["kind"]) > 0 {
		return item
	}
	for name, value := range map[string]string{"apiVersion": apiVersion, "kind": kind} {
		fields[name], _ = json.Marshal(value) // a string always has JSON
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return item
	}
	return text
}

// Title returns the kind, namespace and name, in kubectl's form.
func (o Object) Title() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + name
	}
	return strings.TrimSpace(o.Kind + " " + name)
}
