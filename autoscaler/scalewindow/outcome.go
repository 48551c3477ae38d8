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

// named is how many objects a condition names.
const named = 3

// outcome of the last look at an object.
type outcome struct {
	// windows are the names of those that held for it.
	windows []string
	// reason why the object has not what they say, and a sentence; empty where it has.
	reason, message string
}

func (o *outcome) equal(other *outcome) bool {
	return o.reason == other.reason && o.message == other.message && slices.Equal(o.windows, other.windows)
}

// noteDecision keeps what became of an object that was settled.
func (f *Overrider) noteDecision(at key, windows []window, d *override.Decision) {
	if len(windows) == 0 && d.Record == nil {
		f.forget(at)
		return
	}
	edited := d.Record.EditedFields()
	if len(edited) == 0 {
		f.note(at, windows, "", "")
		return
	}
	var edits []string
	for _, field := range edited {
		edits = append(edits, fmt.Sprintf("%s was edited to %s", field, field.Text(d.Values[field])))
	}
	f.note(at, windows, v1alpha1.ReasonManualOverride, strings.Join(edits, " and ")+": it is left alone until the next edge of a window")
}

// note keeps an outcome, and says whether it is news: then the statuses of the windows are written anew.
func (f *Overrider) note(at key, windows []window, reason, message string) (news bool) {
	now := outcome{reason: reason, message: message}
	for _, w := range windows {
		now.windows = append(now.windows, w.Object.Name)
	}
	f.mu.Lock()
	before, known := f.outcomes[at]
	f.outcomes[at] = now
	f.mu.Unlock()
	if known && before.equal(&now) {
		return false
	}
	f.wakeAll(at.namespace, before.windows)
	f.wakeAll(at.namespace, now.windows)
	return true
}

// forget drops an object that is gone, or that no window holds for.
func (f *Overrider) forget(at key) {
	f.mu.Lock()
	before := f.outcomes[at]
	delete(f.outcomes, at)
	delete(f.memos, at)
	f.mu.Unlock()
	f.wakeAll(at.namespace, before.windows)
}

func (f *Overrider) wakeAll(namespace string, windows []string) {
	f.mu.Lock()
	wake := f.wake
	f.mu.Unlock()
	for _, name := range windows {
		wake(cache.ObjectName{Namespace: namespace, Name: name})
	}
}

// seen gives the objects of a namespace that were looked at and may have something borrowed.
func (f *Overrider) seen(namespace string) []key {
	f.mu.Lock()
	defer f.mu.Unlock()
	var seen []key
	for at := range f.outcomes {
		if at.namespace == namespace {
			seen = append(seen, at)
		}
	}
	return seen
}

// trouble keeps what is wrong with a whole kind; empty for nothing.
func (f *Overrider) trouble(is schema.GroupKind, message string) {
	f.mu.Lock()
	news := f.troubles[is] != message
	f.troubles[is] = message
	f.mu.Unlock()
	if news {
		f.wakeAllOf(is)
	}
}

// wakeAllOf has the statuses written anew of all windows that choose objects of a kind.
func (f *Overrider) wakeAllOf(is schema.GroupKind) {
	f.mu.Lock()
	wake := f.wake
	var all []cache.ObjectName
	for _, here := range f.windows {
		for _, w := range here {
			if slices.ContainsFunc(w.choices, func(c choice) bool { return c.is == is }) {
				all = append(all, cache.MetaObjectToName(w.Object))
			}
		}
	}
	f.mu.Unlock()
	for _, name := range all {
		wake(name)
	}
}

// Condition says whether what the window sets now is what its targets of other kinds have; false where it has none.
func (f *Overrider) Condition(w *policy.ScaleWindow) (metav1.Condition, bool) {
	if len(w.Others) == 0 {
		return metav1.Condition{}, false
	}
	reason, messages := f.problems(w)
	switch {
	case len(messages) == 0:
		return metav1.Condition{
			Type: v1alpha1.ConditionApplied, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonApplied,
			Message: "the targets of other kinds have what the window says",
		}, true
	case len(messages) > named:
		messages = append(messages[:named], fmt.Sprintf("and %d more", len(messages)-named))
	}
	return metav1.Condition{
		Type: v1alpha1.ConditionApplied, Status: metav1.ConditionFalse, Reason: reason, Message: strings.Join(messages, "; "),
	}, true
}

// problems of a window's targets, those first that a person must solve.
func (f *Overrider) problems(w *policy.ScaleWindow) (reason string, messages []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	type problem struct{ reason, message string }
	var problems []problem
	for at, o := range f.outcomes {
		if o.reason != "" && at.namespace == w.Object.Namespace && slices.Contains(o.windows, w.Object.Name) {
			problems = append(problems, problem{o.reason, at.String() + ": " + o.message})
		}
	}
	for i := range w.Others {
		if is, err := groupKind(&w.Others[i]); err == nil && f.troubles[is] != "" {
			problems = append(problems, problem{v1alpha1.ReasonWatchFailed, f.troubles[is]})
		}
	}
	slices.SortFunc(problems, func(a, b problem) int {
		if edited, other := a.reason == v1alpha1.ReasonManualOverride, b.reason == v1alpha1.ReasonManualOverride; edited != other {
			if edited {
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
