//go:build linux || darwin

package lease

import (
	"errors"
	"syscall"
)

// lockFile creates a file if it does not exist, and locks it until this process ends. Nothing closes its descriptor.
func lockFile(path string) error {
	file, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Flock(file, syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return errors.Join(err, syscall.Close(file))
}
