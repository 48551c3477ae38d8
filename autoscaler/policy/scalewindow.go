package policy

import (
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// ScaleWindow is a compiled ScaleWindow object.
type ScaleWindow struct {
	// Object is the compiled object, which must not be changed.
	Object *v1alpha1.ScaleWindow
	// Window is named ScaleWindow/name. No inline window has such a name, because theirs have no slash.
	Window schedule.Window
	// Names and Selectors select the HorizontalAutoscalers of its namespace.
	Names     []string
	Selectors []labels.Selector
	// Others are the targets of other kinds.
	Others []v1alpha1.WindowTarget

	queries *queries
}

// CompileScaleWindow compiles a ScaleWindow, which it keeps and does not change. namespaceLabel and namespaces are NamespaceLabel
// and Namespaces of [Defaults]. An error is an [*Error], as from [Compile].
func CompileScaleWindow(from *v1alpha1.ScaleWindow, namespaceLabel string, namespaces *tenancy.Rules) (*ScaleWindow, error) {
	w := &ScaleWindow{Object: from, queries: newQueries(namespaceLabel, namespaces, from.Namespace)}
	path := field.NewPath("spec")
	invalid := from.Validate()
	if len(invalid) == 0 {
		invalid = append(w.compileTargets(path.Child("targets")), w.queries.addBatch(from.Spec.Batch, path.Child("batch"))...)
	}
	compiled, err := CompileWindow("ScaleWindow/"+from.Name, &from.Spec.Window)
	if timing, ok := errors.AsType[*schedule.Error](err); ok && timing.Never && len(invalid) == 0 {
		return nil, &Error{Reason: v1alpha1.ReasonNeverOpens, Fields: field.ErrorList{fault(err, path)}}
	}
	if err != nil && from.Spec.HasTimes() {
		invalid = append(invalid, fault(err, path))
	}
	if len(invalid) > 0 {
		return nil, &Error{Reason: v1alpha1.ReasonInvalidSpec, Fields: invalid}
	}
	w.Window = compiled
	return w, nil
}

func (w *ScaleWindow) compileTargets(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range w.Object.Spec.Targets {
		target := &w.Object.Spec.Targets[i]
		if !isAutoscaler(target) {
			w.Others = append(w.Others, *target)
			continue
		}
		if target.Selector == nil {
			w.Names = append(w.Names, target.Name)
			continue
		}
		if invalid := v1alpha1.ValidateSelector(target.Selector, path.Index(i).Child("selector")); len(invalid) > 0 {
			errs = append(errs, invalid...)
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(target.Selector)
		if err != nil { // ValidateSelector has checked it
			errs = append(errs, field.Invalid(path.Index(i).Child("selector"), "", err.Error()))
			continue
		}
		w.Selectors = append(w.Selectors, selector)
	}
	return errs
}

// isAutoscaler ignores the version, because an object may be served in several.
func isAutoscaler(target *v1alpha1.WindowTarget) bool {
	group := schema.FromAPIVersionAndKind(target.APIVersion, target.Kind).Group
	return target.Kind == "HorizontalAutoscaler" && (target.APIVersion == "" || group == v1alpha1.GroupName)
}

// Selects reports whether the window applies to a HorizontalAutoscaler of its namespace.
func (w *ScaleWindow) Selects(name string, labeled map[string]string) bool {
	if slices.Contains(w.Names, name) {
		return true
	}
	return slices.ContainsFunc(w.Selectors, func(s labels.Selector) bool { return s.Matches(labels.Set(labeled)) })
}

// With returns the policy with the windows of ScaleWindows after its own. It does not change the policy.
func (p *Policy) With(windows []*ScaleWindow) *Policy {
	if len(windows) == 0 {
		return p
	}
	with := *p
	with.Spec.Windows = slices.Grow(slices.Clone(p.Spec.Windows), len(windows))
	with.Spec.Batches = slices.Clone(p.Spec.Batches)
	for _, w := range windows {
		if from := w.Object.Spec.Batch; from != nil {
			with.Spec.Batches = append(with.Spec.Batches, p.batches.compile(from, len(with.Spec.Windows), w.queries))
		}
		with.Spec.Windows = append(with.Spec.Windows, w.Window)
	}
	return &with
}
