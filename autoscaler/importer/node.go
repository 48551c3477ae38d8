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

// node is a place in an object. The methods of the zero value and of absent fields return not found.
type node struct {
	object *object
	path   string
	// key of the field in its map; empty for an element of a list.
	key     string
	value   any
	present bool
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// child returns the field of that name and marks it as visited.
func (n node) child(key string) node {
	n.object.visited[n.path] = true
	c := n.down(key)
	n.object.visited[c.path] = true
	return c
}

func (n node) down(key string) node {
	c := node{object: n.object, path: n.path + "[" + key + "]", key: key}
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

// items returns the elements of a list and marks them as visited.
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

// children returns the fields or elements below, without marking them.
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

// markRead marks the field and all below it as read.
func (n node) markRead() node {
	n.object.taken[n.path] = true
	return n
}

func (n node) leftOut(format string, args ...any) { n.say(LeftOut, format, args) }
func (n node) changed(format string, args ...any) { n.say(Changed, format, args) }
func (n node) note(format string, args ...any)    { n.say(Note, format, args) }

// say reports the field and marks it as read. It marks the fields below only if all of them are left out; otherwise the entry would
// hide unknown fields.
func (n node) say(outcome Outcome, format string, args []any) {
	if _, isMap := n.value.(map[string]any); outcome == LeftOut || !isMap {
		n.markRead()
	}
	e := Entry{Outcome: outcome, Object: n.object.String(), Field: n.path, Message: fmt.Sprintf(format, args...)}
	if n.present {
		e.Value = shown(n.value)
	}
	n.object.report.add(e)
}

// text reads a string. It reports a value of another type and returns not found.
func (n node) text() (string, bool) {
	n.markRead()
	if !n.present || n.value == nil {
		return "", false
	}
	text, ok := n.value.(string)
	if !ok {
		n.leftOut("must be a string: write it in quotes")
	}
	return text, ok
}

// textOr returns the string, or another if the field is absent or empty.
func (n node) textOr(otherwise string) string {
	if text, ok := n.text(); ok && text != "" {
		return text
	}
	return otherwise
}

// count reads an int32. It reports a value of another type and returns not found.
func (n node) count() (int32, bool) {
	n.markRead()
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
	n.markRead()
	set, ok := n.value.(bool)
	if n.present && n.value != nil && !ok {
		n.leftOut("must be true or false")
	}
	return set
}

// hugeExponent matches numbers that take minutes to parse as a quantity.
var hugeExponent = regexp.MustCompile(`[0-9.][eE][+-]?0*[1-9][0-9]{3}`)

// into decodes the field and all below it. It reports each field that the type does not have.
func (n node) into(value any) error {
	n.markRead()
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
	if unknown, ok := errors.AsType[kjson.FieldError](problem); ok {
		path = n.jsonPath("", strings.TrimPrefix(unknown.FieldPath(), "."))
	}
	n.object.report.add(Entry{
		Outcome: LeftOut, Object: n.object.String(), Field: path,
		Message: "not a field of its API; nothing in the output stands for it: check the spelling, or remove the field",
	})
}

// jsonPath returns the path of the node that the decoder calls by name. The decoder joins keys by dots, also keys with dots or
// brackets, so its name is ambiguous without the value. prefix is the name of n.
func (n node) jsonPath(prefix, name string) string {
	for _, c := range n.children() {
		key := strings.TrimPrefix(c.path, n.path)
		if _, isMap := n.value.(map[string]any); isMap {
			key = "." + c.key
		}
		path := strings.TrimPrefix(prefix+key, ".")
		if path == name {
			return c.path
		}
		if strings.HasPrefix(name, path) {
			if found := c.jsonPath(path, name); found != "" {
				return found
			}
		}
	}
	if prefix == "" {
		return strings.TrimPrefix(n.path+"."+name, ".")
	}
	return ""
}
