package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"
)

// object is one decoded input object, with a record of the fields that were read.
type object struct {
	apiVersion, kind, namespace, name string

	root map[string]any
	// visited are paths whose field is known, and taken are paths that were read with all that is below them.
	visited, taken map[string]bool
	report         *report
}

func newObject(root map[string]any, r *report) *object {
	o := &object{root: root, visited: map[string]bool{}, taken: map[string]bool{}, report: r}
	o.apiVersion, _ = o.field("apiVersion").text()
	o.kind, _ = o.field("kind").text()
	metadata := o.field("metadata")
	o.name, _ = metadata.child("name").text()
	o.namespace, _ = metadata.child("namespace").text()
	return o
}

// String is the kind, namespace and name.
func (o *object) String() string {
	name := o.name
	if o.namespace != "" {
		name = o.namespace + "/" + name
	}
	return strings.TrimSpace(o.kind + " " + name)
}

func (o *object) group() string {
	group, _, found := strings.Cut(o.apiVersion, "/")
	if !found {
		return ""
	}
	return group
}

func (o *object) field(key string) node {
	return node{object: o, value: o.root, present: true}.child(key)
}

func (o *object) leftOut(format string, args ...any) { o.say(LeftOut, format, args) }
func (o *object) changed(format string, args ...any) { o.say(Changed, format, args) }
func (o *object) note(format string, args ...any)    { o.say(Note, format, args) }

func (o *object) say(outcome Outcome, format string, args []any) {
	o.report.add(Entry{Outcome: outcome, Object: o.String(), Message: fmt.Sprintf(format, args...)})
}

// takeAll marks every field as read, for an object that is reported as a whole.
func (o *object) takeAll() { o.taken[""] = true }

// leaveAll reports the fields of an object that is left out as a whole, in one entry.
func (o *object) leaveAll() {
	var lost []string
	var visit func(n node)
	visit = func(n node) {
		children := n.children()
		for _, child := range children {
			visit(child)
		}
		if len(children) == 0 && n.path != "" && !isEmpty(n.value) {
			lost = append(lost, n.path+" "+shown(n.value))
		}
	}
	visit(o.field("spec"))
	annotations := o.field("metadata").down("annotations")
	for _, key := range annotations.keys() {
		if kedaKey.MatchString(key) {
			visit(annotations.down(key))
		}
	}
	if len(lost) > 0 {
		o.leftOut("left out with the object: %s", strings.Join(lost, ", "))
	}
	o.takeAll()
}

// finish reports what describes the object as it is stored, and each field that was not read.
func (o *object) finish() {
	o.finishMetadata()
	o.reportUnread(node{object: o, value: o.root, present: true})
}

// finishMetadata reports labels, annotations and what the API server sets in one entry.
func (o *object) finishMetadata() {
	if o.taken[""] {
		return
	}
	var stored []string
	metadata := o.field("metadata")
	for _, key := range metadata.keys() {
		if key != "name" && key != "namespace" && key != "annotations" {
			stored = append(stored, metadata.child(key).take().path)
		}
	}
	annotations := metadata.child("annotations")
	for _, key := range annotations.keys() {
		if a := annotations.child(key); !o.taken[a.path] {
			stored = append(stored, a.take().path)
		}
	}
	if status := o.field("status"); status.present {
		stored = append(stored, status.take().path)
	}
	if len(stored) > 0 {
		o.note("%s: not carried over; the API server, a controller or a deployment tool sets them, and they do not change replica counts", strings.Join(stored, ", "))
	}
}

