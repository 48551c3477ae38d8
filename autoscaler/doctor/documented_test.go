package doctor_test

import (
	"os"
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/doctor"
)

// TestEveryCheckIsDocumented: docs/doctor.md has a row for each check, in their order.
func TestEveryCheckIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "## Checks")
	for _, check := range doctor.Checks {
		var found bool
		if _, rest, found = strings.Cut(rest, "\n| `"+check.ID+"` | "); !found {
			t.Fatalf("docs/doctor.md has no row for %s after the one before", check.ID)
		}
	}
}
