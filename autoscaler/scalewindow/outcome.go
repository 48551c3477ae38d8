package scalewindow

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// maxNamed is the number of objects that a condition names.
const maxNamed = 3

// outcome is the result of processing an object.
type outcome struct {
	// windows are the names of those that selected the object.
	windows []string
	// reason and message of the condition Applied if the object does not have the values of the windows; empty if it has.
	reason, message string
}

func (o *outcome) equal(other *outcome) bool {
	return o.reason == other.reason && o.message == other.message && slices.Equal(o.windows, other.windows)
}

// setDecisionOutcome stores the outcome of an object that has the values of a decision.
func (r *overrider) setDecisionOutcome(id key, windows []window, d *override.Decision) {
	if len(windows) == 0 && d.Record == nil {
		r.deleteOutcome(id)
		return
	}
	edited := d.Record.EditedFields()
	if len(edited) == 0 {
		r.setOutcome(id, windows, "", "")
		return
	}
	var edits []string
	for _, field := range edited {
		edits = append(edits, fmt.Sprintf("%s was edited to %s", field, field.Text(d.Values[field])))
	}
	r.setOutcome(id, windows, v1alpha1.ReasonManualOverride, strings.Join(edits, " and ")+": the windows do not change it before their next edge")
}

// setOutcome stores an outcome and reports whether it has changed; if so, it refreshes the statuses of the windows.
func (r *overrider) setOutcome(id key, windows []window, reason, message string) (changed bool) {
	after := outcome{reason: reason, message: message}
	for _, w := range windows {
		after.windows = append(after.windows, w.Object.Name)
	}
	r.mu.Lock()
	before, found := r.outcomes[id]
	r.outcomes[id] = after
	r.mu.Unlock()
	if found && before.equal(&after) {
		return false
	}
	r.refreshAll(id.namespace, before.windows)
	r.refreshAll(id.namespace, after.windows)
	return true
}

// deleteOutcome deletes all about an object that was deleted or that no window selects.
func (r *overrider) deleteOutcome(id key) {
	r.mu.Lock()
	before := r.outcomes[id]
	delete(r.outcomes, id)
	delete(r.lastRecords, id)
	r.mu.Unlock()
	r.refreshAll(id.namespace, before.windows)
}

func (r *overrider) refreshAll(namespace string, windows []string) {
	for _, name := range windows {
		r.refresh(cache.ObjectName{Namespace: namespace, Name: name})
	}
}

// processed returns the objects of a namespace with an outcome: their fields may be overridden.
func (r *overrider) processed(namespace string) []key {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []key
	for id := range r.outcomes {
		if id.namespace == namespace {
			ids = append(ids, id)
		}
	}
	return ids
}

// setWatchError stores why a kind cannot be watched; empty for no error.
func (r *overrider) setWatchError(groupKind schema.GroupKind, message string) {
	r.mu.Lock()
	changed := r.watchErrors[groupKind] != message
	r.watchErrors[groupKind] = message
	r.mu.Unlock()
	if changed {
		r.refreshKind(groupKind)
	}
}

// refreshKind refreshes the statuses of all windows that select objects of a kind.
func (r *overrider) refreshKind(groupKind schema.GroupKind) {
	r.mu.Lock()
	var all []cache.ObjectName
	for _, windows := range r.windows {
		for _, w := range windows {
			if slices.ContainsFunc(w.choices, func(c choice) bool { return c.groupKind == groupKind }) {
				all = append(all, cache.MetaObjectToName(w.Object))
			}
		}
	}
	r.mu.Unlock()
	for _, name := range all {
		r.refresh(name)
	}
}

// applied returns the condition Applied of a window: whether its targets of other kinds have its values.
func (r *overrider) applied(w *policy.ScaleWindow) metav1.Condition {
	reason, messages := r.problems(w)
	switch {
	case len(messages) == 0:
		return condition(v1alpha1.ConditionApplied, metav1.ConditionTrue, v1alpha1.ReasonApplied, "all targets of other kinds have the values of the window")
	case len(messages) > maxNamed:
		messages = append(messages[:maxNamed], fmt.Sprintf("and %d more", len(messages)-maxNamed))
	}
	return condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, reason, strings.Join(messages, "; "))
}

// problems returns the messages about a window's targets and the reason of the first one. Manual overrides come last, because
// they need no fix.
func (r *overrider) problems(w *policy.ScaleWindow) (reason string, messages []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	type problem struct{ reason, message string }
	var problems []problem
	for id, o := range r.outcomes {
		if o.reason != "" && id.namespace == w.Object.Namespace && slices.Contains(o.windows, w.Object.Name) {
			problems = append(problems, problem{o.reason, id.String() + ": " + o.message})
		}
	}
	for i := range w.Others {
		if groupKind, err := groupKindOf(&w.Others[i]); err == nil && r.watchErrors[groupKind] != "" {
			problems = append(problems, problem{v1alpha1.ReasonWatchFailed, r.watchErrors[groupKind]})
		}
	}
	slices.SortFunc(problems, func(a, b problem) int {
		if first, second := a.reason == v1alpha1.ReasonManualOverride, b.reason == v1alpha1.ReasonManualOverride; first != second {
			if first {
				return 1
			}
			return -1
		}
		return strings.Compare(a.message, b.message)
	})
	for _, p := range slices.Compact(problems) {
		messages = append(messages, p.message)
	}
	if len(problems) > 0 {
		reason = problems[0].reason
	}
	return reason, messages
}