func (o *object) reportUnread(n node) {
	if o.taken[n.path] {
		return
	}
	children := n.children()
	switch known := o.visited[n.path] || n.path == ""; {
	case known && len(children) > 0:
		for _, child := range children {
			o.reportUnread(child)
		}
	case known && isEmpty(n.value):
	default:
		n.leftOut("not a field that this import reads from a %s; nothing in the output stands for it: check the spelling, or remove the field", o.kind)
	}
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

// node is a place in an object. The zero value and absent fields answer every question with not found.
type node struct {
	object  *object
	path    string
	value   any
	present bool
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// child is the field of that name, which becomes known by this.
func (n node) child(key string) node {
	n.object.visited[n.path] = true
	c := n.down(key)
	n.object.visited[c.path] = true
	return c
}

func (n node) down(key string) node {
	c := node{object: n.object, path: n.path + "[" + key + "]"}
	if plainKey.MatchString(key) {
		c.path = strings.TrimPrefix(n.path+"."+key, ".")
	}
	fields, _ := n.value.(map[string]any)
	c.value, c.present = fields[key]
	return c
}

func (n node) keys() []string {
	fields, _ := n.value.(map[string]any)
	return slices.Sorted(maps.Keys(fields))
}

// items are the elements of a list, which become known by this.
func (n node) items() []node {
	list, _ := n.value.([]any)
	n.object.visited[n.path] = true
	items := make([]node, len(list))
	for i := range list {
		items[i] = node{object: n.object, path: fmt.Sprintf("%s[%d]", n.path, i), value: list[i], present: true}
		n.object.visited[items[i].path] = true
	}
	return items
}

// children are the fields or elements below, without making them known.
func (n node) children() []node {
	var children []node
	for _, key := range n.keys() {
		children = append(children, n.down(key))
	}
	list, _ := n.value.([]any)
	for i := range list {
		children = append(children, node{object: n.object, path: fmt.Sprintf("%s[%d]", n.path, i), value: list[i], present: true})
	}
	return children
}

// take marks the field and all below it as read.
func (n node) take() node {
	n.object.taken[n.path] = true
	return n
}

func (n node) leftOut(format string, args ...any) { n.say(LeftOut, format, args) }
func (n node) changed(format string, args ...any) { n.say(Changed, format, args) }
func (n node) note(format string, args ...any)    { n.say(Note, format, args) }

// say reports the field, which counts as read then. What is below it counts as read only if all of it is left out; else an
// unknown field would hide behind the entry.
func (n node) say(outcome Outcome, format string, args []any) {
	if _, isMap := n.value.(map[string]any); outcome == LeftOut || !isMap {
		n.take()
	}
	e := Entry{Outcome: outcome, Object: n.object.String(), Field: n.path, Message: fmt.Sprintf(format, args...)}
	if n.present {
		e.Value = shown(n.value)
	}
	n.object.report.add(e)
}

// text reads a string. A value of another type is reported, and not found.
func (n node) text() (string, bool) {
	n.take()
	if !n.present || n.value == nil {
		return "", false
	}
	text, ok := n.value.(string)
	if !ok {
		n.leftOut("must be a string: write it in quotes")
	}
	return text, ok
}

// textOr is the string, or another where the field is absent or empty.
func (n node) textOr(otherwise string) string {
	if text, ok := n.text(); ok && text != "" {
		return text
	}
	return otherwise
}

// count reads an int32. A value of another type is reported, and not found.
func (n node) count() (int32, bool) {
	n.take()
	if !n.present || n.value == nil {
		return 0, false
	}
	number, ok := whole(n.value)
	if !ok || number < math.MinInt32 || number > math.MaxInt32 {
		n.leftOut("must be a whole number of 32 bits")
		return 0, false
	}
	return int32(number), true
}

func whole(value any) (int64, bool) {
	switch v := value.(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	default:
		return 0, false
	}
}

// flag reads a bool.
func (n node) flag() bool {
	n.take()
	set, ok := n.value.(bool)
	if n.present && n.value != nil && !ok {
		n.leftOut("must be true or false")
	}
	return set
}

// hugeExponent is in numbers that take minutes to parse as a quantity.
var hugeExponent = regexp.MustCompile(`[0-9.][eE][+-]?0*[1-9][0-9]{3}`)

// into decodes the field and all below it. Fields that the type does not have are reported one by one.
func (n node) into(value any) error {
	n.take()
	text, err := json.Marshal(n.value)
	if err != nil {
		return err
	}
	if hugeExponent.Match(text) {
		return errors.New("a number has an exponent of more than three digits: write it out")
	}
	unknown, err := kjson.UnmarshalStrict(text, value)
	for _, problem := range unknown {
		n.unknown(problem)
	}
	return err
}

func (n node) unknown(problem error) {
	path := n.path
	var at kjson.FieldError
	if errors.As(problem, &at) {
		path += "." + strings.TrimPrefix(at.FieldPath(), ".")
		path = strings.ReplaceAll(path, ".[", "[")
	}
	n.object.report.add(Entry{
		Outcome: LeftOut, Object: n.object.String(), Field: path,
		Message: "not a field of its API; nothing in the output stands for it: check the spelling, or remove the field",
	})
}
