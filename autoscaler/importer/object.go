package importer

import (
	"fmt"
	"strings"
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

// String returns kind, namespace and name.
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

// markAllRead marks every field as read, for an object that is reported as a whole.
func (o *object) markAllRead() { o.taken[""] = true }

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
	o.markAllRead()
}

// finish reports the metadata of the stored object, and each field that was not read.
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
			stored = append(stored, metadata.child(key).markRead().path)
		}
	}
	annotations := metadata.child("annotations")
	for _, key := range annotations.keys() {
		if a := annotations.child(key); !o.taken[a.path] {
			stored = append(stored, a.markRead().path)
		}
	}
	if status := o.field("status"); status.present {
		stored = append(stored, status.markRead().path)
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
