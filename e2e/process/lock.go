package process

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Lock waits until no other process of this machine holds the lock file, and calls waiting five times a second until then.
// The kernel releases the lock of a process that ends.
func Lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			return func() { _ = file.Close() }, nil
		}
		waiting()
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, fmt.Errorf("waiting for the process that holds %s: %w", path, ctx.Err())
		case <-tick.C:
		}
	}
}
