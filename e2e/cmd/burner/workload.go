package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// gone is how old a peer's file may get before the peer counts as dead. A burner that ends in order removes its file at once.
const gone = 5 * time.Second

// workload is what the burners of one workload share: a folder with the load in it and a file for each of them.
type workload struct {
	dir  string
	self string
}

// share is what this burner has to burn now, in millicores, and says to the others that it is alive.
func (w workload) share(now time.Time) (float64, error) {
	if err := w.report(now); err != nil {
		return 0, err
	}
	load, err := w.load()
	if err != nil {
		return 0, err
	}
	peers, err := w.peers(now)
	if err != nil {
		return 0, err
	}
	return load / float64(peers), nil
}

// load is the CPU that the whole workload has to burn, in millicores.
func (w workload) load() (float64, error) {
	path := filepath.Join(w.dir, "millicores")
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	text := strings.TrimSpace(string(content))
	load, err := strconv.ParseFloat(text, 64)
	if err != nil || !(load >= 0 && load <= 1e6) {
		return 0, fmt.Errorf("%s holds %q, want a number of millicores from 0 to 1000000", path, text)
	}
	return load, nil
}

// report sets the time of this burner's own file.
func (w workload) report(now time.Time) error {
	if err := os.MkdirAll(filepath.Dir(w.file()), 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(w.file(), nil, 0o666); err != nil {
		return err
	}
	return os.Chtimes(w.file(), now, now)
}

// peers counts the burners that said they were alive a short time ago, this one included.
func (w workload) peers(now time.Time) (int, error) {
	entries, err := os.ReadDir(filepath.Dir(w.file()))
	if err != nil {
		return 0, err
	}
	alive := 0
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // it left between the two calls
		}
		if entry.Name() == w.self || now.Sub(info.ModTime()) < gone {
			alive++
		}
	}
	return max(alive, 1), nil
}

// leave removes this burner from the peers, so that the others take its share over at once.
func (w workload) leave() { _ = os.Remove(w.file()) }

func (w workload) file() string { return filepath.Join(w.dir, "peers", w.self) }
