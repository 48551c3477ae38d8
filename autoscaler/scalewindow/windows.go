package scalewindow

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/queue"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// syncWindows keeps the set up to date and wakes the autoscalers of windows that change. It makes no API request, so that a
// window applies before its status is written.
func (c *Controller) syncWindows() {
	for {
		batch, ok := queue.Batch(c.changed)
		if !ok {
			return
		}
		for _, key := range batch {
			c.syncWindow(key)
			c.changed.Done(key)
			c.statuses.Add(key)
		}
	}
}

// compile returns an error if the window, or a target of another kind than HorizontalAutoscaler, is not supported or beyond the limits.
func (c *Controller) compile(object *v1alpha1.ScaleWindow, limits *tenancy.Rules) (*policy.ScaleWindow, error) {
	w, err := policy.CompileScaleWindow(object, c.config.NamespaceLabel, limits)
	if err != nil {
		return nil, err
	}
	var rejected field.ErrorList
	for i := range w.Others {
		if err := validateTarget(w, &w.Others[i]); err != nil {
			rejected = append(rejected, field.Forbidden(field.NewPath("spec", "targets"), err.Error()))
		}
	}
	if len(rejected) > 0 {
		return nil, &policy.Error{Reason: v1alpha1.ReasonNotSupported, Fields: rejected}
	}
	return w, nil
}

// syncWindow compiles a window whose spec, or what the operator allows, has changed.
func (c *Controller) syncWindow(key cache.ObjectName) {
	object, err := c.windows.ScaleWindows(key.Namespace).Get(key.Name)
	if err != nil { // deleted: a lister has no other error
		delete(c.compiledFor, key)
		c.replace(key, nil)
		return
	}
	limits := c.namespaces.Load()
	current := c.set.Namespace(key.Namespace).get(key.Name)
	if current != nil && current.Object.UID == object.UID && current.Object.Generation == object.Generation && c.compiledFor[key] == limits {
		return
	}
	w, err := c.compile(object, limits)
	if err != nil { // the status of the window reports it
		w = nil
	}
	c.compiledFor[key] = limits
	c.replace(key, w)
}

// replace puts a window into the set and wakes the autoscalers to which it applied or applies.
func (c *Controller) replace(key cache.ObjectName, after *policy.ScaleWindow) {
	before := c.set.put(key, after)
	if before == nil && after == nil {
		return
	}
	for _, w := range []*policy.ScaleWindow{before, after} {
		for _, name := range c.autoscalersOf(w) {
			c.wake(cache.ObjectName{Namespace: key.Namespace, Name: name})
		}
	}
	c.overrider.setWindows(key.Namespace, c.set.Namespace(key.Namespace).all())
	c.refreshConflicts(key, before)
	c.refreshConflicts(key, after)
}

// autoscalersOf returns the names of the HorizontalAutoscalers to which a window applies, each once.
func (c *Controller) autoscalersOf(w *policy.ScaleWindow) []string {
	if w == nil {
		return nil
	}
	var names []string
	lister := c.autoscalers.HorizontalAutoscalers(w.Object.Namespace)
	for _, name := range w.Names {
		if _, err := lister.Get(name); err == nil {
			names = append(names, name)
		}
	}
	for _, selector := range w.Selectors {
		selected, err := lister.List(selector)
		if err != nil { // a lister has no error
			continue
		}
		for _, autoscaler := range selected {
			names = append(names, autoscaler.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// refreshStatusesFor updates the statuses of the windows that apply to an autoscaler that was created, deleted or relabeled.
// It waits statusDelay for more such changes.
func (c *Controller) refreshStatusesFor(object any) {
	if deleted, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = deleted.Obj
	}
	autoscaler, ok := object.(*v1alpha1.HorizontalAutoscaler)
	if !ok {
		return
	}
	for _, w := range c.set.Namespace(autoscaler.Namespace).For(autoscaler.Name, autoscaler.Labels) {
		c.statuses.AddAfter(cache.MetaObjectToName(w.Object), statusDelay)
	}
}
