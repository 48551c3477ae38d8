package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a run may take to clean up after SIGTERM.
const patience = 90 * time.Second

// run is the file of a run, with its process id. Its process holds a lock on it, so that a later process with the same id
// is not mistaken for the run.
type run struct{ file *os.File }

func runsFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "flyball", "running")
	return folder, os.MkdirAll(folder, 0o700)
}

func register(name string) (*run, error) {
	folder, err := runsFolder()
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = strconv.Itoa(os.Getpid())
	}
	if name != filepath.Base(name) {
		return nil, fmt.Errorf("-name %q: must not contain a slash", name)
	}
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if !lock(file) {
		_ = file.Close()
		return nil, fmt.Errorf("a run named %s is up already: stop it with make down NAME=%s, or give this one another NAME", name, name)
	}
	if err := errors.Join(file.Truncate(0), writeString(file, strconv.Itoa(os.Getpid()))); err != nil {
		return nil, err
	}
	return &run{file}, nil
}

func (r *run) end() {
	_ = os.Remove(r.file.Name())
	_ = r.file.Close()
}

// stopRuns stops the named run, or all, and waits until they have cleaned up.
func stopRuns(name string) error {
	folder, err := runsFolder()
	if err != nil {
		return err
	}
	pattern := "*"
	if name != "" {
		pattern = name
	}
	paths, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		return err
	}
	stopped := 0
	for _, path := range paths {
		running, err := stopRun(path)
		if err != nil {
			return err
		}
		if running {
			stopped++
			fmt.Printf("stopped %s\n", filepath.Base(path))
		}
	}
	if stopped == 0 {
		fmt.Println("no run is up")
	}
	return nil
}

// stopRun stops one run; false where only the file of a dead run is left.
func stopRun(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	if lock(file) {
		return false, os.Remove(path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return false, fmt.Errorf("%s does not hold a process id: %w", path, err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return false, fmt.Errorf("stopping %s (process %d): %w", filepath.Base(path), pid, err)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if lock(file) {
			return true, nil
		}
	}
	return false, fmt.Errorf("%s (process %d) still runs %s after SIGTERM", filepath.Base(path), pid, patience)
}

func lock(file *os.File) bool {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

func writeString(file *os.File, text string) error {
	_, err := file.WriteString(text)
	return err
}
