package rule

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// labelMapping maps the labels of a rule's series to objects. Overrides take precedence over the template.
type labelMapping struct {
	overrides map[string]groupResource
	// template returns the label of a resource, and pattern is its inverse; nil for none.
	template *template.Template
	pattern  *regexp.Regexp
}

// part is the data of the label template.
type part struct{ Group, Resource string }

func newLabelMapping(written association) (*labelMapping, error) {
	l := &labelMapping{overrides: written.Overrides}
	for _, label := range slices.Sorted(maps.Keys(written.Overrides)) {
		switch {
		case !plainLabel.MatchString(label):
			return nil, fmt.Errorf("resources.overrides: %q is not a label that a query can group by: rename it with relabeling", label)
		case written.Overrides[label].Resource == "":
			return nil, fmt.Errorf("resources.overrides.%s: resource is missing, such as pod", label)
		}
	}
	if written.Template == "" {
		return l, nil
	}
	t, err := template.New("resources.template").Delims("<<", ">>").Parse(written.Template)
	if err != nil {
		return nil, fmt.Errorf("resources.template is not a template: %w", err)
	}
	if err := checkTemplate(t); err != nil {
		return nil, fmt.Errorf("resources.template: %w", err)
	}
	l.template = t
	return l, l.reverse()
}

// plainLabel matches labels that are written into a query without quoting.
var plainLabel = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// reverse compiles the inverse of the template, as upstream does: the template with patterns as group and resource.
func (l *labelMapping) reverse() error {
	text, err := l.execute(part{Group: "(?P<group>.+?)", Resource: "(?P<resource>.+?)"})
	if err != nil {
		return err
	}
	l.pattern, err = regexp.Compile("^" + text + "$")
	if err != nil {
		return fmt.Errorf("resources.template cannot be inverted: %w", err)
	}
	if l.pattern.SubexpIndex("resource") < 0 {
		return errors.New("resources.template has no <<.Resource>>, so that no label identifies a resource")
	}
	return nil
}

func (l *labelMapping) execute(p part) (string, error) {
	var out strings.Builder
	if err := l.template.Execute(&limitedBuilder{&out}, p); err != nil {
		return "", fmt.Errorf("resources.template: %w", err)
	}
	if out.Len() == 0 {
		return "", errors.New("resources.template returns an empty label")
	}
	return out.String(), nil
}

// labeledObject is the resource that a label identifies.
type labeledObject struct {
	object Object
	// guessed reports whether the resource was derived by convention, without a cluster.
	guessed bool
}

// object returns the resource that a label identifies; false for none, and an error for an override of an unknown
// resource.
func (l *labelMapping) object(label string, resources Resources) (labeledObject, bool, error) {
	if o, ok := l.overrides[label]; ok {
		n, err := lookupResource(o, resources)
		if err != nil {
			return labeledObject{}, false, fmt.Errorf("resources.overrides.%s: %w", label, err)
		}
		return n, true, nil
	}
	if l.pattern == nil {
		return labeledObject{}, false, nil
	}
	match := l.pattern.FindStringSubmatch(label)
	if match == nil {
		return labeledObject{}, false, nil
	}
	group := ""
	if i := l.pattern.SubexpIndex("group"); i >= 0 {
		group = match[i]
	}
	o, ok := resources.Find(group, match[l.pattern.SubexpIndex("resource")])
	return labeledObject{object: withAdapterScope(o)}, ok, nil
}

// lookupResource returns the resource of an override. Without a cluster, a resource with a group that is not built in is
// accepted as written.
func lookupResource(o groupResource, resources Resources) (labeledObject, error) {
	if found, ok := resources.Find(o.Group, o.Resource); ok {
		return labeledObject{object: withAdapterScope(found)}, nil
	}
	if resources != Builtin {
		return labeledObject{}, fmt.Errorf("the cluster has no resource %s", strings.TrimSuffix(o.Resource+"."+o.Group, "."))
	}
	if o.Group == "" {
		return labeledObject{}, fmt.Errorf("resource %q is not built in, and ambiguous without its group: "+
			"add group, such as group: argoproj.io", o.Resource)
	}
	guess := object(o.Group+"/v1", o.Resource, namespaced)
	if plural := strings.ToLower(o.Resource); strings.HasSuffix(plural, "s") {
		guess.Resource.Resource = plural
	} else {
		guess.Resource.Resource = strings.ToLower(guess.Resource.Resource)
	}
	return labeledObject{object: guess, guessed: true}, nil
}

// withAdapterScope sets the scope as prometheus-adapter does: all resources except three are namespaced.
func withAdapterScope(o Object) Object {
	o.Namespaced = !slices.Contains(rootScoped, o.Resource)
	return o
}

var rootScoped = []schema.GroupResource{{Resource: "namespaces"}, {Resource: "nodes"}, {Resource: "persistentvolumes"}}

// label returns the label that identifies the objects of a resource; empty for none. Of several it returns one of
// present, which are labels of the series: the first of resources.overrides in alphabetical order, or else that of the
// template. Upstream uses the last override in the order of a Go map, which differs between starts.
func (l *labelMapping) label(object Object, present []string, resources Resources) (string, error) {
	overridden := l.overridden(object, resources)
	for _, label := range overridden {
		if slices.Contains(present, label) {
			return label, nil
		}
	}
	if l.template == nil {
		return first(overridden), nil
	}
	label, err := l.execute(part{Group: groupInLabel.Replace(object.Resource.Group), Resource: object.Label()})
	switch {
	case len(overridden) > 0 && !slices.Contains(present, label):
		return overridden[0], nil
	case err == nil && !plainLabel.MatchString(label):
		err = fmt.Errorf("resources.template returns the label %q for %s, which is not valid in a query", label, object.Resource)
	}
	return label, err
}

// first returns the first label; empty for none.
func first(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	return labels[0]
}

// overridden returns the labels that identify the objects of a resource by resources.overrides, sorted.
func (l *labelMapping) overridden(object Object, resources Resources) []string {
	var labels []string
	for _, label := range slices.Sorted(maps.Keys(l.overrides)) {
		if n, err := lookupResource(l.overrides[label], resources); err == nil && n.object.Resource == object.Resource {
			labels = append(labels, label)
		}
	}
	return labels
}

// labelsFor returns the labels that identify the objects of a resource: those of resources.overrides, and those of
// present that match resources.template. Sorted.
func (l *labelMapping) labelsFor(object Object, present []string, resources Resources) []string {
	labels := l.overridden(object, resources)
	for _, label := range present {
		if n, ok, err := l.object(label, resources); err == nil && ok && n.object.Resource == object.Resource {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

// label returns the label that identifies the objects of a resource, and reports an ambiguous choice.
func (b *builder) label(place string, l *labelMapping, object Object, present []string) (string, error) {
	label, err := l.label(object, present, b.resources)
	if naming := l.labelsFor(object, present, b.resources); err == nil && len(naming) > 1 {
		b.addFinding(Warning, place, "resources: the labels %s each identify %s; Flyball uses %s: of the labels of the series, those of overrides take precedence, in "+
			"alphabetical order; prometheus-adapter may use a different one after each start; keep one label for %s",
			strings.Join(naming, " and "), object.Resource, label, object.Resource)
	}
	return label, err
}

// groupInLabel writes a group as part of a label.
var groupInLabel = strings.NewReplacer(".", "_", "-", "_")
