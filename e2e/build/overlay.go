package build

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Shifted is an autoscaler whose clock is ahead of the machine's by the duration in ClockAhead, a variable of its environment.
// All of it is the product's but the one file that is its clock. Only the loop lives by that clock: certificates, leases and
// samples are held against the machine's.
const (
	Shifted    = "autoscaler-shifted"
	ClockAhead = "FLYBALL_CLOCK_AHEAD"
)

//go:embed clock.go.txt
var clock []byte

// overlayClock writes the other clock and the overlay file of the compiler into the folder, and returns the flag for it.
// The name of the clock's file does not end in .go, because it belongs to no package of this module.
func overlayClock(product, folder string) (flag string, err error) {
	original := filepath.Join(product, "cmd", "autoscaler", "clock.go")
	if _, err := os.Stat(original); err != nil {
		return "", fmt.Errorf("the autoscaler's clock is to be replaced: %w", err)
	}
	other, overlay := filepath.Join(folder, "clock.go.txt"), filepath.Join(folder, "overlay.json")
	content, err := json.Marshal(map[string]any{"Replace": map[string]string{original: other}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(other, clock, 0o644); err != nil {
		return "", err
	}
	return "-overlay=" + overlay, os.WriteFile(overlay, content, 0o644)
}
