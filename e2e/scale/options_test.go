package scale

import (
	"strings"
	"testing"
)

// TestFrozenPopulationHasNoHPAs: their evaluator is stopped, so they would never be in force.
func TestFrozenPopulationHasNoHPAs(t *testing.T) {
	o := NewOptions()
	o.Frozen = true
	if err := o.complete(); err == nil || !strings.Contains(err.Error(), `arm "hpa-tuned" with a frozen population`) {
		t.Errorf("with HPAs: %v", err)
	}
	o.Arms = []string{"direct", "api"}
	if err := o.complete(); err != nil {
		t.Error(err)
	}
}
