package controller

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// runWindows puts ScaleWindows that have changed, and are accepted, where the loop finds them, and wakes the autoscalers that
// they hold for. It waits for no answer of the API server: what a window says is in force before its status tells.
func (c *Controller) runWindows() {
	for {
		batch, open := due(c.windowQueue)
		if !open {
			return
		}
		for _, key := range batch {
			c.renewWindow(key)
			c.windowQueue.Done(key)
			c.windowStatuses.Add(key)
		}
	}
}

// compileAll makes the windows known before the loop starts: an autoscaler must not be decided without one that is open.
func (c *Controller) compileAll() error {
	all, err := c.windows.List(labels.Everything())
	if err != nil {
		return err
	}
	var accepted []*policy.ScaleWindow
	for _, object := range all {
		if w, err := c.compileWindow(object); err == nil {
			accepted = append(accepted, w)
		}
	}
	c.scaleWindows.fill(accepted)
	for namespace, set := range c.scaleWindows.of {
		c.foreign.Changed(namespace, slices.Collect(maps.Values(set.byObject)))
	}
	return nil
}

// compileWindow gives an error where the window, or a target of another kind, cannot be acted on.
func (c *Controller) compileWindow(object *v1alpha1.ScaleWindow) (*policy.ScaleWindow, error) {
	w, err := policy.CompileScaleWindow(object, c.config.Defaults.NamespaceLabel)
	if err != nil {
		return nil, err
	}
	var refused field.ErrorList
	for i := range w.Others {
		if err := c.foreign.Refuse(w, &w.Others[i]); err != nil {
			refused = append(refused, field.Forbidden(field.NewPath("spec", "targets"), err.Error()))
		}
	}
	if len(refused) > 0 {
		return nil, &policy.Error{Reason: v1alpha1.ReasonNotSupported, Fields: refused}
	}
	return w, nil
}

// renewWindow brings what is known of a window up to date.
func (c *Controller) renewWindow(key cache.ObjectName) {
	object, err := c.windows.ScaleWindows(key.Namespace).Get(key.Name)
	if err != nil { // it is gone: a lister reads memory, and has no other error
		c.replaceWindow(key, nil)
		return
	}
	known := c.scaleWindows.in(key.Namespace).get(key.Name)
	if known != nil && known.Object.UID == object.UID && known.Object.Generation == object.Generation {
		return
	}
	w, err := c.compileWindow(object)
	if err != nil { // its status tells
		w = nil
	}
	c.replaceWindow(key, w)
}

// replaceWindow wakes the autoscalers that a window held for, and those that it holds for now.
func (c *Controller) replaceWindow(key cache.ObjectName, now *policy.ScaleWindow) {
	before := c.scaleWindows.put(key, now)
	if before == nil && now == nil {
		return
	}
	for _, w := range []*policy.ScaleWindow{before, now} {
		for _, name := range c.autoscalersOf(w) {
			c.queue.Add(cache.ObjectName{Namespace: key.Namespace, Name: name})
		}
	}
	var all []*policy.ScaleWindow
	if set := c.scaleWindows.in(key.Namespace); set != nil {
		all = slices.Collect(maps.Values(set.byObject))
	}
	c.foreign.Changed(key.Namespace, all)
	c.compareAgain(key, before)
	c.compareAgain(key, now)
}

// autoscalersOf names the HorizontalAutoscalers that a window holds for, each once.
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
		if err != nil { // a lister reads memory: it has no error
			continue
		}
		for _, autoscaler := range selected {
			names = append(names, autoscaler.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// countAgain brings the statuses of the windows up to date that hold for an autoscaler which is new, gone or relabelled.
// Many may come at once, so it waits a moment for all of them.
func (c *Controller) countAgain(object any) {
	if gone, is := object.(cache.DeletedFinalStateUnknown); is {
		object = gone.Obj
	}
	autoscaler, is := object.(*v1alpha1.HorizontalAutoscaler)
	if !is {
		return
	}
	for _, w := range c.scaleWindows.in(autoscaler.Namespace).selected(autoscaler.Name, autoscaler.Labels) {
		c.windowStatuses.AddAfter(cache.MetaObjectToName(w.Object), countPause)
	}
}
