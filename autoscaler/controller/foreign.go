package controller

import (
	"fmt"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// Foreign makes ScaleWindows hold for what no HorizontalAutoscaler scales: the targets of other kinds, which a
// [policy.ScaleWindow] has in Others. The controller keeps the windows, says in their statuses what became of them, and tells
// Foreign when those of a namespace have changed; finding the objects, waking at edges and writing is Foreign's.
//
// The calls come from several goroutines and must return at once.
type Foreign interface {
	// Refuse says why targets like this one cannot be acted on; nil where they can. A ScaleWindow with a target that is
	// refused is not accepted as a whole.
	Refuse(target *v1alpha1.WindowTarget) error
	// Count is how many objects the target chooses in a namespace now.
	Count(namespace string, target *v1alpha1.WindowTarget) (int, error)
	// Changed tells that accepted windows of a namespace are new, have changed or are gone, and gives all that there are now.
	// It is called once for each namespace with windows before the loop starts.
	Changed(namespace string, windows []*policy.ScaleWindow)
}

// noForeign refuses all other kinds.
type noForeign struct{}

func (noForeign) Refuse(target *v1alpha1.WindowTarget) error {
	return fmt.Errorf("targets of kind %s are not supported by this version: write HorizontalAutoscaler, of %s", target.Kind, v1alpha1.SchemeGroupVersion)
}

func (noForeign) Count(string, *v1alpha1.WindowTarget) (int, error) { return 0, nil }

func (noForeign) Changed(string, []*policy.ScaleWindow) {}
