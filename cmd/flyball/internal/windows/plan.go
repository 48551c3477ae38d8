package windows

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// target is an object with its windows.
type target struct {
	name    string
	windows []schedule.Window
	// override is spec.override as a window, of which only the end is known.
	override []schedule.Window
	own      schedule.Bounds
	// known says that own are the bounds of its spec; those of an object that is not among the given ones are unknown.
	known bool
}

// anyBounds stand for unknown bounds.
var anyBounds = schedule.Bounds{Min: 0, Max: math.MaxInt32}

// plan compiles the windows of all objects and groups them by target. The warnings are about windows that never open, and about
// invalid objects of the cluster.
func plan(found *objects) ([]*target, []string, error) {
	p := planner{found: found, several: severalNamespaces(found), byName: map[string]*target{}}
	for i := range found.autoscalers {
		if err := p.tolerate(p.addAutoscaler(&found.autoscalers[i])); err != nil {
			return nil, nil, err
		}
	}
	for i := range found.windows {
		if err := p.tolerate(p.addScaleWindow(&found.windows[i])); err != nil {
			return nil, nil, err
		}
	}
	return p.targets, p.warnings, nil
}

type planner struct {
	found    *objects
	several  bool
	targets  []*target
	byName   map[string]*target
	warnings []string
}

// tolerate turns the error of one object of the cluster into a warning, so that it does not hide the others.
func (p *planner) tolerate(err error) error {
	if err == nil || !p.found.live {
		return err
	}
	p.warnings = append(p.warnings, err.Error())
	return nil
}

func severalNamespaces(found *objects) bool {
	namespaces := map[string]bool{}
	for i := range found.autoscalers {
		namespaces[found.autoscalers[i].Namespace] = true
	}
	for i := range found.windows {
		namespaces[found.windows[i].Namespace] = true
	}
	return len(namespaces) > 1
}

// target returns the target of a kind and name. The namespace is part of the name if the objects have several.
func (p *planner) target(namespace, kind, name string) *target {
	name = kind + "/" + name
	if p.several {
		name = namespace + "/" + name
	}
	if p.byName[name] == nil {
		p.byName[name] = &target{name: name, own: anyBounds}
		p.targets = append(p.targets, p.byName[name])
	}
	return p.byName[name]
}

func (p *planner) addAutoscaler(a *v1alpha1.HorizontalAutoscaler) error {
	a.SetDefaults()
	t := p.target(a.Namespace, "HorizontalAutoscaler", a.Name)
	if t.known {
		return fmt.Errorf("%s: Duplicate value: the object occurs twice", t.name)
	}
	if errs := about(a.Validate(), "spec.windows", "spec.override", "spec.minReplicas", "spec.maxReplicas"); len(errs) > 0 {
		return fmt.Errorf("%s: %w", t.name, errs.ToAggregate())
	}
	t.own, t.known = schedule.Bounds{Min: *a.Spec.MinReplicas, Max: a.Spec.MaxReplicas}, true
	var err error
	if t.override, err = policy.CompileOverride(&a.Spec); err != nil {
		return fmt.Errorf("%s: spec.override: %w", t.name, err)
	}
	for i := range a.Spec.Windows {
		w := &a.Spec.Windows[i]
		if err := p.addWindow([]*target{t}, w.Name, &w.Window, field.NewPath("spec", "windows").Index(i)); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// about keeps the errors about some fields: errors of other fields do not change when windows open.
func about(errs field.ErrorList, paths ...string) field.ErrorList {
	return slices.DeleteFunc(errs, func(e *field.Error) bool {
		return !slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(e.Field, path) })
	})
}

func (p *planner) addScaleWindow(w *v1alpha1.ScaleWindow) error {
	if errs := w.Validate(); len(errs) > 0 {
		return fmt.Errorf("ScaleWindow/%s: %w", w.Name, errs.ToAggregate())
	}
	var targets []*target
	for i := range w.Spec.Targets {
		chosen, err := p.chosen(w.Namespace, &w.Spec.Targets[i])
		if err != nil {
			return fmt.Errorf("ScaleWindow/%s: spec.targets[%d].selector: %w", w.Name, i, err)
		}
		targets = append(targets, chosen...)
	}
	if err := p.addWindow(targets, w.Name, &w.Spec.Window, field.NewPath("spec")); err != nil {
		return fmt.Errorf("ScaleWindow/%s: %w", w.Name, err)
	}
	return nil
}

// chosen returns the targets of a ScaleWindow. A selector that matches none of the given objects is a target itself.
func (p *planner) chosen(namespace string, t *v1alpha1.WindowTarget) ([]*target, error) {
	if t.Selector == nil {
		return []*target{p.target(namespace, t.Kind, t.Name)}, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(t.Selector)
	if err != nil {
		return nil, err
	}
	var chosen []*target
	for i := range p.found.autoscalers {
		a := &p.found.autoscalers[i]
		if t.Kind == "HorizontalAutoscaler" && a.Namespace == namespace && selector.Matches(labels.Set(a.Labels)) {
			chosen = append(chosen, p.target(namespace, t.Kind, a.Name))
		}
	}
	if len(chosen) == 0 {
		chosen = append(chosen, p.target(namespace, t.Kind, "["+selector.String()+"]"))
	}
	return chosen, nil
}

// addWindow compiles a window for its targets. path is its field.
func (p *planner) addWindow(targets []*target, name string, w *v1alpha1.Window, path *field.Path) error {
	compiled, err := policy.CompileWindow(name, w)
	if fault, ok := errors.AsType[*schedule.Error](err); ok {
		if !fault.Never {
			return field.Invalid(path.Child(fault.Field), fault.Value, fault.Problem)
		}
		for _, t := range targets {
			p.warnings = append(p.warnings, fmt.Sprintf("window %s of %s never opens: %s: %s", name, t.name, path.Child(fault.Field), fault.Problem))
		}
		return nil
	}
	if err != nil {
		return err
	}
	for i, t := range targets {
		if slices.Contains(targets[:i], t) {
			continue // named twice
		}
		t.windows = append(t.windows, compiled)
	}
	return nil
}
