package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// workspacePattern names the temporary folders of clusters.
const workspacePattern = "flyball-cluster-*"

// workspace is a cluster's temporary folder, locked for as long as its owner lives.
type workspace struct {
	dir  string
	lock *os.File
}

// newWorkspace makes a folder under parent, and first removes those whose owner died without doing so.
func newWorkspace(parent string) (*workspace, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	removeAbandoned(parent)
	dir, err := os.MkdirTemp(parent, workspacePattern)
	if err != nil {
		return nil, fmt.Errorf("folder for the cluster: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return &workspace{dir: dir, lock: lock}, nil
}

func (w *workspace) remove() error {
	err := os.RemoveAll(w.dir)
	_ = w.lock.Close()
	return err
}

// removeAbandoned removes the folders whose lock is free: the kernel frees it when its holder ends, however it ends.
func removeAbandoned(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, workspacePattern, "lock"))
	for _, path := range found {
		lock, err := lockFile(path)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(filepath.Dir(path))
		_ = lock.Close()
	}
}

// lockFile takes the lock at once or fails.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s is held by another process: %w", path, err)
	}
	return file, nil
}
