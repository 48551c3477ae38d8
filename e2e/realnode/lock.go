package realnode

import (
	"context"
	"os"
	"path/filepath"

	"flyball.dev/flyball/e2e/process"
)

// Lock waits until no other process has locked the real nodes of this machine. Tests take it before they start a node:
// nodes of two test programs would see the processes, mounts and control groups of each other.
func Lock(ctx context.Context) (unlock func(), err error) {
	return process.Lock(ctx, filepath.Join(os.TempDir(), "flyball-real-node.lock"), func() {})
}
