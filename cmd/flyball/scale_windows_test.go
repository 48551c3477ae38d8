package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

// TestDecisionsNameScaleWindows as the autoscaler does: by their kind, which windows of the spec do not have.
func TestDecisionsNameScaleWindows(t *testing.T) {
	text, err := os.ReadFile("../../docs/examples/bundle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	made, _, _ := strings.Cut(string(text), "\ndecision:") // another one is to be made
	with := strings.Replace(made, "\nstate:\n", `
scaleWindows:
- metadata: {name: noon}
  spec: {targets: [{kind: HorizontalAutoscaler, selector: {}}], start: "0 12 * * *", duration: 1h, minReplicas: 8}
- metadata: {name: night}
  spec: {targets: [{kind: HorizontalAutoscaler, name: web}], start: "0 0 * * *", duration: 1h, minReplicas: 15}
state:
`, 1)
	file := filepath.Join(t.TempDir(), "bundle.yaml")
	if err := os.WriteFile(file, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"decide", "explain"} {
		code, out, errOut := shell(t, "", command+" -f "+file)
		for _, words := range []string{
			"scale out from 3 to 8: window ScaleWindow/noon: at least 8 replicas → 8\n",
			"Replicas  3 current, 8 desired, min 8, max 20\n",
			"Window    ScaleWindow/noon is open\n",
			"  Window            3 → 8     window ScaleWindow/noon: at least 8 replicas → 8\n",
		} {
			if !strings.Contains(out, words) || code != exit.OK {
				t.Errorf("%s exits with %d, and does not say %q:\n%s%s", command, code, words, out, errOut)
			}
		}
	}
}
