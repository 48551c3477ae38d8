package chart

import (
	"testing"

	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

// TestHelmLint runs `helm lint --strict` with the values of each switch.
func TestHelmLint(t *testing.T) {
	for name, more := range installations {
		for _, message := range lint.All("../../charts/flyball", values(t, more), "flyball-system", true).Messages {
			if message.Severity > support.InfoSev {
				t.Errorf("%s: %s", name, message)
			}
		}
	}
}
