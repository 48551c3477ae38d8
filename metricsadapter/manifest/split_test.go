package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	yamlv2 "go.yaml.in/yaml/v2"
)

func texts(t *testing.T, stream string) []string {
	t.Helper()
	objects, err := Objects([]byte(stream))
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	all := []string{}
	for _, o := range objects {
		all = append(all, o.Place+" "+string(o.JSON))
	}
	return all
}

func TestEveryDocumentIsReadOrRefused(t *testing.T) {
	for name, test := range map[string]struct {
		stream string
		want   []string
	}{
		"nothing":                      {"", []string{}},
		"comments":                     {"# a\n---\n# b\n", []string{}},
		"one":                          {"a: 1\n", []string{`document 1 {"a":1}`}},
		"two":                          {"a: 1\n---\nb: 2\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"a marker at the start":        {"---\na: 1\n", []string{`document 1 {"a":1}`}},
		"a marker with a comment":      {"a: 1\n--- # second\nb: 2\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"a marker with content":        {"a: 1\n--- {b: 2}\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"a marker and spaces":          {"a: 1\n---   \nb: 2\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"a marker and a tab":           {"a: 1\n---\tb\n", []string{`document 1 {"a":1}`, `document 2 "b"`}},
		"Windows' line ends":           {"a: 1\r\n---\r\nb: 2\r\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"an end":                       {"a: 1\n...\nb: 2\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"directives":                   {"%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"an empty one between":         {"a: 1\n---\n---\nb: 2\n---\n", []string{`document 1 {"a":1}`, `document 2 {"b":2}`}},
		"a null between":               {"a: 1\n---\nnull\n---\nb: 2\n", []string{`document 1 {"a":1}`, `document 3 {"b":2}`}},
		"markers in a text":            {"a: |\n  x\n  ---\n  y\n", []string{`document 1 {"a":"x\n---\ny\n"}`}},
		"a longer line of dashes":      {"a: b\n ----\n", []string{`document 1 {"a":"b ----"}`}},
		"a mark of the byte order":     {"\xef\xbb\xbfa: 1\n", []string{`document 1 {"a":1}`}},
		"JSON after JSON":              {"{\"a\": 1}\n{\"b\": 2}\n", []string{"error: document 1: yaml: line 1: did not find expected <document start>"}},
		"a key twice":                  {"a: 1\n---\nb: 1\nb: 2\n", []string{`error: document 2: yaml: unmarshal errors:` + "\n" + `  line 4: key "b" already set in map`}},
		"no YAML in the second":        {"a: 1\n---\nb: [\n", []string{"error: document 2: yaml: line 3: did not find expected node content"}},
		"a List":                       {"kind: List\napiVersion: v1\nitems: [{kind: A, x: 1}, {kind: B}]\n", []string{`document 1 items[0] {"kind":"A","x":1}`, `document 1 items[1] {"kind":"B"}`}},
		"a List in a List":             {"kind: List\nitems: [{kind: List, items: [{kind: B}]}]\n", []string{`document 1 items[0] items[0] {"kind":"B"}`}},
		"a typed list":                 {"kind: ConfigMapList\napiVersion: v1\nitems: [{data: {}}]\n", []string{`document 1 items[0] {"apiVersion":"v1","data":{},"kind":"ConfigMap"}`}},
		"an empty List":                {"kind: List\nitems: []\n", []string{}},
		"a kind that ends so":          {"kind: AccessList\nspec: {}\n", []string{`document 1 {"kind":"AccessList","spec":{}}`}},
		"a List and another document":  {"kind: List\nitems: [{kind: A}]\n---\nkind: B\n", []string{`document 1 items[0] {"kind":"A"}`, `document 2 {"kind":"B"}`}},
		"a document that is no object": {"- a\n---\nb\n", []string{`document 1 ["a"]`, `document 2 "b"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, texts(t, test.stream)); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListsAreNestedToABound(t *testing.T) {
	stream := strings.Repeat("{kind: List, items: [", 20) + strings.Repeat("]}", 20)
	if got := strings.Join(texts(t, stream), "\n"); !strings.Contains(got, "nested more than 8 levels deep") {
		t.Errorf("it gives %s", got)
	}
}

func TestOneRefusesASecondDocument(t *testing.T) {
	if d, err := One([]byte("# nothing\n")); err != nil || len(d.Text) != 0 {
		t.Errorf("no document gives %q, %v", d.Text, err)
	}
	if d, err := One([]byte("---\na: 1\n---\n")); err != nil || string(d.Text) != "---\na: 1\n" {
		t.Errorf("one document gives %q, %v", d.Text, err)
	}
	_, err := One([]byte("a: 1\n--- # b\nb: 1\n"))
	if err == nil || !strings.Contains(err.Error(), "has 2 YAML documents, and the second begins on line 2") {
		t.Errorf("two documents give %v", err)
	}
}

// FuzzSplit holds that the decoder finds in each part that Split gives one document, and in all of them as many as in the
// whole stream; nothing is lost, whatever is written.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a: 1\n---\nb: 2\n", "--- a\n--- b", "%YAML 1.1\n---\na\n...\nb\n", "a: |\n  ---\n", "---\n---\n", "'\n---\n'", "# c\n--- # d\n- e\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, err := count(stream)
		if err != nil {
			return
		}
		parts := 0
		for _, d := range Split(stream) {
			text, err := d.JSON()
			if err != nil {
				return // refused
			}
			if string(text) != "null" {
				parts++
			}
		}
		if parts != whole {
			t.Errorf("%q has %d documents, and Split gives %d", stream, whole, parts)
		}
	})
}

// count returns the number of a stream's documents that hold anything, as the decoder has it.
func count(stream []byte) (int, error) {
	decoder := yamlv2.NewDecoder(bytes.NewReader(stream))
	n := 0
	for {
		var tree any
		err := decoder.Decode(&tree)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if tree != nil {
			n++
		}
	}
}

// Objects returns every object of a YAML or JSON stream, and the items of Lists instead of the Lists. It omits null
// documents and items. The error names the document.
func Objects(stream []byte) ([]Object, error) {
	var all []Object
	for _, d := range Split(stream) {
		place := fmt.Sprintf("document %d", d.Number)
		text, err := d.JSON()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		if all, err = expand(all, place, text, 0); err != nil {
			return nil, err
		}
	}
	return all, nil
}
