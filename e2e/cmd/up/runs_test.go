package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARunsNameIsTakenOnce(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	first, err := register("one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := register("one"); err == nil || !strings.Contains(err.Error(), "make down NAME=one") {
		t.Errorf("a second run of the name: %v, want an error that says how to stop the first", err)
	}
	other, err := register("two")
	if err != nil {
		t.Errorf("a run of another name beside it: %v", err)
	} else {
		other.end()
	}
	first.end()
	again, err := register("one")
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.end()
}

func TestDownClearsAwayTheFileOfARunThatDied(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	folder, err := runsFolder()
	if err != nil {
		t.Fatal(err)
	}
	// A process with this id runs, but does not hold the lock: stopRuns must not stop it.
	path := filepath.Join(folder, "dead")
	if err := os.WriteFile(path, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := stopRuns(""); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestANameWithASlashIsRefused(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := register("../one"); err == nil || !strings.Contains(err.Error(), "../one") {
		t.Errorf("error = %v, want one that names it", err)
	}
}
