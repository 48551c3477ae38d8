package lease

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// KeepIdentity returns the identity in a file, so that a process has the identity of the one before it and takes the lease of that at
// once. It returns fresh, and stores it, if the file has no identity that begins with prefix.
//
// Two processes with one identity could both write, so the file is locked until this process ends: the kernel releases the lock of
// a process that has died, and not that of one that is stopped. If another process has the lock, or the file cannot be used,
// KeepIdentity returns fresh and the error. The file must be on a file system of this machine.
func KeepIdentity(path, prefix, fresh string) (string, error) {
	if err := lockFile(path); err != nil {
		return fresh, fmt.Errorf("locking %s: %w", path, err)
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		return fresh, fmt.Errorf("reading the identity: %w", err)
	}
	if identity := string(stored); strings.HasPrefix(identity, prefix) && len(identity) == len(fresh) {
		return identity, nil
	}
	// A part of it, after a crash in this write, has another length.
	if err := os.WriteFile(path, []byte(fresh), 0o600); err != nil {
		return fresh, fmt.Errorf("storing the identity: %w", err)
	}
	return fresh, nil
}

var errLocked = errors.New("another process that runs has this identity")
