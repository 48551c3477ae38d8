package scoreboard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// store keeps the rows that are done in a file, a line of JSON for each.
type store struct {
	file *os.File
	rows map[key]Row
}

// line is a row in the file.
type line struct {
	// Part of the board, and the policy's [probe] when the row was made.
	Part  string `json:"part"`
	Probe string `json:"probe"`
	Row
}

// key is what a row is of.
type key struct{ part, probe, load, policy, metric, start, seed string }

func keyOf(part, probe string, c *Case) key {
	return key{part, probe, c.Load.Name, c.Policy.Name, string(c.Goal.Metric), c.Plant.Pod.Start.Median.String(), fmt.Sprint(c.Seed)}
}

func (l *line) key() key {
	return key{l.Part, l.Probe, l.Load, l.Policy, string(l.Metric), l.Start.String(), fmt.Sprint(l.Seed)}
}

func openStore(path string) (*store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	s := &store{file: file, rows: map[key]Row{}}
	good := s.read()
	// What is beyond was cut off.
	if err := file.Truncate(good); err != nil {
		return nil, err
	}
	_, err = file.Seek(good, io.SeekStart)
	return s, err
}

// readStore gives what is kept, and leaves the file to whoever writes it.
func readStore(path string) (*store, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &store{file: file, rows: map[key]Row{}}
	defer s.close()
	s.read()
	return s, nil
}

// read gives how many bytes of the file are good.
func (s *store) read() (good int64) {
	r := bufio.NewReader(s.file)
	for {
		text, err := r.ReadString('\n')
		var l line
		if err != nil || json.Unmarshal([]byte(text), &l) != nil {
			return good
		}
		good += int64(len(text))
		s.rows[l.key()] = l.Row
	}
}

// put keeps a row.
func (s *store) put(part, probe string, r *Row) error {
	l := line{part, probe, *r}
	s.rows[l.key()] = *r
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(text, '\n'))
	return err
}

func (s *store) close() { _ = s.file.Close() } // all of it has been written
