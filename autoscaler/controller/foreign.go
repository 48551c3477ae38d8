package controller

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// Foreign makes ScaleWindows hold for what no HorizontalAutoscaler scales: the targets of other kinds, which a
// [policy.ScaleWindow] has in Others. The controller keeps the windows, says in their statuses what became of them, and tells
// Foreign when those of a namespace have changed; finding the objects, waking at edges and writing is Foreign's.
//
// The calls come from several goroutines and must return at once.
type Foreign interface {
	// Refuse says why the window cannot hold for targets like this one; nil where it can. A ScaleWindow with a target that is
	// refused is not accepted as a whole.
	Refuse(w *policy.ScaleWindow, target *v1alpha1.WindowTarget) error
	// Count is how many objects the target chooses in a namespace now.
	Count(namespace string, target *v1alpha1.WindowTarget) (int, error)
	// Changed tells that accepted windows of a namespace are new, have changed or are gone, and gives all that there are now.
	// It is called once for each namespace with windows before the loop starts.
	Changed(namespace string, windows []*policy.ScaleWindow)
	// Condition of a window that tells how its targets of other kinds are; false where it has none.
	Condition(w *policy.ScaleWindow) (metav1.Condition, bool)
	// Run acts until ctx ends, from when the loop starts. wake has the status of a window written anew, because Count or
	// Condition have something else to tell.
	Run(ctx context.Context, wake func(window cache.ObjectName))
}

// noForeign refuses all other kinds.
type noForeign struct{}

func (noForeign) Refuse(_ *policy.ScaleWindow, target *v1alpha1.WindowTarget) error {
	return fmt.Errorf("targets of kind %s are not supported here: write HorizontalAutoscaler, of %s", target.Kind, v1alpha1.SchemeGroupVersion)
}

func (noForeign) Count(string, *v1alpha1.WindowTarget) (int, error) { return 0, nil }

func (noForeign) Changed(string, []*policy.ScaleWindow) {}

func (noForeign) Condition(*policy.ScaleWindow) (metav1.Condition, bool) {
	return metav1.Condition{}, false
}

func (noForeign) Run(context.Context, func(cache.ObjectName)) {}
