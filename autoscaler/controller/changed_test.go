package controller

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestATargetThatChangesDuringAnEvaluationIsEvaluatedAgain at once, by its newer count: 4 replicas may become 8, and the 6 that
// another controller has written in that time may become 12.
func TestATargetThatChangesDuringAnEvaluationIsEvaluatedAgain(t *testing.T) {
	live(t, func(w *world) {
		w.pass(period)
		w.readings.set(500, "")
		w.scale.mu.Lock()
		w.scale.otherWrites = 6
		w.scale.mu.Unlock()
		evaluated := w.readings.count()
		for w.readings.count() == evaluated {
			w.pass(250 * time.Millisecond)
		}
		if !slices.Equal(w.scale.written(), []int32{12}) {
			t.Errorf("written %v, want 12 once, with the evaluation that found 6", w.scale.written())
		}
		if events := w.newEvents(); len(events) != 1 || !strings.HasPrefix(events[0], "Normal SuccessfulRescale New size: 12") {
			t.Errorf("events are %q", events)
		}
	}, web())
}
